"""What may be done with many deliveries at once, and what other apps know of them; apps register, the board shows.

    register_action(BoardAction("tell", _("Tell the customers"), SEND_NOTICES, run=tell, undo=call_off))
    register_told(told_of_orders)      what customers were told
    register_talk(conversations_of)    where it is spoken about

The pages of shipping know neither conversations nor notices, which stand beside and above it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from django.utils.functional import Promise as LazyString

from ramah.commerce.models import Order
from ramah.kernel.actors import Actor
from ramah.shipping.models import Flight, Shipment

MOST_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class BoardItem:
    """A delivery on the board: a parcel, or (`shipment` None) what of an order has not left."""

    order: Order
    shipment: Shipment | None = None
    flight: Flight | None = None

    @property
    def key(self) -> str:
        """What its box on the page says."""
        return self.shipment.public_id if self.shipment else f"{REST}{self.order.public_id}"


REST: Final = "rest-"


class NotDone(Exception):
    """It cannot be done with this one; says why, for people. Nothing of it was changed."""


class Doing(Protocol):
    """Does something with one delivery, in one transaction of its own. `words` is what the agent wrote.

    False: there was nothing to do. Raises `NotDone`, `PermissionDenied`.
    """

    def __call__(self, *, actor: Actor, item: BoardItem, words: str, at: datetime) -> bool: ...


@dataclass(frozen=True, slots=True)
class BoardAction:
    """Something to do with the deliveries that are ticked. `confirm` is asked first; `undo` takes it back."""

    key: str
    label: str | LazyString
    permission: str
    run: Doing
    icon: str = ""
    confirm: str | LazyString = ""
    undo: Doing | None = None
    takes_words: bool = False
    order: int = 100


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One thing that is known of an order elsewhere; `further` says more, where there is room for it."""

    words: str
    at: datetime | None = None
    url: str = ""
    further: Sequence[str] = ()


# Takes who looks and keys of orders; gives for each what is to be shown, the newest first. A query or two, however many.
Lines = Callable[[Actor, Sequence[int]], Mapping[int, Sequence[BoardLine]]]

_actions: dict[str, BoardAction] = {}
_told: list[Lines] = []
_talks: list[Lines] = []


def register_action(action: BoardAction) -> None:
    """Offer an action (called from an app's `panels.py`)."""
    _actions[action.key] = action


def actions_for(actor: Actor) -> list[BoardAction]:
    """What the actor may do, in the order in which it is shown."""
    known = sorted(_actions.values(), key=lambda action: (action.order, action.key))
    return [action for action in known if actor.may(action.permission)]


def action_named(key: str) -> BoardAction | None:
    """The action of this key; None where there is none."""
    return _actions.get(key)


def register_told(lines: Lines) -> None:
    """Say what the customers of orders were told."""
    _told.append(lines)


def register_talk(lines: Lines) -> None:
    """Say where orders are spoken about."""
    _talks.append(lines)


def told_of(actor: Actor, order_ids: Sequence[int]) -> dict[int, list[BoardLine]]:
    """What the customers of these orders were told."""
    return _gathered(_told, actor, order_ids)


def talks_of(actor: Actor, order_ids: Sequence[int]) -> dict[int, list[BoardLine]]:
    """Where these orders are spoken about."""
    return _gathered(_talks, actor, order_ids)


def _gathered(sources: Sequence[Lines], actor: Actor, order_ids: Sequence[int]) -> dict[int, list[BoardLine]]:
    keys = list(dict.fromkeys(order_ids))
    found: dict[int, list[BoardLine]] = {key: [] for key in keys}
    for lines in sources if keys else ():
        for key, some in lines(actor, keys).items():
            found[key].extend(some)
    return found
