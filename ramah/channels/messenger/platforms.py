"""Messenger and Instagram: one API of Meta, and in one table where the two differ. No database, no network.

https://developers.facebook.com/documentation/business-messaging/messenger-platform
https://developers.facebook.com/documentation/business-messaging/instagram-messaging
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

MB = 1024 * 1024
OPEN_FOR, OPEN_FOR_PEOPLE = timedelta(hours=24), timedelta(days=7)
MOST_CHOICES, LONGEST_CHOICE, LONGEST_PAYLOAD = 13, 20, 1000


@dataclass(frozen=True, slots=True)
class Platform:
    """One of the two. `channel` is also the kind of its contact points, and `object` what Meta calls it when it posts.

    `owner_ids` are the settings under which our own id there stands. `longest` counts characters, or bytes with `in_bytes`.
    `files` says by content type as what a file goes and how large it may be; `other_files` is the limit of all the rest, 0 where
    nothing else is taken. `has_metadata`: what we call a message comes back with its echo.
    """

    channel: str
    object: str
    name: str
    owner_ids: tuple[str, ...]
    longest: int
    files: Mapping[str, tuple[str, int]]
    other_files: int
    profile_fields: str
    in_bytes: bool = False
    has_metadata: bool = False
    upload_fields: Mapping[str, str] = field(default_factory=dict)
    hook_fields: frozenset[str] = frozenset()


_SOUND_AND_FILM = {
    "audio/aac": ("audio", 25 * MB),
    "audio/mp4": ("audio", 25 * MB),
    "audio/wav": ("audio", 25 * MB),
    "audio/x-wav": ("audio", 25 * MB),
    "video/mp4": ("video", 25 * MB),
    "video/ogg": ("video", 25 * MB),
    "video/quicktime": ("video", 25 * MB),
    "video/webm": ("video", 25 * MB),
}

MESSENGER = Platform(
    channel="messenger",
    object="page",
    name="Messenger",
    owner_ids=("page_id",),
    longest=2000,
    files={
        **_SOUND_AND_FILM,
        "audio/mpeg": ("audio", 25 * MB),
        "image/gif": ("image", 8 * MB),
        "image/jpeg": ("image", 8 * MB),
        "image/png": ("image", 8 * MB),
    },
    other_files=25 * MB,
    profile_fields="name,first_name,last_name",
    has_metadata=True,
    hook_fields=frozenset(
        {
            "messages",
            "messaging_postbacks",
            "message_deliveries",
            "message_reads",
            "message_echoes",
            "message_edits",
            "message_reactions",
        }
    ),
)
INSTAGRAM = Platform(
    channel="instagram",
    object="instagram",
    name="Instagram",
    owner_ids=("instagram_id", "page_id"),
    longest=1000,
    in_bytes=True,
    files={
        **_SOUND_AND_FILM,
        "image/gif": ("image", 8 * MB),
        "image/jpeg": ("image", 8 * MB),
        "image/png": ("image", 8 * MB),
        "application/pdf": ("file", 25 * MB),
    },
    other_files=0,
    profile_fields="name,username",
    upload_fields={"platform": "instagram"},
)
PLATFORMS = {platform.channel: platform for platform in (MESSENGER, INSTAGRAM)}
BY_OBJECT = {platform.object: platform for platform in PLATFORMS.values()}


def known_as(platform: Platform, mid: str) -> str:
    """The name under which a message of Meta is known here."""
    return f"{platform.channel}:{mid}"[:250]
