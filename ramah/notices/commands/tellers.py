"""Who writes a notice: `telling.compose`, but for kinds that another app says better. It registers itself at start."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ramah.notices.choosing import Offered
from ramah.notices.models import Notice
from ramah.notices.telling import Told, compose

__all__ = ["Told", "register_teller", "tell"]


class Teller(Protocol):
    """Writes a notice in its language; `subject` and `text` are the rule's words, filled in, as plain text."""

    def __call__(self, notice: Notice, *, subject: str, text: str, at: datetime) -> Told: ...


_tellers: dict[str, Teller] = {}


def register_teller(kind: str, teller: Teller) -> None:
    """Have notices of a kind, which offer no choices, written by `teller`."""
    _tellers[kind] = teller


def tell(
    notice: Notice,
    offered: Sequence[Offered],
    *,
    subject: str,
    text: str,
    further: Sequence[str],
    at: datetime,
) -> Told:
    """The notice in its forms; `further` has a line for each notice that goes out with it."""
    teller = _tellers.get(notice.kind)
    if teller is not None:
        return teller(notice, subject=subject, text=text, at=at)
    return compose(notice, offered, subject=subject, text=text, at=at, further=further)
