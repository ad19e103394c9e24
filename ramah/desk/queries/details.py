"""What apps above have the thread say: of what they keep in `Message.detail`, and of what is chosen in their notices.

register_reader("notice", read)     called from the app's `panels.py`
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise as LazyString
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class ShownDetail:
    """One of them: what it is, more lines below, and where it leads. `said` are the lines of the text that say the same."""

    icon: SafeString
    words: str
    lines: Sequence[str] = ()
    url: str = ""
    link: str = ""
    said: frozenset[str] = frozenset()


# Takes what stands under the name, and whether contact data is shown in full. At most one query.
Reader = Callable[[object, bool], list[ShownDetail]]

_readers: dict[str, Reader] = {}
# What is chosen in notices.
_CHOICES: Mapping[str, str | LazyString] = {
    "wait": gettext_lazy("wait for the new day"),
    "credit": gettext_lazy("wait, for a credit"),
    "address": gettext_lazy("another address"),
    "date": gettext_lazy("another day"),
    "pickup_point": gettext_lazy("to a pick-up point"),
    "neighbor": gettext_lazy("to a neighbor"),
    "leave": gettext_lazy("leave it at a safe place"),
    "cancel": gettext_lazy("cancel, with the money back"),
    "pay": gettext_lazy("pay now"),
    "talk": gettext_lazy("talk to a person"),
}


def register_reader(name: str, read: Reader) -> None:
    """Have what an app above keeps in `Message.detail[name]` shown in the thread."""
    _readers[name] = read


def further_readers() -> Mapping[str, Reader]:
    """What was registered, by name."""
    return _readers


def choice_words(kind: str) -> str:
    """What may be chosen in a notice, as the end of a sentence."""
    return str(_CHOICES.get(kind, kind.replace("_", " ")))
