"""Meeting a customer at an address of a channel."""

from datetime import datetime

from ramah.customers.models import ContactPoint, Customer, Proof

_STRENGTH = {proof: strength for strength, proof in enumerate(Proof.values)}


def meet_customer(
    *, kind: str, value: str, name: str = "", language: str = "", proof: str = Proof.CLAIMED, at: datetime
) -> ContactPoint:
    """The contact point with this normalized address, its customer loaded; both are made when the address is new.

    A better proof than the stored one is kept; a name fills an empty one. Safe when two workers meet the same address at once.
    """
    point = ContactPoint.objects.select_related("customer").filter(kind=kind, value=value).first()
    if point is None:
        customer = Customer.objects.create(name=name, language=language, created_at=at)
        point, made = ContactPoint.objects.get_or_create(
            kind=kind, value=value, defaults={"customer": customer, "proof": proof, "created_at": at}
        )
        if made:
            point.customer = customer
            return point
        customer.delete()
        point = ContactPoint.objects.select_related("customer").get(pk=point.pk)
    _learn(point, name=name, language=language, proof=proof, at=at)
    return point


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
