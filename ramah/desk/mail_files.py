"""Mails that were written to files because no mail server is set (EMAIL_URL=file://...)."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from ramah.conversations.models import MessageDelivery

LONGEST_SHOWN = 200_000


def writes_files() -> bool:
    """Whether mail goes to files instead of a server."""
    return urlsplit(settings.EMAIL_URL).scheme == "file"


def mail_file_of(delivery: MessageDelivery) -> str | None:
    """The mail as it was written, as text of at most 200,000 characters; None when there is no file of it."""
    if not writes_files():
        return None
    folder = Path(unquote(urlsplit(settings.EMAIL_URL).path))
    # The transport names files `<time>-<public id>.eml`; a public id has letters and digits only.
    written = sorted(folder.glob(f"*-{delivery.public_id}.eml"))
    if not written:
        return None
    with written[-1].open(encoding="utf-8", errors="replace") as file:
        return file.read(LONGEST_SHOWN)
