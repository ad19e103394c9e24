"""Forgetting calls: numbers, what was said and noted; recordings at the provider go with the next round of `ringing`."""

from django.db import transaction

from ramah.channels.phone.models import Call


def erase_calls(customer_id: int) -> None:
    """That there were calls, when, and who answered stays, for the shop's own figures."""
    with transaction.atomic():
        Call.objects.filter(conversation__customer=customer_id).update(
            customer_number="", callback_number="", transcript="", notes="", is_erased=True
        )
