"""States of parcels and their reasons in plain words, for the people who wait for them; in the active language."""

from typing import Final

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ramah.shipping import position
from ramah.shipping.carriers import facts

_EVENTS: Final[dict[str, LazyString | str]] = {
    position.PRE_TRANSIT: _("Announced to the carrier"),
    position.IN_TRANSIT: _("On its way"),
    position.OUT_FOR_DELIVERY: _("With the driver, on its way to you"),
    position.DELIVERY_ATTEMPTED: _("The driver could not hand it over"),
    position.AVAILABLE_FOR_PICKUP: _("Ready to be picked up"),
    position.DELIVERED: _("Arrived"),
    position.EXCEPTION: _("Held up"),
    position.RETURNED: _("Back at the shop"),
    position.LOST: _("The carrier cannot find it"),
}
_HEADLINES: Final[dict[str, LazyString | str]] = {
    position.PRE_TRANSIT: _("The carrier takes your parcel next"),
    position.IN_TRANSIT: _("Your parcel is on its way"),
    position.OUT_FOR_DELIVERY: _("Your parcel is with the driver"),
    position.DELIVERY_ATTEMPTED: _("The driver could not hand over your parcel"),
    position.AVAILABLE_FOR_PICKUP: _("Your parcel is ready to be picked up"),
    position.DELIVERED: _("Your parcel has arrived"),
    position.EXCEPTION: _("Your parcel is held up"),
    position.RETURNED: _("Your parcel came back to us"),
    position.LOST: _("Your parcel is lost"),
}
# What went wrong, and what happens next.
_REASONS: Final[dict[str, tuple[LazyString | str, LazyString | str]]] = {
    facts.ADDRESS: (_("The address was not found"), _("Check the address with us, then the carrier tries again.")),
    facts.AWAY: (_("Nobody was there"), _("The carrier tries again, mostly on the next working day.")),
    facts.CANCELED: (_("The delivery was cancelled"), _("We look into it and write to you.")),
    facts.CLOSED: (_("The place was closed"), _("The carrier tries again when it is open.")),
    facts.CONTACT: (_("The carrier wants to speak with you"), _("Call the carrier, or ask us to do it for you.")),
    facts.CUSTOMS: (_("Held by customs"), _("Customs let it go after checking. If they need papers, we write to you.")),
    facts.DAMAGED: (_("It was damaged on the way"), _("We look into it and write to you. You do not pay for this.")),
    facts.DELAYED: (_("Delayed on the way"), _("It goes on with the next transport.")),
    facts.DISPOSED: (
        _("The carrier had to dispose of it"),
        _("We look into it and write to you. You do not pay for this."),
    ),
    facts.DOCUMENTS: (_("Papers are missing"), _("We send what is missing. If we need something of you, we write.")),
    facts.HELD: (_("Kept at the carrier"), _("The carrier keeps it until it can go on.")),
    facts.MISSORTED: (_("It took a wrong turn"), _("The carrier sends it on to the right place.")),
    facts.NEIGHBOR: (_("Left with a neighbor"), ""),
    facts.NO_ACCESS: (_("The driver could not get in"), _("The carrier tries again, mostly on the next working day.")),
    facts.NO_NEWS: (_("No news of it for some time"), _("We ask the carrier and write to you.")),
    facts.PAYMENT: (_("Something is left to pay at the door"), _("Have the money ready when the carrier comes again.")),
    facts.REFUSED: (
        _("It was not accepted at the door"),
        _("It comes back to us. If that is a mistake, write to us soon."),
    ),
    facts.REJECTED: (_("The carrier did not take it"), _("We send it another way and write to you.")),
    facts.RESCHEDULED: (_("Another day was arranged"), ""),
    facts.SCHEDULED: (_("The day was arranged"), ""),
    facts.UNCLAIMED: (_("Nobody picked it up"), _("It comes back to us. If you still want it, write to us soon.")),
    facts.UNDELIVERABLE: (_("It could not be delivered"), _("We look into it and write to you.")),
    facts.WEATHER: (_("Bad weather holds it up"), _("It goes on as soon as the roads are open.")),
    position.MISDELIVERED: (_("It went to a wrong address"), _("The carrier looks for it. We write to you.")),
}
_FOLLOWING: Final[dict[str, LazyString | str]] = {
    position.DELIVERY_ATTEMPTED: _("The carrier tries again, mostly on the next working day."),
    position.AVAILABLE_FOR_PICKUP: _("Bring something that shows your name, and the number of the parcel."),
    position.EXCEPTION: _("We look into it and write to you."),
    position.RETURNED: _("We write to you about your money, or about sending it again."),
    position.LOST: _("We are sorry. You get your money back, or we send it again: you choose."),
}


def headline(state: str) -> str:
    """How the parcel stands, as the title of its page."""
    return str(_HEADLINES[state])


def event_words(state: str, reason: str) -> str:
    """What happened; the reason says more than the state where something went wrong."""
    known = _REASONS.get(reason)
    return str(known[0] if known and _tells(state, reason) else _EVENTS[state])


def following_words(state: str, reason: str) -> str:
    """What happens next; empty where nothing is to be said."""
    known = _REASONS.get(reason)
    return str(known[1] if known and _tells(state, reason) else _FOLLOWING.get(state, ""))


def handed_over() -> str:
    """The first movement of a parcel."""
    return gettext("Handed to the carrier")


def _tells(state: str, reason: str) -> bool:
    """Whether the reason is what matters: not of a parcel that arrived otherwise than at a neighbor's, is back, or is lost."""
    if state == position.DELIVERED:
        return reason == facts.NEIGHBOR
    return state not in (position.RETURNED, position.LOST, position.AVAILABLE_FOR_PICKUP, position.OUT_FOR_DELIVERY)
