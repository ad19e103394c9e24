"""The chat as a mail to the visitor: plain text, what was said by whom and when."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.conf import settings
from django.utils.html import escape
from django.utils.translation import gettext as _

from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.queries import files_of
from ramah.conversations.commands.opening import open_conversation
from ramah.conversations.models import Message
from ramah.conversations.queries import inbox_speaking
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint
from ramah.kernel.ids import new_public_id

MOST_LINES = 500


def mail_transcript(*, visitor: ChatVisitor, language: str, at: datetime) -> bool:
    """Mail what was said in the visitor's conversation, in the active language. False: the shop has no e-mail inbox.

    It goes to the address they typed, as a conversation of theirs: whoever else has that address, their threads do not show it.
    """
    inbox = inbox_speaking(language)
    if inbox is None or visitor.contact_point is None:
        return False
    point = customers.meet_customer(
        kind=ContactPoint.Kind.EMAIL, value=visitor.email, name=visitor.name, language=language, at=at
    )
    text = transcript_of(visitor, language)
    open_conversation(
        inbox=inbox,
        contact_point=point,
        customer_id=visitor.contact_point.customer_id,
        subject=_("Your chat with %(shop)s") % {"shop": visitor.inbox.name},
        text=text,
        html=f"<pre>{escape(text)}</pre>",
        language=language,
        about="",
        purpose=f"transcript:{new_public_id()}",
        at=at,
    )
    return True


def transcript_of(visitor: ChatVisitor, language: str) -> str:
    """Everything that both sides have said, oldest first, on the shop's clock."""
    said = Message.objects.filter(conversation=visitor.conversation_id, kind=Message.Kind.MESSAGE, deleted_at=None)
    rows = list(said.select_related("agent").order_by("-pk")[:MOST_LINES])[::-1]
    files = files_of(rows)
    zone = ZoneInfo(settings.SHOP_TIME_ZONE)
    lines = []
    for row in rows:
        when = format_datetime(row.created_at.astimezone(zone), "short", locale=language)
        told = [row.text] if row.text else []
        told += [_("File: %(name)s") % {"name": file.filename} for file in files.get(row.pk, ())]
        lines.append("\n".join([f"{_who(row, visitor)}, {when}", *told]))
    return "\n\n".join(lines)


def _who(row: Message, visitor: ChatVisitor) -> str:
    if row.author == Message.Author.CUSTOMER:
        return visitor.name or _("You")
    return row.agent.name if row.agent is not None else visitor.inbox.name
