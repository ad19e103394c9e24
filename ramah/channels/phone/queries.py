"""Reads on calls: how an inbox takes them, the doors to calls, the list, what stands beside a conversation."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from ramah.accounts.models import Agent, Team
from ramah.channels.models import ChannelAccount
from ramah.channels.phone.flow import MenuLine, Setup
from ramah.channels.phone.models import Call, CallLeg, PhoneSettings
from ramah.conversations.models import Conversation, Inbox
from ramah.conversations.queries import assignable_agents, visible_conversations
from ramah.desk.models import Waiting
from ramah.desk.queries.waiting import present
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.paging import Page, keyset_page
from ramah.promises.models import Promise
from ramah.promises.queries import ALWAYS_OPEN, schedule_of

CHANNEL = "phone"
MISSED, VOICEMAIL, CALLBACKS, ALL = "missed", "voicemail", "callbacks", ""
FILTERS = (ALL, MISSED, VOICEMAIL, CALLBACKS)
LEG_LIVE = (CallLeg.State.DUE, CallLeg.State.DIALING, CallLeg.State.RINGING, CallLeg.State.TAKEN)
_WAITS = (Waiting.State.WAITING, Waiting.State.OFFERED)
_RELATED = ("conversation__customer", "conversation__inbox", "inbox", "agent", "promise")


def settings_of(inbox: Inbox) -> PhoneSettings:
    """How the inbox takes calls; as it is without any choice, where nothing was chosen."""
    return PhoneSettings.objects.filter(inbox=inbox).first() or PhoneSettings(inbox=inbox)


def setup_of(inbox: Inbox, chosen: PhoneSettings) -> Setup:
    """The same for the flow, with opening hours."""
    return Setup(
        shop=inbox.name,
        number=inbox.address,
        language=inbox.language.partition("-")[0],
        # Without a calendar every minute is open, told on the clock of the shop.
        schedule=schedule_of(inbox.calendar) if inbox.calendar else replace(ALWAYS_OPEN, tz=_shop_zone()),
        greetings=chosen.greetings,
        closed_texts=chosen.closed_texts,
        consent_texts=chosen.consent_texts,
        menu=tuple(_menu(chosen.menu, inbox.language)),
        when_closed=chosen.when_closed,
        music_url=chosen.music_url,
        is_recorded=chosen.is_recorded,
        offers_callback=chosen.offers_callback,
    )


def _shop_zone() -> ZoneInfo:
    return ZoneInfo(settings.SHOP_TIME_ZONE)


def _menu(lines: Any, language: str) -> Iterable[MenuLine]:
    for line in lines if isinstance(lines, list) else []:
        if isinstance(line, dict) and str(line.get("key", "")) in "123456789" and line.get("key"):
            told = {name: str(line.get(name) or "") for name in ("skill", "team", "says")}
            yield MenuLine(str(line["key"]), str(line.get("language") or language).partition("-")[0], **told)


def endpoint_of(chosen: PhoneSettings, agent: Agent) -> str:
    """Where the agent is rung; empty: nowhere."""
    return str(chosen.endpoints.get(agent.public_id) or "")


def call_of(inbox_id: int, provider_id: str) -> Call | None:
    """The call whose customer's leg has this id. No door: for what a provider posts."""
    return Call.objects.select_related("conversation").filter(inbox=inbox_id, provider_id=provider_id).first()


def leg_of(inbox_id: int, public_id: str) -> CallLeg | None:
    """A leg of ours. No door: for what a provider posts, whose signature covers the id."""
    rows = CallLeg.objects.select_related("call__conversation__customer", "agent__user")
    return rows.filter(call__inbox=inbox_id, public_id=public_id).first()


def wait_gave_up(conversation_id: int) -> bool:
    """Whether nobody was free in time for the customer of this conversation."""
    return Waiting.objects.filter(pk=conversation_id, state=Waiting.State.GIVEN_UP).exists()


def waits_still(conversation_id: int) -> bool:
    """Whether the customer waits for an agent."""
    return Waiting.objects.filter(pk=conversation_id, state__in=_WAITS).exists()


def _visible(actor: Actor) -> QuerySet[Call]:
    return Call.objects.filter(conversation__in=visible_conversations(actor))


def call_for(actor: Actor, *, public_id: str) -> Call:
    """The call, if the actor may open its conversation. Raises `NotVisible`."""
    row = _visible(actor).select_related(*_RELATED).filter(public_id=public_id).first() if public_id.isalnum() else None
    if row is None:
        raise NotVisible
    return row


def calls_page(actor: Actor, *, which: str = ALL, cursor: str = "", size: int = 25) -> Page[Call]:
    """Calls the actor may open, newest first: all, missed, voicemails, or those with a call back owed. Raises `BadCursor`."""
    rows = _visible(actor).select_related(*_RELATED)
    if which in (MISSED, VOICEMAIL):
        rows = rows.filter(state=which)
    elif which == CALLBACKS:
        rows = rows.filter(promise__in=Promise.objects.outstanding())
    return keyset_page(rows, order=("-id",), cursor=cursor, size=size)


def calls_of_customer(actor: Actor, customer_id: int, *, limit: int = 5) -> list[Call]:
    """Newest calls with a customer among those the actor may open."""
    rows = _visible(actor).select_related(*_RELATED).filter(conversation__customer=customer_id)
    return list(rows.order_by("-id")[:limit])


def phone_inbox(actor: Actor, *, has_account: bool = False) -> Inbox | None:
    """The phone inbox by which this actor calls, the first of theirs; None without any."""
    rows = Inbox.objects.filter(channel=CHANNEL, is_active=True)
    if has_account:
        rows = rows.filter(pk__in=ChannelAccount.objects.values("inbox"))
    team_ids: frozenset[int] = getattr(actor, "team_ids", frozenset())
    return rows.filter(teams__in=team_ids).order_by("id").first() or rows.order_by("id").first()


def is_talking(agent_id: int, *, but: int = 0) -> bool:
    """Whether the agent is in another call right now."""
    rows = Call.objects.filter(agent=agent_id, state=Call.State.IN_PROGRESS)
    return rows.exclude(pk=but).exists()


def phones_free(call: Call, *, at: datetime) -> QuerySet[Agent]:
    """Who could be rung for this call now: online, with a phone in its inbox, and in no call."""
    phones = [key for key, to in settings_of(call.inbox).endpoints.items() if to]
    talking = Call.objects.filter(state=Call.State.IN_PROGRESS, agent__isnull=False)
    free = Agent.objects.filter(public_id__in=phones, pk__in=present(at=at).values("agent"))
    return free.exclude(pk__in=talking.values("agent"))


def colleagues_for(call: Call, *, at: datetime) -> QuerySet[Agent]:
    """To whom the call can be handed over now, by name."""
    free = phones_free(call, at=at).values("pk")
    return assignable_agents(call.conversation).filter(pk__in=free).exclude(pk=call.agent_id or 0)


def teams_for(call: Call, *, at: datetime) -> QuerySet[Team]:
    """To which teams, by name: those in which somebody could be rung."""
    free = phones_free(call, at=at).exclude(pk=call.agent_id or 0)
    return Team.objects.filter(agents__in=free).distinct().order_by("name", "id")


def offered_waits(*, at: datetime) -> QuerySet[Waiting]:
    """Callers who are offered to an agent, or were taken and are not connected yet."""
    in_line = Call.objects.filter(state=Call.State.QUEUED).values("conversation")
    rows = Waiting.objects.filter(conversation__in=in_line, agent__isnull=False)
    mine = Q(state=Waiting.State.OFFERED, offer_ends_at__gt=at) | Q(state=Waiting.State.TAKEN)
    return rows.filter(mine).select_related("conversation__inbox", "agent__user")


def calls_with(customer_id: int) -> list[dict[str, Any]]:
    """Every call with a customer: for a copy of their own data. Notes are the staff's and are left out."""
    rows = Call.objects.filter(conversation__customer=customer_id).order_by("id")
    return [
        {
            "at": row.started_at.isoformat(),
            "direction": row.direction,
            "number": row.customer_number,
            "state": row.state,
            "answered_at": row.answered_at.isoformat() if row.answered_at else "",
            "ended_at": row.ended_at.isoformat() if row.ended_at else "",
            "said_in_voicemail": row.transcript,
            "is_recorded": bool(row.recording_ref or row.voicemail_ref),
        }
        for row in rows
    ]


def newest_conversation(actor: Actor, customer_id: int) -> Conversation | None:
    """The customer's newest conversation that the actor may open."""
    rows = visible_conversations(actor).filter(customer=customer_id, merged_into=None).select_related("inbox")
    return rows.order_by("-last_message_at", "-id").first()
