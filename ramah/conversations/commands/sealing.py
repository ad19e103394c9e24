"""What only the customer reads: a link that proves who opens it, an address in full. It is spelled when a message is handed over.

The thread shows something else in its place (`text`, `html`). `Message.detail` keeps what stands for what, and for which address
that is meant: sent another way, to another address, the message says what the thread shows.
"""

import re
from collections.abc import Callable, Mapping

from ramah.conversations.models import Message

_SEALED, _MEANT_FOR = "sealed", "sealed_for"


def seal(sealed: Mapping[str, str], *, address: str) -> dict[str, object]:
    """The part of `Message.detail` that says what `address` reads in place of what is shown; empty where there is nothing."""
    told = {shown: full for shown, full in sealed.items() if shown}
    return {_SEALED: told, _MEANT_FOR: address} if told else {}


def unsealed(message: Message, text: str, *, spell: Callable[[str], str] = str) -> str:
    """A text of the message as its addressee reads it. `spell`: how the text writes it, such as `escape` in HTML."""
    sealed = message.detail.get(_SEALED)
    if not sealed or message.detail.get(_MEANT_FOR, "") not in ("", *message.to):
        return text
    told = {spell(shown): spell(full) for shown, full in sealed.items()}
    # In one go, so that nothing is looked for in what was just put in; the longer first, where one begins with the other.
    shown = sorted(map(re.escape, told), key=len, reverse=True)
    return re.sub("|".join(shown), lambda found: told[found[0]], text)
