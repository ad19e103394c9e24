"""What pages say of notices: why one waits or was not sent, what became of it, and its choices with their state."""

from collections.abc import Iterable, Mapping
from typing import Final

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.desk.queries.details import ShownDetail, choice_words
from ramah.notices.kinds import KINDS
from ramah.notices.models import Choice, Notice, Rule
from ramah.notices.queries.pages import choices_of
from ramah.ui.elements import icon

S = Notice.State
_REASONS: Final[Mapping[str, LazyString | str]] = {
    "off": gettext_lazy("All notices are stopped."),
    "draft": gettext_lazy("Its rule is a draft."),
    "paused": gettext_lazy("Its rule rests."),
    "braked": gettext_lazy("Its rule planned far more than usual, and waits for somebody to look."),
    "spared": gettext_lazy("The customer is spared notices."),
    "no_consent": gettext_lazy("The customer did not agree to promotions."),
    "muted": gettext_lazy("The customer does not want to be told of this."),
    "stale": gettext_lazy("It was too old to be worth telling."),
    "told": gettext_lazy("The customer was told already, or it did not hold any more."),
    "feed": gettext_lazy("Nothing is heard from the carrier, so it may only look so."),
    "cap": gettext_lazy("The customer had as many in a week as is allowed."),
    "quiet": gettext_lazy("Quiet hours where the customer is."),
    "holdout": gettext_lazy("Left out, to measure the effect."),
    "no_way": gettext_lazy("No address of the customer can be written to now."),
    "unreachable": gettext_lazy("No address of the customer can be written to."),
    "dropped": gettext_lazy("Somebody dropped what waited."),
    "error": gettext_lazy("Something of ours went wrong. The log says more."),
    "erased": gettext_lazy("The customer was erased."),
    "called_off": gettext_lazy("Somebody took it back before it was sent."),
}
RULE_TONES: Final[Mapping[str, str]] = {
    Rule.State.DRAFT: "",
    Rule.State.LIVE: "kept",
    Rule.State.PAUSED: "warm",
    Rule.State.BRAKED: "broken",
}
NOTICE_TONES: Final[Mapping[str, str]] = {
    S.PLANNED: "accent",
    S.SENT: "kept",
    S.MERGED: "kept",
    S.WITHHELD: "warm",
    S.SUPPRESSED: "",
    S.OUTDATED: "",
    S.FAILED: "broken",
}


def kind_words(kind: str) -> str:
    """The name of a kind of notices; its key where it is not known any more."""
    return str(KINDS[kind].name) if kind in KINDS else kind.replace("_", " ")


def reason_words(notice: Notice) -> str:
    """Why it waits, or was not sent; empty where nothing is to be said."""
    code = notice.reason.partition(":")[0]
    return str(_REASONS.get(code, notice.reason))


def notice_words(notice: Notice) -> str:
    """A notice as one line: what it is about, and what became of it."""
    return _("%(kind)s: %(state)s") % {"kind": kind_words(notice.kind), "state": notice.get_state_display()}


def choices_words(choices: Iterable[Choice]) -> list[str]:
    """Each choice with its state; of those that nobody took while another was taken, nothing is said."""
    rows = list(choices)
    taken = [row for row in rows if row.state not in (Choice.State.OFFERED, Choice.State.EXPIRED)]
    return [_choice(row) for row in taken or rows]


def _choice(row: Choice) -> str:
    facts = {"choice": choice_words(row.kind), "state": row.get_state_display()}
    words = _("%(choice)s: %(state)s") % facts
    return f"{words}. {row.result}" if row.result else words


def thread_detail(told: object, sees_contact_data: bool) -> list[ShownDetail]:
    """The notice that a message was, for the thread: what it was about, and what became of its choices."""
    facts = told if isinstance(told, dict) else {}
    kind, key = str(facts.get("kind") or ""), str(facts.get("id") or "")
    if not kind or not key.isalnum():
        return []
    return [
        ShownDetail(icon("bell"), _("Notice: %(kind)s") % {"kind": kind_words(kind)}, choices_words(choices_of(key)))
    ]
