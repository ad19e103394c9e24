"""Deliveries as the board and the panel show them: words, rings and figures of rows that were read. Makes no query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise as LazyString
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.commerce.permissions import VIEW_ADDRESSES
from ramah.kernel.actors import Actor
from ramah.kernel.masking import sees_contact_data, shown_address, shown_name
from ramah.shipping import position, tracking_words
from ramah.shipping.commands import order_steps
from ramah.shipping.models import Flight, Shipment
from ramah.shipping.queries.board_parts import BoardItem, BoardLine
from ramah.shipping.queries.outlook import zone_of
from ramah.ui.elements import pill, promise

Level = Flight.Level
_TONES: Final[Mapping[int, str]] = {
    Level.FINE: "kept",
    Level.AT_RISK: "risk",
    Level.STALLED: "risk",
    Level.LATE: "broken",
    Level.FAILED: "broken",
    Level.LOST: "broken",
}
_DOUBTS: Final[Mapping[str, LazyString | str]] = {
    position.MOVED_AFTER_DELIVERED: gettext_lazy("It moved after it was said to have arrived."),
    position.LOST_AFTER_DELIVERED: gettext_lazy("It was said to be lost after it had arrived."),
    position.DELIVERED_UNMOVED: gettext_lazy("It is said to have arrived although nothing had moved it."),
    order_steps.NOT_READY: gettext_lazy(
        "The carrier has it, but its order is not paid, is cancelled, or holds no more."
    ),
    order_steps.TAKEN_BACK: gettext_lazy("It did not arrive after all, but its order counts as delivered."),
}
_LIKELY: Final = ((0.8, gettext_lazy("very likely")), (0.5, gettext_lazy("likely")), (0.2, gettext_lazy("possible")))


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One delivery in words. `number` is masked, and `tracking_url` empty, for those who do not see addresses."""

    item: BoardItem
    customer: str
    carrier: str
    number: str
    tracking_url: str
    standing: str
    reason: str
    since: datetime | None
    level: SafeString
    promise: SafeString
    expected: str
    chance: str
    doubts: Sequence[str]
    told: Sequence[BoardLine] = ()
    talks: Sequence[BoardLine] = ()


def row_of(
    item: BoardItem,
    actor: Actor,
    *,
    at: datetime,
    told: Sequence[BoardLine] = (),
    talks: Sequence[BoardLine] = (),
) -> BoardRow:
    """The row of a delivery whose order's customer, carrier and lane are loaded."""
    parcel, flight = item.shipment, item.flight
    sees = actor.may(VIEW_ADDRESSES)
    zone = zone_of(flight.lane.destination if flight else "")
    return BoardRow(
        item=item,
        customer=shown_name(item.order.customer.name, whole=sees_contact_data(actor)) or _("Without a name"),
        carrier=carrier_words(parcel),
        number=shown_address(parcel.tracking_number, whole=sees) if parcel else "",
        tracking_url=parcel.tracking_url if parcel and sees else "",
        standing=_standing(parcel, flight),
        reason=reason_words(parcel),
        since=_since(item),
        level=level_pill(flight),
        promise=promise_of(flight, zone, at=at),
        expected=expected_words(parcel, flight, zone, at=at),
        chance=chance_words(flight, at=at),
        doubts=doubts_of(parcel),
        told=told,
        talks=talks,
    )


def _standing(parcel: Shipment | None, flight: Flight | None) -> str:
    """Its state; nothing where the level says the same word."""
    words = str(parcel.get_state_display()) if parcel else _("Has not left")
    return "" if flight and words == str(flight.get_level_display()) else words


def carrier_words(parcel: Shipment | None) -> str:
    """Who carries it, as the shop calls it; empty where that is not known."""
    if parcel is None:
        return ""
    return parcel.carried_by.name if parcel.carried_by else parcel.carrier


def level_pill(flight: Flight | None) -> SafeString:
    """What is the matter with it; nothing where nothing is, or where it is not under way."""
    return pill(flight.get_level_display(), _TONES[flight.level]) if flight and flight.level else SafeString("")


def reason_words(parcel: Shipment | None) -> str:
    """What went wrong with it; empty where nothing did."""
    if parcel is None or not parcel.reason:
        return ""
    said = tracking_words.event_words(parcel.state, parcel.reason)
    return "" if said == tracking_words.event_words(parcel.state, "") else said


def doubts_of(parcel: Shipment | None) -> list[str]:
    """What contradicts itself, in sentences."""
    words = [str(doubt.get("word", "")) for doubt in parcel.doubts] if parcel else []
    return [str(_DOUBTS.get(word, word)) for word in dict.fromkeys(words)]


def promise_of(flight: Flight | None, zone: ZoneInfo, *, at: datetime) -> SafeString:
    """The promised day with its ring; nothing where none was promised."""
    if flight is None or not flight.promised:
        return SafeString("")
    due = datetime.fromtimestamp(flight.promised, UTC)
    day = _day((due - timedelta(seconds=1)).astimezone(zone).date())
    if due < at:
        return promise("broken", _("Promised for %(day)s, over") % {"day": day}, 0)
    whole = max(1.0, flight.promised - flight.purchased)
    left = 100 * (flight.promised - at.timestamp()) / whole
    state = "open" if flight.level == Level.FINE else "risk"
    return promise(state, _("Promised for %(day)s") % {"day": day}, left)


def expected_words(parcel: Shipment | None, flight: Flight | None, zone: ZoneInfo, *, at: datetime) -> str:
    """Between which days it is expected, on the calendar where it goes to; empty where nobody knows."""
    span = _span(parcel, flight, zone)
    today = at.astimezone(zone).date()
    if span is None or span[1] < today or (parcel and parcel.state in Shipment.ENDED):
        return ""
    first, last = max(span[0], today), span[1]
    if first == last:
        return _day(first)
    return _("%(first)s to %(last)s") % {"first": _day(first), "last": _day(last)}


def chance_words(flight: Flight | None, *, at: datetime) -> str:
    """How likely it comes later than promised: a word, and the figure. Of what is late already: nothing is left to chance."""
    if flight is None or not flight.q50 or not flight.promised or flight.promised < at.timestamp():
        return ""
    share = flight.p_late
    word = next((word for least, word in _LIKELY if share >= least), gettext_lazy("hardly"))
    return _("Late: %(word)s, %(percent)d %%") % {"word": word, "percent": round(100 * share)}


def lost_words(flight: Flight | None) -> str:
    """How likely it is lost, where that is worth saying."""
    if flight is None or flight.p_lost < 0.05 or flight.level == Level.LOST:
        return ""
    return _("Lost: %(percent)d %%") % {"percent": round(100 * flight.p_lost)}


def place_words(word: str) -> str:
    """A place as `lanes.lane_key` writes it, for people: `ID-jawa_barat-16` is `Jawa Barat 16, ID`."""
    country, *parts = word.split("-")
    named = " ".join(part.replace("_", " ").title() for part in parts)
    return f"{named}, {country}" if named else country


def _since(item: BoardItem) -> datetime | None:
    parcel = item.shipment
    if parcel is None:
        return item.order.placed_at
    return parcel.last_event_at or parcel.last_moved_at or parcel.handed_over_at or parcel.created_at


def _span(parcel: Shipment | None, flight: Flight | None, zone: ZoneInfo) -> tuple[date, date] | None:
    if parcel and parcel.expected_from and parcel.expected_to:
        return parcel.expected_from, parcel.expected_to
    if flight is None or not flight.q90:
        return None
    first, last = (datetime.fromtimestamp(moment, UTC).astimezone(zone).date() for moment in (flight.q10, flight.q90))
    return first, last


def _day(day: date) -> str:
    return str(date_format(day, "j E"))
