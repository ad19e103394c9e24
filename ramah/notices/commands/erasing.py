"""Forgetting a customer: words and wishes go, counts stay."""

from django.db import transaction

from ramah.notices.models import Choice, Notice, Preference


@transaction.atomic
def erase_notices(customer_id: int) -> None:
    """Take names and what was filled in off a customer's notices, and stop what was still to be told. Repeatable."""
    own = Notice.objects.filter(customer=customer_id)
    own.filter(state=Notice.State.PLANNED).update(
        state=Notice.State.SUPPRESSED, reason="erased", next_attempt_at=None, claim="", claimed_until=None
    )
    own.update(facts={})
    Choice.objects.filter(notice__customer=customer_id).update(said={}, result="")
    Preference.objects.filter(customer=customer_id).delete()
