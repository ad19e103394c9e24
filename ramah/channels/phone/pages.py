"""What the pages of the phone show, gathered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise as LazyString
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.accounts.models import Agent
from ramah.accounts.queries import AgentActor
from ramah.channels.permissions import CALL
from ramah.channels.phone import queries
from ramah.channels.phone.calling import number_to_call
from ramah.channels.phone.forms import HandOverForm, NotesForm
from ramah.channels.phone.models import Call
from ramah.channels.phone.questions import QUESTIONS
from ramah.channels.phone.states import FAILED, IN_PROGRESS, MISSED, OVER, QUEUED, VOICEMAIL
from ramah.customers.models import Customer, Proof
from ramah.kernel.masking import shown_address, shown_name
from ramah.promises.models import Promise
from ramah.ui.elements import pill

WRITTEN_UP_WITHIN = timedelta(days=1)
TITLES: dict[str, str | LazyString] = {
    queries.ALL: gettext_lazy("All calls"),
    queries.MISSED: gettext_lazy("Missed"),
    queries.VOICEMAIL: gettext_lazy("Voicemail"),
    queries.CALLBACKS: gettext_lazy("To call back"),
}
_TONES = {QUEUED: "risk", IN_PROGRESS: "accent", MISSED: "broken", VOICEMAIL: "warm", FAILED: "broken"}


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call as the agent may see it."""

    call: Call
    name: str
    number: str
    state: SafeString
    length: str
    url: str
    promise: Promise | None


def shown(actor: AgentActor, call: Call) -> ShownCall:
    """The call in words."""
    customer, whole = call.conversation.customer, actor.sees_contact_data
    is_owed = call.promise is not None and call.promise.ended_at is None
    words = str(call.get_state_display())
    if call.direction == Call.Direction.OUTGOING and call.state == MISSED:
        words = _("Not reached")
    return ShownCall(
        call,
        shown_name(customer.name, whole=whole),
        shown_address(call.customer_number, whole=whole) or _("Number withheld"),
        pill(words, _TONES.get(call.state, "none")),
        _length(call),
        reverse("desk_conversation", args=[call.conversation.public_id]),
        call.promise if is_owed else None,
    )


def _length(call: Call) -> str:
    if call.answered_at is None or call.ended_at is None:
        return ""
    seconds = max(0, round((call.ended_at - call.answered_at).total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02}" if seconds else ""


def calls_page(actor: AgentActor, *, which: str, cursor: str, at: datetime) -> dict[str, Any]:
    """A page of calls. Raises `BadCursor`."""
    page = queries.calls_page(actor, which=which, cursor=cursor)
    base = reverse("phone-calls")
    query = f"which={which}&" if which else ""
    return {
        "rows": [shown(actor, call) for call in page.rows],
        "more": f"{base}?{query}cursor={page.next_cursor}" if page.next_cursor else "",
        "which": which,
        "filters": [(key, title, f"{base}?which={key}" if key else base) for key, title in TITLES.items()],
        "may_call": actor.may(CALL),
        "now": at,
    }


def panel(actor: AgentActor, customer: Customer, *, at: datetime, notes: NotesForm | None = None) -> dict[str, Any]:
    """What stands beside a conversation: the call that goes on or is to be written up, the earlier ones, calling."""
    calls = queries.calls_of_customer(actor, customer.pk)
    current = next((call for call in calls if _is_current(call, at)), None)
    conversation = queries.newest_conversation(actor, customer.pk)
    number = number_to_call(conversation) if conversation else ""
    return {
        "customer": customer,
        "current": shown(actor, current) if current else None,
        "notes": notes or (_notes(current) if current else None),
        "hand_over": hand_over_form(current, at=at) if current and _speaks(actor, current) else None,
        "questions": QUESTIONS,
        "calls": [shown(actor, call) for call in calls if call is not current],
        "conversation": conversation,
        "number": shown_address(number, whole=actor.sees_contact_data),
        "may_call": actor.may(CALL),
        "can_ring": bool(number) and _can_ring(actor),
    }


def hand_over_form(call: Call, data: QueryDict | None = None, *, at: datetime) -> HandOverForm:
    """To whom the call can be given now."""
    colleagues, teams = queries.colleagues_for(call, at=at), queries.teams_for(call, at=at)
    return HandOverForm(data, colleagues=colleagues, teams=teams)


def _speaks(actor: AgentActor, call: Call) -> bool:
    return call.state == IN_PROGRESS and call.agent_id == actor.agent_id and bool(call.provider_id)


def _is_current(call: Call, at: datetime) -> bool:
    return call.state not in OVER or (call.ended_at is not None and call.ended_at > at - WRITTEN_UP_WITHIN)


def _notes(call: Call) -> NotesForm:
    return NotesForm(initial={"outcome": call.outcome, "notes": call.notes}, auto_id="call-%s")


def _can_ring(actor: AgentActor) -> bool:
    inbox = queries.phone_inbox(actor, has_account=True)
    if inbox is None:
        return False
    return bool(queries.endpoint_of(queries.settings_of(inbox), Agent.objects.get(pk=actor.agent_id)))


def level_words(level: str) -> str:
    """A level of the ladder in words."""
    return str(dict(Proof.choices).get(level, level))
