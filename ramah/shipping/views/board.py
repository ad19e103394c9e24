"""The delivery board: what needs a look, and what is done with many at once."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import Actor, PermissionDenied
from ramah.kernel.paging import BadCursor
from ramah.shipping.board_forms import MOST_WORDS, BoardForm, BulkForm
from ramah.shipping.board_rows import BoardRow, place_words, row_of
from ramah.shipping.permissions import MANAGE_CLAIMS, VIEW_BOARD
from ramah.shipping.queries import board as queries
from ramah.shipping.queries.board_parts import (
    MOST_AT_ONCE,
    BoardItem,
    NotDone,
    action_named,
    actions_for,
    talks_of,
    told_of,
)
from ramah.ui.errors import error_page

VIEW_NAMES = {
    queries.AT_RISK: gettext_lazy("At risk"),
    queries.LATE: gettext_lazy("Late"),
    queries.STALLED: gettext_lazy("Not moving"),
    queries.LOST: gettext_lazy("Lost"),
    queries.FAILED: gettext_lazy("Failed"),
    queries.CONTRADICTION: gettext_lazy("Contradictions"),
    queries.ALL: gettext_lazy("All under way"),
}
_EMPTY = {
    queries.AT_RISK: gettext_lazy("No delivery is at risk. Those that may come late appear here before they do."),
    queries.LATE: gettext_lazy("No delivery is late."),
    queries.STALLED: gettext_lazy("Everything moves as it usually does."),
    queries.LOST: gettext_lazy("No parcel is lost."),
    queries.FAILED: gettext_lazy("No carrier stood before a closed door."),
    queries.CONTRADICTION: gettext_lazy("What carriers tell fits together."),
    queries.ALL: gettext_lazy("Nothing is under way. Orders appear here once their delivery is promised."),
}
_DONE = "delivery_board_done"
_MOST_TOLD = 5


@require_GET
@access(VIEW_BOARD)
def board(request: HttpRequest) -> HttpResponse:
    """Deliveries of a view, a carrier, a place; with `tick`, the first two hundred with their boxes ticked."""
    actor, form = actor_of(request), BoardForm(request.GET)
    wanted, cursor, is_ticked = form.wanted, request.GET.get("cursor", ""), bool(request.GET.get("tick"))
    try:
        size = MOST_AT_ONCE if is_ticked else queries.PAGE
        page = queries.board_page(actor, wanted, cursor=cursor, size=size)
    except BadCursor:
        return error_page(request, 400)
    shown = {"rows": _rows(actor, page.rows, at=clock.now()), "is_ticked": is_ticked, "more": ""}
    if page.next_cursor:
        shown["more"] = _address(wanted, cursor=page.next_cursor)
    if request.headers.get("HX-Request") and cursor:
        return render(request, "shipping/board.html#rows", shown)
    return render(request, "shipping/board.html", {**shown, **_frame(request, actor, wanted)})


@require_POST
@access(VIEW_BOARD)
def act(request: HttpRequest) -> HttpResponseBase:
    """Do something with what is ticked. Each is a change of its own: what is gone or cannot be changed so, is told."""
    actor, form = actor_of(request), BulkForm(request.POST)
    back = _address(BoardForm(request.POST).wanted)
    action = action_named(request.POST.get("do", ""))
    if action is None:
        return error_page(request, 400)
    if not actor.may(action.permission):
        raise PermissionDenied(action.permission)
    if not form.is_valid():
        messages.error(
            request, str(form.non_field_errors()[0] if form.non_field_errors() else _("Nothing was changed."))
        )
        return redirect(back)
    keys, words = form.cleaned_data["keys"], form.cleaned_data["words"]
    done = _each(action.run, actor, keys, words, at=clock.now())
    request.session[_DONE] = {"action": action.key, "words": words, **done} if done["keys"] or done["not_done"] else {}
    _tell(request, done, count=len(keys))
    return redirect(back)


@require_POST
@access(VIEW_BOARD)
def undo(request: HttpRequest) -> HttpResponseBase:
    """Take back what was done last, as far as it can still be."""
    last = request.session.pop(_DONE, {})
    action = action_named(last.get("action", ""))
    if action is None or action.undo is None or not last.get("keys"):
        messages.warning(request, _("There is nothing left to take back."))
        return redirect(_address(BoardForm(request.POST).wanted))
    if not actor_of(request).may(action.permission):
        raise PermissionDenied(action.permission)
    done = _each(action.undo, actor_of(request), last["keys"], last["words"], at=clock.now())
    count = len(done["keys"])
    messages.success(request, ngettext("Taken back for %(n)d.", "Taken back for %(n)d.", count) % {"n": count})
    return redirect(_address(BoardForm(request.POST).wanted))


def _each(run: Any, actor: Actor, keys: list[str], words: str, *, at: datetime) -> dict[str, Any]:
    """What was done with which, what was gone, and what was not done and why."""
    items = queries.items_for(actor, keys)
    done, not_done = [], []
    for key, item in items.items():
        try:
            if run(actor=actor, item=item, words=words, at=at):
                done.append(key)
        except NotDone as why:
            not_done.append([item.order.number, str(why)])
    return {"keys": done, "gone": len(keys) - len(items), "not_done": not_done, "at": at.timestamp()}


def _tell(request: HttpRequest, done: dict[str, Any], *, count: int) -> None:
    facts = {"done": len(done["keys"]), "count": count}
    words = [_("Done with %(done)d of %(count)d.") % facts]
    if gone := done["gone"]:
        words.append(
            ngettext("%(n)d is not on the board any more.", "%(n)d are not on the board any more.", gone) % {"n": gone}
        )
    words += [f"{number}: {why}" for number, why in done["not_done"][:_MOST_TOLD]]
    if (more := len(done["not_done"]) - _MOST_TOLD) > 0:
        words.append(ngettext("And %(n)d more.", "And %(n)d more.", more) % {"n": more})
    is_whole = len(done["keys"]) == count
    messages.add_message(request, messages.SUCCESS if is_whole else messages.WARNING, " ".join(words))


def _frame(request: HttpRequest, actor: Actor, wanted: queries.Wanted) -> dict[str, Any]:
    """All of the page but its rows."""
    counts, filters = queries.view_counts(wanted), queries.filters()
    return {
        "wanted": wanted,
        "views": [
            (key, name, _count_words(counts[key]), _address(wanted, view=key)) for key, name in VIEW_NAMES.items()
        ],
        "carriers": filters.carriers.items(),
        "places": [(word, place_words(word)) for word in filters.places],
        "actions": actions_for(actor),
        "most_words": MOST_WORDS,
        "empty_words": _EMPTY[wanted.view],
        "all_url": _address(queries.Wanted()),
        "tick_url": _address(wanted, tick="1"),
        "can_undo": _can_undo(request),
        "may_claim": actor.may(MANAGE_CLAIMS),
    }


def _can_undo(request: HttpRequest) -> bool:
    """Offered once, on the page that follows; `undo` itself asks what is left of it."""
    last = request.session.get(_DONE) or {}
    action = action_named(last.get("action", ""))
    is_new = bool(last) and not last.get("is_offered")
    if is_new:
        request.session[_DONE] = {**last, "is_offered": True}
    return is_new and bool(last.get("keys")) and action is not None and action.undo is not None


def _rows(actor: Actor, items: list[BoardItem], *, at: datetime) -> list[BoardRow]:
    orders = [item.order.pk for item in items]
    told, talks = told_of(actor, orders), talks_of(actor, orders)
    return [
        row_of(item, actor, at=at, told=told.get(item.order.pk, ()), talks=talks.get(item.order.pk, ()))
        for item in items
    ]


def _count_words(count: int) -> str:
    return f"{count - 1}+" if count >= queries.MOST_COUNTED else str(count)


def _address(wanted: queries.Wanted, **further: str) -> str:
    told = {"view": wanted.view, "carrier": wanted.carrier, "place": wanted.place, **further}
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in told.items() if value})
    return f"{reverse('deliveries')}?{query.urlencode()}" if query else reverse("deliveries")
