"""What is known of a customer is forgotten; the rows that others stand on stay, without a person in them."""

from django.db import transaction
from django.db.models import Q

from ramah.customers.models import ContactPoint, Customer


def erase_customer(*, customer_id: int) -> None:
    """Remove name, note, language, time zone, shop id and every address, also of customers merged into this one. Repeatable."""
    with transaction.atomic():
        people = Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id))
        ContactPoint.objects.filter(customer__in=list(people.values_list("pk", flat=True))).delete()
        people.update(name="", note="", language="", time_zone="", external_id=None)
