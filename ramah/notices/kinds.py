"""The kinds of notices: what each is about, what it may offer, how urgent it is. Pure."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy as _

WAIT: Final = "wait"
CREDIT: Final = "credit"
ADDRESS: Final = "address"
DATE: Final = "date"
PICKUP_POINT: Final = "pickup_point"
NEIGHBOR: Final = "neighbor"
LEAVE: Final = "leave"
CANCEL: Final = "cancel"
PAY: Final = "pay"
TALK: Final = "talk"
CHOICES: Final = (WAIT, CREDIT, ADDRESS, DATE, PICKUP_POINT, NEIGHBOR, LEAVE, CANCEL, PAY, TALK)

AT_RISK: Final = "at_risk"
LATE: Final = "late"
STALLED: Final = "stalled"
LOST: Final = "lost"
DELIVERY_FAILED: Final = "delivery_failed"
CUSTOMS: Final = "customs"
OUT_FOR_DELIVERY: Final = "out_for_delivery"
DELIVERED: Final = "delivered"
BACK_IN_STOCK: Final = "back_in_stock"
PRICE_DROP: Final = "price_drop"
ORDER_CHANGED: Final = "order_changed"
PAYMENT_MISSING: Final = "payment_missing"
REFUND_SENT: Final = "refund_sent"
PROMOTION: Final = "promotion"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice.

    `choices` may be offered with it. `rank`: the lowest speaks first where several go out together. `rests`: minutes that a
    notice waits for others to go out with it. `fresh`: hours after which it is not worth telling any more. `holds_out`: a part
    of the customers may be left untold, to measure the effect. `by_silence`: it may only look so because nothing is heard of the
    parcel. `on_request`: each was asked for by the customer, so it counts for no cap.
    """

    key: str
    name: str | LazyString
    choices: tuple[str, ...]
    rank: int
    rests: int = 10
    fresh: int = 72
    is_promotion: bool = False
    holds_out: bool = True
    by_silence: bool = False
    on_request: bool = False

    @property
    def is_wanted(self) -> bool:
        """Whether somebody asked for just these notices, however many they are."""
        return self.on_request or self.is_promotion


KINDS: Final[dict[str, Kind]] = {
    kind.key: kind
    for kind in (
        Kind(LOST, _("Parcel lost"), (CANCEL, TALK), 1, rests=0, fresh=24 * 14, holds_out=False),
        Kind(
            DELIVERY_FAILED,
            _("Delivery failed"),
            (DATE, ADDRESS, PICKUP_POINT, NEIGHBOR, LEAVE, TALK),
            2,
            rests=0,
            fresh=48,
            holds_out=False,
        ),
        Kind(CUSTOMS, _("Held by customs"), (TALK, CANCEL), 3),
        Kind(
            LATE,
            _("Late"),
            (WAIT, CREDIT, ADDRESS, DATE, PICKUP_POINT, CANCEL, TALK),
            4,
            fresh=24 * 14,
            by_silence=True,
        ),
        Kind(
            AT_RISK,
            _("At risk of being late"),
            (WAIT, CREDIT, ADDRESS, DATE, PICKUP_POINT, CANCEL, TALK),
            5,
            by_silence=True,
        ),
        Kind(STALLED, _("Not moving"), (WAIT, TALK, CANCEL), 6, by_silence=True),
        Kind(PAYMENT_MISSING, _("Payment missing"), (PAY, CANCEL), 7, holds_out=False),
        Kind(ORDER_CHANGED, _("Order changed"), (TALK, CANCEL), 8),
        Kind(REFUND_SENT, _("Refund sent"), (TALK,), 9, holds_out=False),
        Kind(OUT_FOR_DELIVERY, _("Out for delivery"), (NEIGHBOR, LEAVE), 10, rests=0, fresh=12),
        Kind(DELIVERED, _("Delivered"), (TALK,), 11, fresh=48),
        Kind(BACK_IN_STOCK, _("Back in stock"), (), 20, rests=0, holds_out=False, on_request=True),
        Kind(PRICE_DROP, _("Price dropped"), (), 21, rests=0, holds_out=False, on_request=True),
        Kind(PROMOTION, _("Promotion"), (), 30, fresh=24 * 7, is_promotion=True),
    )
}
