"""The lists an agent chooses from: their names, groups and addresses. What they hold is `queries.rows_of`'s business."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ramah.accounts.models import Team
from ramah.conversations.queries import COUNT_CAP, ListView
from ramah.desk.queries import LATE, RISK, TODAY, WAITING
from ramah.kernel.actors import Actor
from ramah.ui.navigation import DESK, links_of


@dataclass(frozen=True, slots=True)
class View:
    """One list: `tone` colors its figure, `counted` says whether it has one."""

    key: str
    title: str | LazyString
    icon: str
    empty: str | LazyString
    tone: str = ""
    counted: bool = True


VIEWS = {
    view.key: view
    for view in (
        View("mine", _("Mine"), "inbox", _("Nobody waits for you. Unassigned shows who waits for anyone.")),
        View("unassigned", _("Unassigned"), "users", _("Nobody is waiting.")),
        View(WAITING, _("Waiting"), "bell", _("Nobody waits for an agent right now."), tone="accent"),
        View("mentions", _("Mentions"), "note", _("No colleague has named you in a note.")),
        View("open", _("All open"), "chat", _("Nobody is waiting.")),
        View(
            "pending",
            pgettext_lazy("list", "Pending"),
            "clock",
            _("No conversation waits for a customer."),
        ),
        View("snoozed", pgettext_lazy("list", "Snoozed"), "moon", _("Nothing is put away for later.")),
        View(
            "resolved", pgettext_lazy("list", "Resolved"), "check", _("Nothing has been resolved yet."), counted=False
        ),
        View("spam", pgettext_lazy("list", "Spam"), "trash", _("No spam."), counted=False),
        View(RISK, _("At risk"), "clock", _("No promise is about to break."), tone="risk"),
        View(LATE, _("Overdue"), "flag", _("Nothing is overdue."), tone="broken"),
        View(TODAY, _("Due today"), "cal", _("Nothing more is due today.")),
    )
}
PROMISE_VIEWS = (RISK, LATE, TODAY)
SORTS = {"due": _("Due first"), "newest": _("Newest first"), "oldest": _("Longest waiting")}
DEFAULT_VIEW = "mine"
# The link by which other pages lead here; the lists themselves do not show it.
CONVERSATIONS = "conversations"
_PROMISE_SORT = "due"
# Where an index serves that order whatever the size of the list.
_DUE_FIRST = ("mine", "unassigned", "open")


@dataclass(frozen=True, slots=True)
class NavLine:
    """One link in the bar of views."""

    title: str
    url: str
    icon: str
    count: str
    tone: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Nav:
    """The bar of views, in its groups."""

    views: list[NavLine]
    promises: list[NavLine]
    teams: list[NavLine]
    elsewhere: list[NavLine]


def view_from(key: str, team_public_id: str, asked: QueryDict) -> ListView:
    """The list that an address asks for. Without a wish what is due first stands first where that is quick, else the newest."""
    sort = asked.get("sort", "")
    if key in PROMISE_VIEWS:
        sort = _PROMISE_SORT
    elif sort not in SORTS:
        sort = _PROMISE_SORT if key in _DUE_FIRST else "newest"
    return ListView(key, sort, team_public_id, asked.get("inbox", "")[:40], asked.get("tag", "").strip().lower()[:40])


def url_of(view: ListView) -> str:
    """The address of a list without its filters."""
    if view.key == "team":
        return reverse("desk_team_list", args=[view.team_public_id])
    return reverse("desk_view", args=[view.key])


def counted_views(teams: Sequence[Team]) -> list[ListView]:
    """The lists that show a figure, in the order of the bar."""
    own = [ListView(view.key) for view in VIEWS.values() if view.counted]
    return own + [ListView("team", team_public_id=team.public_id) for team in teams]


def nav_of(actor: Actor, current: ListView | None, teams: Sequence[Team], counts: dict[tuple[str, str], int]) -> Nav:
    """The bar of views, and the pages of other apps. `counts` by key and team; a list without a figure among them shows none."""
    here = (current.key, current.team_public_id) if current else None

    def line(view: View, team: str = "") -> NavLine:
        listed = ListView(view.key, team_public_id=team)
        count = counts.get((view.key, team), 0)
        figure = "99+" if count >= COUNT_CAP else str(count or "")
        return NavLine(str(view.title), url_of(listed), view.icon, figure, view.tone, here == (view.key, team))

    own = [line(view) for view in VIEWS.values() if view.key not in PROMISE_VIEWS]
    promises = [line(VIEWS[key]) for key in PROMISE_VIEWS]
    shared = [line(View("team", team.name, "users", ""), team.public_id) for team in teams]
    elsewhere = [
        NavLine(str(link.title), reverse(link.url_name), link.icon, "", "", is_current=False)
        for link in links_of(DESK)
        if link.key != CONVERSATIONS and actor.may(link.permission)
    ]
    return Nav(own, promises, shared, elsewhere)
