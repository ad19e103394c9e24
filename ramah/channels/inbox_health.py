"""How inboxes do, in words: for the list in the settings, `ramah inboxes` and `ramah doctor`."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.channels.kinds import kind_of
from ramah.channels.models import ChannelAccount, Mailbox
from ramah.channels.queries import Traffic, traffic_of_inboxes
from ramah.conversations.models import Inbox
from ramah.kernel.actors import Actor

OFF, PAUSED, NEW, OK, FAILING = "off", "paused", "new", "ok", "failing"
_WORDS: dict[str, str | LazyString] = {
    OFF: gettext_lazy("Not in use"),
    PAUSED: gettext_lazy("Paused"),
    NEW: gettext_lazy("Not tried yet"),
    OK: gettext_lazy("Working"),
    FAILING: gettext_lazy("Failing"),
}
_TONES = {OFF: "none", PAUSED: "risk", NEW: "none", OK: "kept", FAILING: "broken"}
_SIGNS = {OFF: "", PAUSED: "clock", NEW: "", OK: "check", FAILING: "alert"}
_OWN_CHANNELS: dict[str, tuple[str | LazyString, str]] = {
    "email": (gettext_lazy("E-mail"), "mail"),
    "chat": (gettext_lazy("Live chat"), "chat"),
}


@dataclass(frozen=True, slots=True)
class InboxHealth:
    """One inbox with its state; `failed` counts a week. The error is the last there was, also when all is well again."""

    inbox: Inbox
    state: str
    last_in_at: datetime | None
    last_out_at: datetime | None
    last_error: str
    last_error_at: datetime | None
    queued: int
    failed: int

    @property
    def channel(self) -> str:
        """What its channel is called."""
        return channel_name(self.inbox.channel)

    @property
    def icon(self) -> str:
        """The symbol of its channel."""
        return channel_icon(self.inbox.channel)

    @property
    def said(self) -> "StateWords":
        """The state, for people."""
        return words_of_state(self.state)


def health_of_inboxes(actor: Actor, *, at: datetime) -> list[InboxHealth]:
    """Every inbox, by name. Raises `PermissionDenied`."""
    return [_health(traffic) for traffic in traffic_of_inboxes(actor, at=at)]


def state_of(inbox: Inbox, account: ChannelAccount | None, mailbox: Mailbox | None = None) -> str:
    """The state of an inbox. Chat, and mail that a server brings, need nobody else: they work while they are in use."""
    if not inbox.is_active:
        return OFF
    if account is not None:
        return PAUSED if account.is_paused else account.state
    if mailbox is not None and mailbox.is_active:
        return mailbox.state
    return NEW if kind_of(inbox.channel) is not None else OK


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state as a pill says it."""

    words: str
    tone: str
    sign: str


def words_of_state(state: str) -> StateWords:
    """What the pill of a state says."""
    return StateWords(str(_WORDS[state]), _TONES[state], _SIGNS[state])


def channel_name(channel: str) -> str:
    """What a channel is called; its key where nobody has named it."""
    kind = kind_of(channel)
    return str(kind.name if kind else _OWN_CHANNELS.get(channel, (channel, ""))[0])


def channel_icon(channel: str) -> str:
    """The symbol of a channel."""
    kind = kind_of(channel)
    return kind.icon if kind else _OWN_CHANNELS.get(channel, ("", "inbox"))[1]


def _health(traffic: Traffic) -> InboxHealth:
    account, mailbox = traffic.account, traffic.mailbox
    error = account.last_error if account else mailbox.last_error if mailbox and mailbox.is_active else ""
    return InboxHealth(
        inbox=traffic.inbox,
        state=state_of(traffic.inbox, account, mailbox),
        last_in_at=traffic.last_in_at,
        last_out_at=traffic.last_out_at,
        last_error=error,
        last_error_at=account.last_error_at if account else None,
        queued=traffic.queued,
        failed=traffic.failed,
    )


def steps_of(channel: str) -> list[str]:
    """How our address is entered at the provider of this channel."""
    kind = kind_of(channel)
    if kind is not None and kind.steps:
        return [str(step) for step in kind.steps]
    return [
        _("Copy the address below."),
        _("At the provider, open the settings of your account or app and find webhooks or callbacks."),
        _("Paste the address there. Where it asks for a secret or a verify token, type the one that you enter here."),
        _("Save it there, then test the connection here."),
    ]
