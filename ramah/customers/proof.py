"""The identity ladder: what a customer's proof reveals and allows. One table, the same for bot, portal, phone and agent.

Each level includes those below it. An action is named like the permission that opens it to agents, where there is one, so a
door asks every actor the same question. docs/guides/identity-ladder.md shows the table; a test keeps the two alike.
"""

from dataclasses import dataclass

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy as _

ANONYMOUS = "anonymous"
CLAIMED = "claimed"
CHANNEL_VERIFIED = "channel_verified"
ORDER_VERIFIED = "order_verified"
SIGNED_IN = "signed_in"
# Weakest first; the same values as `models.Proof`.
LEVELS = (ANONYMOUS, CLAIMED, CHANNEL_VERIFIED, ORDER_VERIFIED, SIGNED_IN)


@dataclass(frozen=True, slots=True)
class Rung:
    """One line of the table: from `level` on, `action` is allowed."""

    action: str
    level: str
    says: str | LazyString


LADDER = (
    Rung("helpcenter.read", ANONYMOUS, _("Read articles, prices, stock and delivery terms")),
    Rung("conversations.start", ANONYMOUS, _("Ask, and be answered in the same conversation")),
    Rung("customers.be_named", CLAIMED, _("Be addressed by the name that was given")),
    Rung("promises.request_callback", CLAIMED, _("Ask for a call back at the number that was given")),
    Rung("commerce.view_order_status", CHANNEL_VERIFIED, _("State and promised date of an own order")),
    Rung("shipping.follow", CHANNEL_VERIFIED, _("Where an own parcel is")),
    Rung("conversations.view_history", CHANNEL_VERIFIED, _("Earlier conversations of the verified channel")),
    Rung("notices.choose", CHANNEL_VERIFIED, _("Choose which notices to get, and in which language")),
    Rung("commerce.view_orders", ORDER_VERIFIED, _("Lines, amounts and payments of the verified order")),
    Rung("commerce.view_masked_address", ORDER_VERIFIED, _("Delivery address, masked")),
    Rung("commerce.change_delivery", ORDER_VERIFIED, _("Choose another delivery date, or cancel before packing")),
    Rung("commerce.change_address", ORDER_VERIFIED, _("Change the delivery address before packing")),
    Rung("resolutions.request_return", ORDER_VERIFIED, _("Return or exchange")),
    Rung("resolutions.refund_to_original", ORDER_VERIFIED, _("Refund to the original payment")),
    Rung("commerce.view_addresses", SIGNED_IN, _("Addresses in full")),
    Rung("commerce.view_all_orders", SIGNED_IN, _("All own orders")),
    Rung("resolutions.refund_elsewhere", SIGNED_IN, _("Refund to another account")),
    Rung("loyalty.redeem", SIGNED_IN, _("Spend points and store credit")),
    Rung("promises.view", SIGNED_IN, _("All that was promised to them")),
    Rung("customers.keep_account", SIGNED_IN, _("Name, saved addresses, wish list, consents")),
    Rung("customers.change_contact", SIGNED_IN, _("Change e-mail address and phone number")),
    Rung("privacy.export", SIGNED_IN, _("Get all personal data")),
    Rung("privacy.erase", SIGNED_IN, _("Have personal data erased")),
)
_REQUIRED = {rung.action: rung.level for rung in LADDER}


def required_level(action: str) -> str:
    """The weakest proof that allows `action`. Raises KeyError for an action that is not in the table."""
    return _REQUIRED[action]


def allows(level: str, action: str) -> bool:
    """Whether proof `level` allows `action`; what the table does not name, no proof allows."""
    return action in _REQUIRED and LEVELS.index(level) >= LEVELS.index(_REQUIRED[action])


@dataclass(frozen=True, slots=True)
class CustomerActor:
    """A customer who acts with a level of proof. Order proof is proof of one order: `order_id` says of which."""

    customer_id: int
    level: str
    name: str = ""
    order_id: int | None = None

    def __post_init__(self) -> None:
        if self.level == ORDER_VERIFIED and self.order_id is None:
            raise ValueError("order proof needs the order that was proved")

    @property
    def ref(self) -> str:
        return f"customer:{self.customer_id}"

    @property
    def label(self) -> str:
        return self.name

    def may(self, permission: str) -> bool:
        return allows(self.level, permission)
