"""What the widget says before anybody has said anything: open or not, who answers, how long that takes, the texts of the shop."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.utils import translation
from django.utils.translation import gettext as _

from ramah.channels.chat.queries import Widget
from ramah.conversations.models import Inbox
from ramah.desk.queries import expected_wait_seconds, is_staffed, live_agents
from ramah.promises.queries import absolute_words, opening_of

FRESH_SECONDS = 5
MOST_NAMES = 3
MOST_REPLIES = 6


def state_of(widget: Widget, *, language: str, at: datetime) -> dict[str, Any]:
    """The state of the inbox in this language, as the protocol has it. Some seconds old."""
    key = f"chat.state:{widget.inbox.pk}:{language}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        known = _state_of(widget, language, at=at)
        cache.set(key, known, FRESH_SECONDS)
    return known


def forget_state(inbox: Inbox) -> None:
    """Say anew what is so now: a setting has changed."""
    for language, _name in settings.LANGUAGES:
        cache.delete(f"chat.state:{inbox.pk}:{language}")


def is_open(inbox: Inbox, *, at: datetime) -> bool:
    """Whether the inbox is within its opening hours; one without a calendar always is."""
    return inbox.calendar is None or opening_of(inbox.calendar, at=at) == at


def takes_chats(widget: Widget, *, at: datetime) -> bool:
    """Whether somebody can take a chat right now."""
    return widget.settings.is_live and is_open(widget.inbox, at=at) and is_staffed(widget.inbox, at=at)


def _state_of(widget: Widget, language: str, *, at: datetime) -> dict[str, Any]:
    inbox, told = widget.inbox, widget.settings
    is_live = takes_chats(widget, at=at)
    agents = live_agents(inbox, at=at) if is_live else []
    replies = widget.told(told.quick_replies, language)
    with translation.override(language):
        greeting = widget.told(told.greetings, language) or _("Hello! What can we do for you?")
        offline = widget.told(told.offline_texts, language) or _(
            "Nobody is here right now. Write anyway: your message is kept, and we answer it."
        )
    return {
        "open": is_live,
        "opens": _opens(inbox, language, at=at),
        "agents": [agent.name.split()[0] for agent in agents if agent.name.split()][:MOST_NAMES],
        "wait_seconds": expected_wait_seconds(inbox) if is_live else None,
        "quick_replies": [str(one)[:200] for one in replies if str(one).strip()][:MOST_REPLIES]
        if isinstance(replies, list)
        else [],
        "greeting": str(greeting)[:1000],
        "offline": str(offline)[:1000],
        "language": language,
        "rating": True,
        "anonymous": told.is_anonymous,
    }


def _opens(inbox: Inbox, language: str, *, at: datetime) -> str | None:
    """When it opens again, on the clock of its calendar; None while it is open, and where it never is."""
    opens = opening_of(inbox.calendar, at=at) if inbox.calendar else None
    if opens is None or opens <= at:
        return None
    zone = ZoneInfo(inbox.calendar.time_zone if inbox.calendar else settings.SHOP_TIME_ZONE)
    return absolute_words(opens, zone, language, now=at)
