"""Rows of a list, ready to be shown: every word and mark is made here, so that the template only places them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ramah.accounts.queries import AgentActor
from ramah.conversations.models import Conversation
from ramah.desk.wording import channel_words
from ramah.kernel.masking import shown_name
from ramah.promises.models import Promise
from ramah.ui.elements import avatar, icon, when


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation of a list. `promise` is what the customer waits on most urgently."""

    public_id: str
    url: str
    name: str
    avatar: SafeString
    time: SafeString
    subject: str
    language: str
    is_unread: bool
    is_current: bool
    promise: Promise | None
    assignee: str
    channel: str
    channel_icon: SafeString
    is_urgent: bool


def rows_of(
    conversations: Sequence[Conversation],
    promises: Mapping[int, list[Promise]],
    *,
    viewer: AgentActor,
    current: str = "",
) -> list[Row]:
    """The rows of these conversations, `current` being the public id of the one that is open.

    Who holds a conversation is named unless it is the viewer.
    """
    nameless, subjectless = _("No name"), _("No subject")
    base = reverse("desk_conversation", args=["0"])[:-2]
    rows = []
    for conversation in conversations:
        name = shown_name(conversation.customer.name or nameless, whole=viewer.sees_contact_data)
        channel, channel_icon = channel_words(conversation.inbox.channel)
        standing, holder = promises.get(conversation.pk, ()), conversation.assignee
        rows.append(
            Row(
                public_id=conversation.public_id,
                url=f"{base}{conversation.public_id}/",
                name=name,
                avatar=avatar(name, conversation.customer.public_id),
                time=when(conversation.last_message_at, "small faint"),
                subject=conversation.subject or conversation.preview or subjectless,
                language=conversation.language,
                is_unread=conversation.is_unread,
                is_current=conversation.public_id == current,
                promise=standing[0] if standing else None,
                assignee=holder.name if holder and holder.pk != viewer.agent_id else "",
                channel=channel,
                channel_icon=icon(channel_icon),
                is_urgent=conversation.priority >= Conversation.Priority.HIGH,
            )
        )
    return rows
