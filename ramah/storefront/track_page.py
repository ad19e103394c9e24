"""Where an order is, as its page says it: the state as a headline, the expected day, the way so far, what comes next.

Never more exact than what is known: a range stays a range, and where nobody knows a day none is named. Streets, names and what
the carrier wrote itself are for who may see addresses in full.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ramah.commerce import permissions
from ramah.commerce.models import Order
from ramah.commerce.queries.following import Followed, followed
from ramah.commerce.queries.sights import PromiseSight
from ramah.kernel.actors import Actor, require
from ramah.notices.models import Choice
from ramah.notices.queries.choices import (
    ChoiceWords,
    choice_words,
    choosable_notice,
    link_to,
    open_choices,
    wishes_open,
)
from ramah.shipping.models import Flight, Shipment
from ramah.shipping.queries.tracking import TrackedEvent, TrackedParcel, headline, parcels_tracked
from ramah.storefront.order_pages import LineSight, lines_shown
from ramah.storefront.tracking import web_address

FOLLOW: Final = "shipping.follow"
_OVER: Final = (Order.State.CANCELLED, Order.State.REFUNDED, Order.State.RETURNED)
_LATE_IS_NEWS: Final = (Shipment.State.PRE_TRANSIT, Shipment.State.IN_TRANSIT, Shipment.State.EXCEPTION)
_Level = Flight.Level


@dataclass(frozen=True, slots=True)
class TrackStep:
    """One step: what, where, and what happens next where it went wrong; `state` is empty, exception or next."""

    words: str
    at: datetime | None = None
    place: str = ""
    note: str = ""
    message: str = ""
    state: str = ""
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class ParcelSight:
    """A parcel: how it stands, when it is expected, its way, what is in it; `wishes` are what its carrier may be asked for."""

    shipment: Shipment
    title: str
    expected: str
    url: str
    steps: Sequence[TrackStep]
    pieces: Sequence[tuple[LineSight, int]]
    wishes: Sequence[ChoiceWords]


@dataclass(frozen=True, slots=True)
class Picked:
    """A choice of the newest notice, in words."""

    choice: Choice
    words: ChoiceWords


@dataclass(frozen=True, slots=True)
class TrackPage:
    """All that the page shows. `is_live`: something may still change, so the page looks again by itself."""

    order: Order
    title: str
    lead: Sequence[str]
    promise: PromiseSight | None
    parcels: Sequence[ParcelSight]
    steps: Sequence[TrackStep]
    picks: Sequence[Picked]
    choose_url: str
    until: datetime | None
    is_live: bool


def track_page(actor: Actor, order: Order, *, language: str, at: datetime) -> TrackPage:
    """The page of an order that was let through the door to `actor`. Raises `PermissionDenied`."""
    require(actor, FOLLOW)
    sight, parcels = followed(actor, order, at=at), parcels_tracked(order)
    shown = {line.line.pk: line for line in lines_shown(sight, language)}
    notice = choosable_notice(order, at=at)
    picks = [Picked(one, choice_words(one.kind, one.offer)) for one in open_choices(notice, at=at)] if notice else []
    is_over = order.state in _OVER
    return TrackPage(
        order=order,
        title=sight.words if is_over or not parcels else _title(parcels, sight, at=at),
        lead=[] if is_over else _lead(parcels, sight, at=at),
        promise=None if is_over else _promise(parcels, sight, at=at),
        parcels=[_parcel(actor, one, sight, shown, at=at, has_picks=bool(picks)) for one in parcels],
        steps=_order_steps(sight, has_parcels=bool(parcels)),
        picks=picks,
        choose_url=link_to(notice) if notice and picks else "",
        until=notice.choice_until if notice else None,
        is_live=not is_over and (not parcels or sight.is_partly_shipped or not all(one.has_ended for one in parcels)),
    )


def range_words(first: date, last: date) -> str:
    """`Expected on Tuesday 18 November`, `Expected between 18 November and 20 November`."""
    if first == last:
        return _("Expected on %(day)s") % {"day": _day(first)}
    return _("Expected between %(first)s and %(last)s") % {"first": _day(first), "last": _day(last)}


def _title(parcels: Sequence[TrackedParcel], sight: Followed, *, at: datetime) -> str:
    if len(parcels) == 1:
        return _title_of_one(parcels[0], sight, at=at)
    arrived = sum(one.shipment.state == Shipment.State.DELIVERED for one in parcels)
    told = {"arrived": arrived, "all": len(parcels)}
    if arrived == len(parcels):
        return _("All your parcels have arrived")
    if arrived:
        return _("%(arrived)d of %(all)d parcels have arrived") % told
    return _("Your order comes in %(all)d parcels") % told


def _title_of_one(parcel: TrackedParcel, sight: Followed, *, at: datetime) -> str:
    state = parcel.shipment.state
    if state not in _LATE_IS_NEWS:
        return headline(state)
    if days := _days_late(parcel, sight, at=at):
        late = ngettext("Your parcel is %(days)d day late", "Your parcel is %(days)d days late", days)
        return late % {"days": days}
    if _is_late(parcel, sight, at=at):
        return _("Your parcel is late")
    if state == Shipment.State.EXCEPTION:
        return headline(state)
    if parcel.level == _Level.STALLED:
        return _("Your parcel has not moved for some time")
    return _("Your parcel may be late. We watch it.") if parcel.level == _Level.AT_RISK else headline(state)


def _promise(parcels: Sequence[TrackedParcel], sight: Followed, *, at: datetime) -> PromiseSight | None:
    """How the promise stands; one that runs and is known not to be kept says so, whatever its clock says."""
    told, today = sight.promise, timezone.localdate(at)
    if told is None or told.state not in ("open", "risk"):
        return told
    promised = _promised_on(sight)
    days = [day[0] for one in parcels if (day := one.expected(today)) is not None]
    if promised is None or not days or max(days) <= promised:
        return told
    return PromiseSight(
        "risk", _("Promised by %(day)s. It comes later, we are sorry.") % {"day": _day(promised)}, told.left
    )


def _promised_on(sight: Followed) -> date | None:
    return sight.order.promised_to


def _is_late(parcel: TrackedParcel, sight: Followed, *, at: datetime) -> bool:
    """Late against what was promised first: a day that was moved does not make it punctual."""
    promised, today = _promised_on(sight), timezone.localdate(at)
    expected = parcel.expected(today)
    if promised is None:
        return parcel.level == _Level.LATE
    return today > promised or bool(expected and expected[0] > promised)


def _days_late(parcel: TrackedParcel, sight: Followed, *, at: datetime) -> int:
    """By how many days, where one day is expected and no other; 0 where that would be a guess."""
    promised, expected = _promised_on(sight), parcel.expected(timezone.localdate(at))
    if promised is None or expected is None or expected[0] != expected[1]:
        return 0
    return max(0, (expected[0] - promised).days)


def _lead(parcels: Sequence[TrackedParcel], sight: Followed, *, at: datetime) -> list[str]:
    """What happened and what is expected, in one or two sentences."""
    if not parcels:
        return [_("Nothing has left yet. You see every step here.")]
    said = []
    if len(parcels) == 1:
        last = parcels[0].events[-1] if parcels[0].events else None
        if last is not None and last.is_trouble:
            said.append(". ".join(filter(None, (last.words, last.following))))
        said.append(_expected_words(parcels[0], sight, at=at))
    if sight.is_partly_shipped:
        said.append(_("The rest of it has not left yet."))
    return [sentence if sentence.endswith(".") else f"{sentence}." for sentence in said if sentence]


def _expected_words(parcel: TrackedParcel, sight: Followed, *, at: datetime) -> str:
    if parcel.has_ended:
        return ""
    today = timezone.localdate(at)
    if expected := parcel.expected(today):
        return range_words(*expected)
    promised = _promised_on(sight)
    if promised is not None and promised >= today and parcel.level not in (_Level.LATE, _Level.STALLED):
        return _("Promised by %(day)s") % {"day": _day(promised)}
    return _("We do not know the day yet. We watch it, and write to you.")


def _parcel(
    actor: Actor,
    parcel: TrackedParcel,
    sight: Followed,
    shown: Mapping[int, LineSight],
    *,
    at: datetime,
    has_picks: bool,
) -> ParcelSight:
    shipment = parcel.shipment
    wishes = [] if has_picks or parcel.has_ended else wishes_open(sight.order, shipment, actor=actor, at=at)
    pieces = [
        (shown[line.order_line_id], line.quantity) for line in shipment.lines.all() if line.order_line_id in shown
    ]
    return ParcelSight(
        shipment=shipment,
        title=headline(shipment.state),
        expected=_expected_words(parcel, sight, at=at),
        url=web_address(shipment.tracking_url),
        steps=_parcel_steps(actor, parcel, sight, at=at),
        pieces=pieces,
        wishes=[choice_words(one.kind, one.offer) for one in wishes],
    )


def _parcel_steps(actor: Actor, parcel: TrackedParcel, sight: Followed, *, at: datetime) -> list[TrackStep]:
    may_see = actor.may(permissions.VIEW_ADDRESSES)
    hidden = _private_words(sight.order.shipping_address)
    steps = [_step(one, is_last=one is parcel.events[-1], may_see=may_see, hidden=hidden) for one in parcel.events]
    if parcel.has_ended:
        return steps
    day = parcel.expected(timezone.localdate(at))
    words = _("Picked up") if parcel.shipment.state == Shipment.State.AVAILABLE_FOR_PICKUP else _("With you")
    return [*steps, TrackStep(words, note=range_words(*day) if day else "", state="next")]


def _step(event: TrackedEvent, *, is_last: bool, may_see: bool, hidden: Sequence[str]) -> TrackStep:
    place = event.place
    if not may_see and any(word in place.casefold() for word in hidden):
        place = ""
    return TrackStep(
        event.words,
        event.at,
        place,
        note=event.following if is_last else "",
        # The carrier may name streets and people.
        message=event.message if may_see and event.message.casefold() != event.words.casefold() else "",
        state="exception" if event.is_trouble else "",
        is_now=is_last,
    )


def _private_words(address: Mapping[str, str]) -> list[str]:
    """What of an address no place of an event may give away."""
    parts = (address.get(key, "").strip().casefold() for key in ("line1", "line2", "name", "company", "phone"))
    return [part for part in parts if len(part) > 2]


def _order_steps(sight: Followed, *, has_parcels: bool) -> list[TrackStep]:
    """The way of the order itself: whole where nothing was packed apart, else only what was before the parcels left."""
    steps = [
        TrackStep(
            one.words, one.at, note=one.note, state="next" if one.state == "next" else "", is_now=one.state == "now"
        )
        for one in sight.steps
    ]
    if not has_parcels:
        return steps
    before = (Order.State.PLACED, Order.State.PAID, Order.State.PACKED)
    past = zip(sight.order.history.all(), sight.steps, strict=False)
    return [TrackStep(one.words, one.at) for change, one in past if change.to_state in before]


def _day(day: date) -> str:
    return str(date_format(day, "j E"))
