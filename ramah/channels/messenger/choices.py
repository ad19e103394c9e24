"""Asking customers with answers to tap: quick replies, which are gone once one was tapped or the customer wrote."""

from collections.abc import Sequence
from datetime import datetime

from ramah.channels.messenger.platforms import LONGEST_CHOICE, LONGEST_PAYLOAD, MOST_CHOICES
from ramah.channels.messenger.sending import CHOICES
from ramah.channels.messenger.window import check_window
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Conversation, Message
from ramah.kernel.actors import Actor


class BadChoices(Exception):
    """There are none or too many, one is empty or too long, or two are the same."""


def ask_with_choices(
    *,
    actor: Actor,
    conversation: Conversation,
    text: str,
    choices: Sequence[tuple[str, str]],
    client_id: str | None = None,
    seen: int | None = None,
    at: datetime,
) -> Message:
    """Answer with `choices`, each what stands on it and what it is known by (empty: the same). Raises as `post_reply`, and
    `BadChoices`."""
    named = [(title.strip(), key or title.strip()) for title, key in choices]
    titles = [title for title, _key in named]
    fit = all(0 < len(title) <= LONGEST_CHOICE and len(key) <= LONGEST_PAYLOAD for title, key in named)
    if not named or len(named) > MOST_CHOICES or not fit or len(set(titles)) < len(titles):
        raise BadChoices
    check_window(conversation, at)
    prepared = {CHOICES: [{"title": title, "payload": key} for title, key in named]}
    return post_reply(
        actor=actor, conversation=conversation, text=text, client_id=client_id, seen=seen, prepared=prepared, at=at
    )
