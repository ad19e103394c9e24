"""What happens when a visitor begins or begins again: somebody is looked for, or they are told when the answer comes."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from ramah.channels.chat.queries import Widget, widget_of
from ramah.channels.chat.state import takes_chats
from ramah.conversations.commands.replying import AutomaticAnswer, post_automatic
from ramah.conversations.models import Conversation, Message
from ramah.desk.commands.acknowledging import language_for
from ramah.desk.commands.queueing import enter_queue
from ramah.promises.models import Promise
from ramah.promises.queries import promises_of_subjects, spoken_due

REPLIES = (Promise.Kind.FIRST_REPLY, Promise.Kind.NEXT_REPLY)


def receive_visitor(conversation: Conversation, *, message_id: int, at: datetime) -> None:
    """Let the visitor wait for an agent where one is there, unless somebody has them already; else tell how it goes on."""
    widget = widget_of(conversation.inbox)
    if takes_chats(widget, at=at):
        if conversation.assignee_id is None:
            told = widget.settings
            enter_queue(
                conversation=conversation,
                language=language_for(conversation),
                skill=told.skill,
                offer_seconds=told.offer_seconds,
                wait_seconds=told.wait_seconds,
                at=at,
            )
        return
    tell_how_it_goes_on(conversation, widget, message_id=message_id, at=at)


def tell_how_it_goes_on(conversation: Conversation, widget: Widget, *, message_id: int, at: datetime) -> None:
    """Say that nobody is there, and by when the answer comes. Once for each message."""
    purpose = f"offline:{message_id}"
    if Message.objects.filter(conversation=conversation, client_id=purpose).exists():
        return
    language = language_for(conversation)
    with translation.override(language):
        text = widget.told(widget.settings.offline_texts, language) or _(
            "Nobody is free right now. Your message is kept, and we answer it."
        )
        promised = _promised(conversation, language, at=at)
    words = "\n".join(part for part in (str(text), promised) if part)
    post_automatic([AutomaticAnswer(conversation, message_id, words, purpose, language)], at=at)


def _promised(conversation: Conversation, language: str, *, at: datetime) -> str:
    subject = f"conversation:{conversation.pk}"
    running = promises_of_subjects([subject], outstanding=True)[subject]
    reply = next((one for one in running if one.kind in REPLIES and one.due_at and one.due_at > at), None)
    if reply is None:
        return ""
    # Translators: the time is "by Monday 10:30 WIB", in the customer's language.
    return _("You will have an answer %(by_time)s.") % {"by_time": spoken_due(reply, language=language, now=at)}
