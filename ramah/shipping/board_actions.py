"""What shipping itself can do with deliveries that are ticked on the board. Registered by `panels`."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.commerce.commands.fulfilling import MOST_NOTED, annotate_order
from ramah.commerce.permissions import FULFIL
from ramah.kernel.actors import Actor, require
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.commands import ParcelArrived, mark_lost
from ramah.shipping.commands.claims import ClaimExists, NothingToClaim, drop_claim, open_claim
from ramah.shipping.commands.polling import ask_now
from ramah.shipping.models import Claim, Flight, Shipment
from ramah.shipping.permissions import MANAGE_CLAIMS, VIEW_BOARD
from ramah.shipping.queries.board_parts import BoardAction, BoardItem, NotDone
from ramah.shipping.queries.claims import claims_of


def _check(*, actor: Actor, item: BoardItem, words: str, at: datetime) -> bool:
    require(actor, VIEW_BOARD)
    if not ask_now([_parcel(item).pk], at=at):
        raise NotDone(_("Its carrier tells by itself and cannot be asked."))
    return True


def _note(*, actor: Actor, item: BoardItem, words: str, at: datetime) -> bool:
    line = _line(words)
    if not line:
        raise NotDone(_("Write what colleagues should know."))
    before = item.order.merchant_note
    note = f"{before}\n{line}".strip()
    if len(note) > MOST_NOTED:
        raise NotDone(_("Its note is full."))
    annotate_order(actor=actor, order=item.order, note=note, at=at)
    return True


def _take_note_back(*, actor: Actor, item: BoardItem, words: str, at: datetime) -> bool:
    """Only where it is still the last line: what was written since stays."""
    lines = item.order.merchant_note.splitlines()
    if not lines or lines[-1] != _line(words):
        return False
    annotate_order(actor=actor, order=item.order, note="\n".join(lines[:-1]), at=at)
    return True


def _claim(*, actor: Actor, item: BoardItem, words: str, at: datetime) -> bool:
    parcel = _parcel(item)
    try:
        open_claim(actor=actor, shipment=parcel, kind=claim_kind(parcel, item.flight), note=_line(words), at=at)
    except ClaimExists:
        raise NotDone(_("It is claimed already.")) from None
    except NothingToClaim:
        raise NotDone(_("Its carrier owes nothing for it.")) from None
    return True


def _drop_claim(*, actor: Actor, item: BoardItem, words: str, at: datetime) -> bool:
    """Only while it is not sent."""
    drafts = [one for one in claims_of(_parcel(item)) if one.state == Claim.State.DRAFT]
    for claim in drafts[:1]:
        drop_claim(actor=actor, claim=claim, at=at)
    return bool(drafts)


def claim_kind(parcel: Shipment, flight: Flight | None) -> str:
    """What would be claimed of the carrier, as the parcel stands."""
    if parcel.reason == facts.DAMAGED:
        return Claim.Kind.DAMAGED
    is_missing = parcel.state == position.LOST or (flight and flight.level == Flight.Level.STALLED)
    return Claim.Kind.LOST if is_missing else Claim.Kind.LATE


def _lose(*, actor: Actor, item: BoardItem, words: str, at: datetime) -> bool:
    parcel = _parcel(item)
    if parcel.lost_at is not None:
        return False
    try:
        mark_lost(actor=actor, shipment=parcel, at=at)
    except ParcelArrived:
        raise NotDone(_("It has arrived, or came back.")) from None
    return True


def _parcel(item: BoardItem) -> Shipment:
    if item.shipment is None:
        raise NotDone(_("It has not left yet."))
    return item.shipment


def _line(words: str) -> str:
    return " ".join(words.replace("\0", " ").split())


CHECK = BoardAction("check", gettext_lazy("Check now"), VIEW_BOARD, _check, icon="refresh", order=10)
CLAIM = BoardAction("claim", gettext_lazy("Claim"), MANAGE_CLAIMS, _claim, icon="cash", undo=_drop_claim, order=30)
LOSE = BoardAction(
    "lost",
    gettext_lazy("Mark lost"),
    FULFIL,
    _lose,
    icon="alert",
    confirm=gettext_lazy("Mark what is ticked as lost? Customers may be told, and choose what happens."),
    order=40,
)
NOTE = BoardAction(
    "note", gettext_lazy("Note"), FULFIL, _note, icon="note", undo=_take_note_back, takes_words=True, order=50
)
