"""Forgetting what was said to and by a customer."""

from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from ramah.conversations.models import Attachment, Conversation, ExternalId, Message, MessageDelivery, Participant


def erase_threads(customer_id: int) -> None:
    """Empty the customer's threads. That they were there, when, and who answered stays, for the shop's own figures."""
    with transaction.atomic():
        conversations = Conversation.objects.filter(customer=customer_id)
        lines = Message.objects.filter(conversation__customer=customer_id)
        files = Attachment.objects.filter(message__in=lines)
        paths = set(files.values_list("file", flat=True))
        files.delete()
        lines.update(text="", full_text="", html="", subject="", author_name="", to=[], cc=[], detail={})
        ExternalId.objects.filter(message__in=lines).delete()
        MessageDelivery.objects.filter(message__in=lines).update(recipients=[], headers={}, error="")
        Participant.objects.filter(conversation__in=conversations).delete()
        conversations.update(subject="", preview="")
        # Files are kept by what is in them: one that somebody else sent too stays for them.
        shared = set(Attachment.objects.filter(file__in=paths).values_list("file", flat=True))
        for path in paths - shared:
            transaction.on_commit(partial(default_storage.delete, path))
