"""What the readers of all providers' channels do alike: know items again, and follow up what new messages bring beside words."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from ramah.channels.commands import S
from ramah.channels.commands.awaiting import Awaited, await_files
from ramah.channels.content import Content
from ramah.channels.email.language import detect
from ramah.channels.models import IntakeItem
from ramah.channels.opting import follow_word, is_opting_word
from ramah.conversations.commands.receiving import Received
from ramah.conversations.models import Inbox


def accepted_before(names: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Under which of these names (inbox and external id) an item was accepted before."""
    if not names:
        return set()
    inboxes, ids = {inbox for inbox, _id in names}, {external_id for _inbox, external_id in names}
    rows = IntakeItem.objects.filter(inbox__in=inboxes, external_id__in=ids, state=S.ACCEPTED)
    return set(rows.values_list("inbox_id", "external_id"))


def spoken_language(text: str) -> str:
    """The language of what was said; empty where it cannot be told, as of words such as stop."""
    return "" if is_opting_word(text) else detect(text)


def note_files(said: Iterable[tuple[Inbox, Content, Received]], *, at: datetime) -> None:
    """Note the files of those messages that are new; `fetching` brings them."""
    files = [
        Awaited(one.message, inbox.pk, media.reference, media.filename, media.content_type, media.sha256)
        for inbox, content, one in said
        if not one.duplicate
        for media in content.media
    ]
    await_files(files, at=at)


def follow_up(said: Sequence[tuple[Inbox, Content, Received]], *, at: datetime) -> None:
    """Of what customers say, and is new: note the files, and do what words such as stop ask for."""
    note_files(said, at=at)
    for inbox, _content, one in said:
        if not one.duplicate and is_opting_word(one.message.text):
            follow_word(one.message, one.conversation, source=inbox.channel, at=at)
