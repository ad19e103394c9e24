"""Names of those who wrote, where a channel learns them only afterwards."""

from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.models import Conversation, Message


def name_author(contact_point_id: int, *, name: str) -> int:
    """What was said from this address without a name gets it. Returns how many messages did."""
    nameless = Message.objects.filter(contact_point=contact_point_id, author=Message.Author.CUSTOMER, author_name="")
    keys = set(nameless.values_list("conversation", flat=True))
    named = nameless.update(author_name=name[:160])
    for conversation in Conversation.objects.filter(pk__in=keys):
        tell_pages(conversation)
    return named
