"""Where an agent finds what may be sent when a free answer may not. The channel registers its page; the desk leads there."""

from django.urls import reverse

from ramah.conversations.models import Conversation

_pages: dict[str, str] = {}


def register_template_page(channel: str, url_name: str) -> None:
    """Let answers by `channel` lead to the page of this name. It takes the public id of a conversation, and answers htmx with the
    inside of the desk's dialog, titled `actions-title`."""
    _pages[channel] = url_name


def template_page(channel: str, conversation: Conversation) -> str:
    """The address of that page for the conversation; empty where the channel has none."""
    name = _pages.get(channel)
    return reverse(name, args=[conversation.public_id]) if name else ""
