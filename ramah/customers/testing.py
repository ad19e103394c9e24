"""Factories for tests of other apps. The cast: Dana and Eli buy."""

from datetime import UTC, datetime

from ramah.customers.models import ContactPoint, Customer, Proof

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def make_customer(
    name: str = "Dana", *, email: str = "", phone: str = "", language: str = "en", proof: str = Proof.CLAIMED
) -> Customer:
    """A customer with the contact points that are given."""
    customer = Customer.objects.create(name=name, language=language, created_at=AT)
    for kind, value in ((ContactPoint.Kind.EMAIL, email), (ContactPoint.Kind.PHONE, phone)):
        if value:
            ContactPoint.objects.create(customer=customer, kind=kind, value=value, proof=proof, created_at=AT)
    return customer
