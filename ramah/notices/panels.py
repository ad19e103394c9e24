"""What notices offer to other pages: on the board of deliveries, in the thread, and in the bars of the desk."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.desk.queries.details import register_reader
from ramah.kernel.actors import Actor
from ramah.notices.commands.by_hand import NobodySpeaks, NothingToTell, call_off, tell_now
from ramah.notices.permissions import SEND_NOTICES, VIEW_NOTICES
from ramah.notices.queries.effect import wismo_of_carriers
from ramah.notices.queries.pages import TOLD, talks_about, told_of_orders
from ramah.notices.wording import choices_words, notice_words, thread_detail
from ramah.shipping.queries.board_parts import (
    BoardAction,
    BoardItem,
    BoardLine,
    NotDone,
    register_action,
    register_talk,
    register_told,
)
from ramah.shipping.queries.scores import register_score
from ramah.ui.navigation import SETTINGS, NavLink, register_link


def _told(actor: Actor, order_ids: Sequence[int]) -> Mapping[int, Sequence[BoardLine]]:
    if not actor.may(VIEW_NOTICES):
        return {}
    return {
        key: [
            BoardLine(
                notice_words(row),
                row.sent_at if row.state in TOLD else row.planned_at,
                further=choices_words(row.choices.all()),
            )
            for row in rows
        ]
        for key, rows in told_of_orders(order_ids).items()
    }


def _talks(actor: Actor, order_ids: Sequence[int]) -> Mapping[int, Sequence[BoardLine]]:
    return {
        key: [BoardLine(words, at, reverse("desk_conversation", args=[public_id])) for public_id, words, at in rows]
        for key, rows in talks_about(actor, order_ids).items()
    }


def _tell(*, actor: Actor, item: BoardItem, words: str, at: datetime) -> bool:
    if item.flight is None:
        raise NotDone(_("It is not under way."))
    try:
        tell_now(actor=actor, flight=item.flight, at=at)
    except NobodySpeaks:
        raise NotDone(_("No live rule speaks of this. Let one go live under Notices.")) from None
    except NothingToTell:
        raise NotDone(_("There is nothing new to tell.")) from None
    return True


def _call_off(*, actor: Actor, item: BoardItem, words: str, at: datetime) -> bool:
    return call_off(actor=actor, order_id=item.order.pk, at=at)


def _contacts(since: datetime, until: datetime) -> Mapping[int | None, int]:
    return dict(wismo_of_carriers(since=since, until=until))


register_told(_told)
register_talk(_talks)
register_action(
    BoardAction("tell", gettext_lazy("Tell the customers"), SEND_NOTICES, _tell, icon="bell", undo=_call_off, order=20)
)
register_score("contacts", _contacts)
register_reader("notice", thread_detail)
register_link(
    NavLink(
        "notices", gettext_lazy("Notices"), "notice-rules", VIEW_NOTICES, icon="bell", group=gettext_lazy("Elsewhere"),
        order=62,
    )
)  # fmt: skip
register_link(
    NavLink(
        "notices",
        gettext_lazy("Notices"),
        "notice-settings",
        VIEW_NOTICES,
        icon="bell",
        place=SETTINGS,
        group=gettext_lazy("Service"),
        order=35,
    )
)
