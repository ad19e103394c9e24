"""Which parcel is meant by a number that an account tells of."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ramah.shipping.models import CarrierAccount, Shipment
from ramah.shipping.tracking_numbers import normalized


class Candidate(NamedTuple):
    """A parcel with a number, as far as it takes to tell whether it is the one."""

    pk: int
    order_id: int
    account_id: int | None
    carried_by_id: int | None
    number: str
    state: str

    @property
    def has_ended(self) -> bool:
        """Whether its number may have been given to another parcel since."""
        return self.state in Shipment.ENDED


def plain_number(text: str) -> str:
    """A number as it is kept and compared; what cannot be a tracking number only loses its blanks."""
    return normalized(text) or "".join(text.split())


class Numbers:
    """Parcels by their numbers, read once for many. Reads no account but those it is asked for."""

    def __init__(self, numbers: Iterable[str]) -> None:
        told = {number for text in numbers for number in (plain_number(text), "".join(text.split()))} - {""}
        rows = Shipment.objects.filter(tracking_number__in=told).order_by("id")
        self._by_number: dict[str, list[Candidate]] = {}
        for row in rows.values_list("pk", "order_id", "account_id", "carried_by_id", "tracking_number", "state"):
            candidate = Candidate(*row)
            self._by_number.setdefault(plain_number(candidate.number), []).append(candidate)

    def find(self, account: CarrierAccount, number: str) -> Candidate | None:
        """The account's own parcel with this number, or one without account that it may carry; None where there is none.

        Carriers give a number again after a year or two: the parcel under way goes first, then the newest.
        """
        known = self._by_number.get(plain_number(number), [])
        own = [one for one in known if one.account_id == account.pk]
        return _likeliest(own) or _likeliest([one for one in known if is_free_for(account, one)])


def is_free_for(account: CarrierAccount, one: Candidate | Shipment) -> bool:
    """Whether a parcel without account may be one of this account: of the same carrier, as far as either says which."""
    return one.account_id is None and (
        account.carrier_id is None or one.carried_by_id is None or one.carried_by_id == account.carrier_id
    )


def _likeliest(known: Sequence[Candidate]) -> Candidate | None:
    return max(known, key=lambda one: (not one.has_ended, one.pk), default=None)
