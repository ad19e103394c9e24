"""Attachments: stored by content, typed by their bytes, named harmlessly."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import puremagic
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from ramah.conversations.models import Attachment, Message

# What a browser may be trusted to show as a picture; everything else is a download.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class AttachmentTooLarge(Exception):
    """A file is larger than RAMAH_ATTACHMENT_MAX_MB allows."""


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way in: as named and typed by whoever sent it, which is not believed."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""


def sniffed_type(content: bytes, claimed: str = "") -> str:
    """The media type that the bytes show; text stays text, and what cannot be told is application/octet-stream."""
    try:
        found = puremagic.from_string(content[:8192], mime=True)
    except (puremagic.PureError, ValueError):  # ValueError: there are no bytes
        found = ""
    if found:
        return str(found)
    if claimed.startswith("text/") and b"\0" not in content[:8192]:
        return "text/plain"
    return "application/octet-stream"


def harmless_name(filename: str) -> str:
    """The last part of a path without controls, direction marks and leading dots; never empty, at most 120 characters."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C").strip(" .")
    if len(name) > 120:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[:100]}{dot}{ending[:16]}" if dot else name[:120]
    return name or "file"


def store_files(message: Message, files: Sequence[File], *, at: datetime) -> list[Attachment]:
    """Store the files of a message. Raises `AttachmentTooLarge` before anything is written.

    A file is kept under the digest of its bytes, so that taking the same mail in again writes nothing new.
    """
    for file in files:
        if len(file.content) > settings.ATTACHMENT_MAX_BYTES:
            raise AttachmentTooLarge(file.filename)
    return Attachment.objects.bulk_create([_stored(message, file, at=at) for file in files])


def _stored(message: Message, file: File, *, at: datetime) -> Attachment:
    digest = hashlib.sha256(file.content).hexdigest()
    path = f"attachments/{digest[:2]}/{digest[2:4]}/{digest}"
    # A shorter file is one that a kill cut off; what is written then gets a name beside it.
    if not default_storage.exists(path) or default_storage.size(path) != len(file.content):
        path = default_storage.save(path, ContentFile(file.content))
    return Attachment(
        message=message,
        filename=harmless_name(file.filename),
        content_type=sniffed_type(file.content, file.content_type),
        size=len(file.content),
        sha256=digest,
        file=path,
        content_id=file.content_id[:200],
        created_at=at,
    )
