"""By which channel, and at which address, a customer can be told now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Case, Value, When

from ramah.conversations.commands.outlets import Announcement, NotPossible, outlet_of, prepare_announcement
from ramah.conversations.models import Inbox
from ramah.customers.commands import meet_customer
from ramah.customers.models import ContactPoint
from ramah.customers.queries import CHANNEL_VERIFIED, is_proved
from ramah.notices.kinds import KINDS
from ramah.notices.models import Notice
from ramah.notices.queries.wishes import spared_points

EMAIL: Final = "email"


class Unreachable(Exception):
    """There is no address that may be written to (`has_address` False), or nothing goes to any of them now."""

    def __init__(self, *, has_address: bool) -> None:
        super().__init__(has_address)
        self.has_address = has_address


@dataclass(frozen=True, slots=True)
class Way:
    """Where a notice goes, and what its channel sends of it (see `prepare_announcement`)."""

    inbox: Inbox
    point: ContactPoint
    prepared: Mapping[str, object]


def find_way(notice: Notice, announcement: Announcement, *, preferred: str, at: datetime) -> Way:
    """The first way that is open: the customer's own channel, then the rule's, in their order. Raises `Unreachable`."""
    has_address = False
    for channel in _channels(notice, preferred):
        points = _points(notice, channel, at=at)
        has_address = has_address or bool(points)
        for inbox, point in _pairs(channel, points, announcement.language):
            try:
                prepared = prepare_announcement(inbox=inbox, contact_point=point, announcement=announcement, at=at)
            except NotPossible:
                continue
            return Way(inbox, point, prepared)
    raise Unreachable(has_address=has_address)


def _channels(notice: Notice, preferred: str) -> Sequence[str]:
    wanted = [channel for channel in notice.rule.channels if isinstance(channel, str)] or [EMAIL]
    if KINDS[notice.kind].is_promotion or KINDS[notice.kind].on_request:
        return [EMAIL]  # what was agreed to is mail
    return list(dict.fromkeys([*([preferred] if preferred else []), *wanted]))


def _points(notice: Notice, channel: str, *, at: datetime) -> list[ContactPoint]:
    """Addresses that may be written to: the one that was given with the order or the wish, else those that are proved."""
    found = _given(notice, channel, at=at)
    if found is None:
        kind = outlet_of(channel).kind
        own = ContactPoint.objects.filter(customer=notice.customer_id, kind=kind).order_by("-id")
        found = [point for point in own if is_proved(point, CHANNEL_VERIFIED)]
    open_ones = [point for point in found if point.bounced_at is None and point.opted_out_at is None]
    spared = spared_points(open_ones, is_promotion=KINDS[notice.kind].is_promotion, at=at)
    return [point for point in open_ones if point.pk not in spared]


def _given(notice: Notice, channel: str, *, at: datetime) -> list[ContactPoint] | None:
    if KINDS[notice.kind].on_request:
        return list(ContactPoint.objects.filter(pk=int(notice.facts.get("contact_point", 0))))
    order = notice.order
    if order is None or channel != EMAIL or not order.email.strip():
        return None
    value = order.email.strip().lower()
    # As the mails on the order go: also where the address is (also) somebody else's.
    return [meet_customer(kind=ContactPoint.Kind.EMAIL, value=value, language=notice.language, at=at)]


def _pairs(channel: str, points: Sequence[ContactPoint], language: str) -> Iterator[tuple[Inbox, ContactPoint]]:
    if points:
        speaks = Case(When(language__istartswith=language, then=Value(0)), default=Value(1))
        for inbox in Inbox.objects.filter(channel=channel, is_active=True).order_by(speaks, "id"):
            yield from ((inbox, point) for point in points)
