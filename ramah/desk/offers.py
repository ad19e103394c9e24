"""Customers who are there right now, ready to be shown: offers, the queue, and who is at the other end of a chat."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ramah.accounts.queries import AgentActor
from ramah.conversations.models import Conversation
from ramah.desk.models import Waiting
from ramah.desk.queries import waiting
from ramah.desk.queries.live import live_sight
from ramah.desk.wording import channel_words, language_words
from ramah.kernel.masking import shown_address, shown_name
from ramah.ui.elements import avatar, icon, short_time, when

LONGEST_PREVIEW = 160


@dataclass(frozen=True, slots=True)
class ShownWait:
    """Somebody who waits: `left` seconds until the offer goes on, where there is one, of `of` in all."""

    public_id: str
    url: str
    name: str
    avatar: SafeString
    preview: str
    language: str
    language_name: str
    channel: str
    channel_icon: SafeString
    inbox: str
    skill: str
    since: SafeString
    until: SafeString
    left: int
    of: int
    key: str
    offered_to: str
    is_mine: bool


def shown_waits(actor: AgentActor, waits: Iterable[Waiting], *, at: datetime) -> list[ShownWait]:
    """These waits as the agent may see them."""
    shown = []
    for wait in waits:
        conversation = wait.conversation
        name = _name(actor, conversation)
        channel, channel_icon = channel_words(conversation.inbox.channel)
        is_offer = wait.state == Waiting.State.OFFERED and wait.offer_ends_at is not None
        left = (wait.offer_ends_at - at).total_seconds() if wait.offer_ends_at and is_offer else 0
        shown.append(
            ShownWait(
                public_id=conversation.public_id,
                url=reverse("desk_conversation", args=[conversation.public_id]),
                name=name,
                avatar=avatar(name, conversation.customer.public_id),
                preview=conversation.preview[:LONGEST_PREVIEW],
                language=conversation.language,
                language_name=language_words(conversation.language) if conversation.language else "",
                channel=channel,
                channel_icon=icon(channel_icon),
                inbox=conversation.inbox.name,
                skill=wait.skill,
                since=when(wait.since),
                until=when(wait.gives_up_at),
                left=max(0, round(left)),
                of=wait.offer_seconds,
                key=f"{conversation.public_id}-{int(wait.offer_ends_at.timestamp()) if wait.offer_ends_at else 0}",
                offered_to=wait.agent.name if is_offer and wait.agent else "",
                is_mine=is_offer and wait.agent_id == actor.agent_id,
            )
        )
    return shown


def _name(actor: AgentActor, conversation: Conversation) -> str:
    # Several who have not said their name are told apart by their case.
    nameless = _("Visitor %(reference)s") % {"reference": conversation.reference}
    return shown_name(conversation.customer.name or nameless, whole=actor.sees_contact_data)


@dataclass(frozen=True, slots=True)
class ShownChat:
    """One of the chats that the agent holds."""

    public_id: str
    url: str
    name: str
    is_unread: bool


def shown_chats(actor: AgentActor, *, at: datetime) -> list[ShownChat]:
    """The live conversations that the agent holds now."""
    return [
        ShownChat(
            row.public_id,
            reverse("desk_conversation", args=[row.public_id]),
            _name(actor, row),
            row.is_unread,
        )
        for row in waiting.own_chats(actor, at=at)
    ]


@dataclass(frozen=True, slots=True)
class ShownVisitor:
    """The customer at the other end of a live conversation, and whether they still wait for somebody to take them."""

    is_known: bool
    is_connected: bool
    words: str
    page: str
    page_url: str
    waits: str
    answers: str


def visitor(actor: AgentActor, conversation: Conversation, *, at: datetime) -> ShownVisitor:
    """Whether they are there, on which page, and what becomes of an answer when they are not."""
    sight, wait = live_sight(conversation), waiting.wait_of(conversation)
    waits = ""
    if wait is not None:
        said = _("Waits since %(time)s, offered to %(name)s") if wait.agent else _("Waits for an agent since %(time)s")
        waits = said % {"time": short_time(wait.since), "name": wait.agent.name if wait.agent else ""}
    if sight is None or not sight.is_told:
        return ShownVisitor(False, False, "", "", "", waits, "")
    answers = ""
    if sight.is_connected:
        words = _("Here now")
    else:
        words = _("Left at %(time)s") % {"time": short_time(sight.seen_at)} if sight.seen_at else _("Not here")
        mailed = _("Unread answers are mailed to %(address)s.")
        to = {"address": shown_address(sight.email, whole=actor.sees_contact_data)}
        answers = mailed % to if sight.email else _("Answers are read when they come back.")
    # A page is named by the visitor's browser: what is no web address never becomes a link.
    url = sight.page_url if sight.page_url.lower().startswith(("https://", "http://")) else ""
    return ShownVisitor(True, sight.is_connected, words, sight.page_title or sight.page_url, url, waits, answers)
