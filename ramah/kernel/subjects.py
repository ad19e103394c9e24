"""Subjects up: an app says what `order:12` or `product:7` is called and where it is seen; others show it without knowing the app.

    register_subject("order", resolver)

Conversations and promises name what they are about in this way.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ramah.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class SubjectLabel:
    """What a thing is called, in the active language; `url` may be empty, `icon` is a name of ui's icon set."""

    title: str
    url: str = ""
    icon: str = "link"


# Takes the actor and the key; None for what is not there, or what the actor may not see.
Resolver = Callable[[Actor, int], SubjectLabel | None]
_resolvers: dict[str, Resolver] = {}


def register_subject(kind: str, resolver: Resolver) -> None:
    """Offer a kind of subject (called from an app's `subjects.py`, which its AppConfig.ready imports)."""
    _resolvers[kind] = resolver


def subject_label(actor: Actor, subject: str) -> SubjectLabel | None:
    """What `subject` is, as far as `actor` may see it; None for an unknown kind, a gone thing, or one out of sight."""
    kind, _colon, key = subject.partition(":")
    resolver = _resolvers.get(kind)
    return resolver(actor, int(key)) if resolver and key.isascii() and key.isdigit() and len(key) < 19 else None
