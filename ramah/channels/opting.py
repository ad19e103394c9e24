"""Words by which customers say that they want no more messages, or want them again; said alone they are honored at once."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from ramah.conversations.commands.replying import AutomaticAnswer, post_automatic
from ramah.conversations.models import Conversation, Message
from ramah.customers import commands as customers

# With the language in which whoever says it is answered; "" that of the conversation.
OUT = {
    "stop": "",
    "stop all": "",
    "stop promotions": "",
    "unsubscribe": "",
    "berhenti": "id",
    "stop promosi": "id",
    "стоп": "uk",
    "відписатися": "uk",
}
IN = {"start": "", "mulai": "id", "старт": "uk"}
_AROUND = " \t\r\n.!?,;:\"'*_~`«»“”()[]/"


def word_of(text: str) -> str:
    """The text as the words are looked up: without case, and without what stands around it, such as the `/` of a command."""
    return " ".join(text.strip(_AROUND).casefold().split()) if len(text) < 60 else ""


def is_opting_word(text: str) -> bool:
    """Whether the text says nothing but stop or start."""
    return word_of(text) in OUT or word_of(text) in IN


def follow_word(message: Message, conversation: Conversation, *, source: str, at: datetime) -> None:
    """Do as the message says: withdraw what was consented to, and confirm that once; or take messages up again."""
    word, point = word_of(message.text), message.contact_point
    if point is None:
        return
    if word in IN:
        customers.opt_in(contact_point=point, source=source, at=at)
        return
    if word not in OUT or not customers.opt_out(contact_point=point, source=source, at=at):
        return
    language = OUT[word] or conversation.language or point.customer.language or conversation.inbox.language
    with override(language):
        text = _(
            "Understood: you will get no more messages from us here, except answers to what you write. "
            "To change this, write START."
        )
    post_automatic([AutomaticAnswer(conversation, message.pk, text, f"opted-out:{message.pk}", language)], at=at)
