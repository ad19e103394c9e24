"""What an agent asks a caller, and what the right answers prove: the rungs of the identity ladder. Pure.

The number that is shown can be forged, so it proves no more than a name does. Who knows an order's number and its postal code has
order proof, of that order alone; see docs/guides/identity-ladder.md.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy as _

from ramah.customers.queries import ANONYMOUS, CLAIMED, ORDER_VERIFIED

NUMBER, NAME, ORDER, POSTAL_CODE = "number", "name", "order", "postal_code"


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and what its answer proves by itself and with `together`."""

    key: str
    asks: str | LazyString
    proves: str
    says: str | LazyString


QUESTIONS = (
    Question(NAME, _("What is your name?"), CLAIMED, _("A name is only claimed.")),
    Question(
        ORDER, _("What is the number of your order?"), CLAIMED, _("Alone it proves nothing: it stands on the parcel.")
    ),
    Question(
        POSTAL_CODE,
        _("What is the postal code it goes to?"),
        CLAIMED,
        _("With the order’s number it proves that one order."),
    ),
)
KEYS = frozenset(question.key for question in QUESTIONS)


def proven(answered: Collection[str], *, knows_number: bool) -> str:
    """The level that right answers to these questions give; `knows_number`: a number of this customer was shown."""
    given = KEYS.intersection(answered)
    if {ORDER, POSTAL_CODE} <= given:
        return ORDER_VERIFIED
    return CLAIMED if given or knows_number else ANONYMOUS
