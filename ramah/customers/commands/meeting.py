"""Meeting a customer at an address of a channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ramah.customers.models import ContactPoint, Customer, Proof

_STRENGTH = {proof: strength for strength, proof in enumerate(Proof.values)}


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody at an address of a channel: `value` is normalized; the rest is what they say of themselves."""

    kind: str
    value: str
    name: str = ""
    language: str = ""
    proof: str = Proof.CLAIMED


def meet_customer(
    *, kind: str, value: str, name: str = "", language: str = "", proof: str = Proof.CLAIMED, at: datetime
) -> ContactPoint:
    """The contact point with this normalized address, its customer loaded; both are made when the address is new.

    A better proof than the stored one is kept; a name fills an empty one. Safe when two workers meet the same address at once.
    """
    return meet_customers([Stranger(kind, value, name, language, proof)], at=at)[0]


def meet_customers(strangers: Sequence[Stranger], *, at: datetime) -> list[ContactPoint]:
    """As `meet_customer` for many, in their order: one query for those who are known, four for those who are not."""
    known = _known(strangers)
    missing = {(one.kind, one.value): one for one in reversed(strangers) if (one.kind, one.value) not in known}
    if missing:
        made = [Customer(name=one.name, language=one.language, created_at=at) for one in missing.values()]
        with transaction.atomic(savepoint=False):
            Customer.objects.bulk_create(made)
            points = [
                ContactPoint(customer=customer, kind=one.kind, value=one.value, proof=one.proof, created_at=at)
                for customer, one in zip(made, missing.values(), strict=True)
            ]
            # Where another worker was faster nothing is inserted, which is cheaper than a savepoint to fall back to.
            ContactPoint.objects.bulk_create(points, ignore_conflicts=True)
            ours = dict(ContactPoint.objects.filter(customer__in=made).values_list("customer_id", "pk"))
            for point in points:
                point.pk = ours.get(point.customer_id)
                known[point.kind, point.value] = point
            if late := [point for point in points if point.pk is None]:
                known |= _known([Stranger(point.kind, point.value) for point in late])
                Customer.objects.filter(pk__in=[point.customer_id for point in late]).delete()
    for one in strangers:
        _learn(known[one.kind, one.value], name=one.name, language=one.language, proof=one.proof, at=at)
    return [known[one.kind, one.value] for one in strangers]


def meet_as(*, customer: Customer, kind: str, value: str, proof: str, at: datetime) -> ContactPoint:
    """A further address of somebody who has shown who they are, such as a chat after log-in; a known one stays whose it is."""
    point, _made = ContactPoint.objects.select_related("customer").get_or_create(
        kind=kind, value=value, defaults={"customer": customer, "proof": proof, "verified_at": at, "created_at": at}
    )
    _learn(point, name="", language="", proof=proof, at=at)
    return point


def note_own_number(*, point: ContactPoint, number: str, at: datetime) -> None:
    """The channel of this address says that the number (E.164) is theirs, too: they are also met at it.

    One that stands at another customer stays as it is; where it is verified there, `link_suggestions` names the two.
    """
    if point.own_number != number:
        point.own_number = number
        point.save(update_fields=["own_number"])
    phone = {"kind": ContactPoint.Kind.PHONE, "value": number}
    if not ContactPoint.objects.filter(**phone).exclude(customer=point.customer_id).exists():
        meet_as(customer=point.customer, proof=Proof.CHANNEL_VERIFIED, at=at, **phone)


def _known(strangers: Sequence[Stranger]) -> dict[tuple[str, str], ContactPoint]:
    found: dict[tuple[str, str], ContactPoint] = {}
    for kind in {one.kind for one in strangers}:
        values = {one.value for one in strangers if one.kind == kind}
        for point in ContactPoint.objects.select_related("customer").filter(kind=kind, value__in=values):
            found[point.kind, point.value] = point
    return found


def _learn(point: ContactPoint, *, name: str, language: str, proof: str, at: datetime) -> None:
    # Writes only what is new, so that the usual meeting of a known customer is one read.
    if _STRENGTH[proof] > _STRENGTH[point.proof]:
        point.proof, point.verified_at = proof, at
        point.save(update_fields=["proof", "verified_at"])
    told = {"name": name, "language": language}
    news = [field for field, value in told.items() if value and not getattr(point.customer, field)]
    for field in news:
        setattr(point.customer, field, told[field])
    if news:
        point.customer.save(update_fields=news)


def flag_bounced(*, kind: str, value: str, reason: str, at: datetime) -> None:
    """Mail to this address came back for good: it is not written to again until somebody puts it right."""
    ContactPoint.objects.filter(kind=kind, value=value, bounced_at=None).update(
        bounced_at=at, bounce_reason=reason[:200]
    )
