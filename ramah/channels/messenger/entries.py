"""Items of the intake as they are understood: on which platform, for which inbox, from whom, under which name."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ramah.channels.messenger.payloads import moment_of
from ramah.channels.messenger.platforms import BY_OBJECT, PLATFORMS, Platform, known_as
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.conversations.models import Inbox
from ramah.kernel.providers.json import Object, object_in, read_json, text_in


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as it was read. `inbox` is None where it is for a page that is not set up here."""

    item: IntakeItem
    kind: str
    name: str
    owner: str
    event: Object
    platform: Platform
    inbox: Inbox | None

    @property
    def part(self) -> Object:
        """What the event is about: the message, the reaction, and so on."""
        return object_in(self.event, self.name) if self.name else {}

    @property
    def sender(self) -> str:
        """The page-scoped id of who did it."""
        return text_in(self.event, "sender", "id", most=60).strip()

    @property
    def recipient(self) -> str:
        """Whom an echo went to."""
        return text_in(self.event, "recipient", "id", most=60).strip()

    @property
    def mid(self) -> str:
        """Meta's id of the message that it is, or is about."""
        return text_in(self.part, "mid", most=230)

    @property
    def is_message(self) -> bool:
        """Whether the customer has said something."""
        is_said = self.kind in ("message", "postback")
        return is_said and self.inbox is not None and bool(self.sender) and self.sender != self.owner

    @property
    def external_id(self) -> str:
        """The name by which the same item is known again: Meta posts the same event with the same words."""
        if self.kind in ("message", "echo", "postback") and self.mid:
            return known_as(self.platform, self.mid)
        facts = [self.kind, self.sender, self.recipient, text_in(self.event, "timestamp", most=20)]
        facts += [f"{name}={self.part[name]}" for name in sorted(self.part)]
        return f"{self.platform.channel}-{self.kind}:{hashlib.sha256(repr(facts).encode(errors='replace')).hexdigest()[:40]}"

    def happened_at(self, at: datetime) -> datetime:
        """When, as Meta says; `at` where it does not."""
        return moment_of(self.event, at=at) or at


def entries_of(items: Sequence[IntakeItem]) -> list[Entry]:
    """The items, in their order."""
    inboxes = _Inboxes()
    return [_entry(item, inboxes) for item in items]


def _entry(item: IntakeItem, inboxes: "_Inboxes") -> Entry:
    said = object_in({"said": read_json(bytes(item.raw))}, "said")
    platform = BY_OBJECT.get(text_in(said, "object", most=40), PLATFORMS[item.inbox.channel])
    owner = text_in(said, "owner", most=60)
    return Entry(
        item=item,
        kind=text_in(said, "kind", most=20),
        name=text_in(said, "name", most=80),
        owner=owner,
        event=object_in(said, "item"),
        platform=platform,
        inbox=inboxes.of(item.inbox, platform, owner),
    )


class _Inboxes:
    """Which inbox an item is for. An app at Meta has one address for all of its pages, so it may come by another's."""

    def __init__(self) -> None:
        rows = ChannelAccount.objects.filter(inbox__channel__in=list(PLATFORMS)).select_related("inbox")
        self._accounts = list(rows)
        self._by_inbox = {account.inbox_id: account for account in self._accounts}

    def of(self, inbox: Inbox, platform: Platform, owner: str) -> Inbox | None:
        own = self._by_inbox.get(inbox.pk)
        if own is None:
            return inbox if inbox.channel == platform.channel else None
        if _is_for(own, platform, owner):
            return inbox
        for account in self._accounts:
            # Only where the same secret has signed it: an account has no say in another one's messages.
            if account.secret("app_secret") == own.secret("app_secret") and _is_for(account, platform, owner):
                return account.inbox
        return None


def _is_for(account: ChannelAccount, platform: Platform, owner: str) -> bool:
    if account.inbox.channel != platform.channel:
        return False
    ids = {str(account.settings.get(name) or "") for name in platform.owner_ids} - {""}
    return not ids or not owner or owner in ids
