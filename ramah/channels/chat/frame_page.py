"""What the page in the frame of the chat widget is given: addresses, limits and every word that its script shows.

The view puts the result of `frame_contents` into the context as `frame`; the template `channels/chat/frame.html` writes it into
the page as JSON, from where the script takes it. Words with a place for a value write it as `%(name)s`.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

FILES = 5
FILE_BYTES = 10 * 1024 * 1024
CHARACTERS = 4000


def frame_contents(
    *,
    key: str,
    shop: str,
    language: str,
    identity: str = "",
    origins: Sequence[str] = (),
    is_anonymous: bool = False,
) -> dict[str, Any]:
    """Contents of the frame of the inbox `key` in the active language.

    `identity` is the signed token of whoever is signed in here; `origins` are the sites that may hold the frame.
    """
    return {
        "key": key,
        "shop": shop,
        "language": language,
        "identity": identity,
        "origins": list(origins),
        "anonymous": is_anonymous,
        "files": FILES,
        "file_bytes": FILE_BYTES,
        "characters": CHARACTERS,
        "scores": [[score, _("%(score)s of 5 stars") % {"score": score}] for score in range(1, 6)],
        "words": {**_launcher(shop), **_answering(), **_lines(), **_troubles()},
    }


def _launcher(shop: str) -> dict[str, str]:
    return {
        "title": _("Chat with %(shop)s") % {"shop": shop},
        "open": _("Open the chat with %(shop)s") % {"shop": shop},
        "unread": _("Open the chat with %(shop)s. New messages: %(count)s") % {"shop": shop, "count": "%(count)s"},
    }


def _answering() -> dict[str, str]:
    return {
        "open_wait": _("%(names)s answers, usually within %(minutes)s min"),
        "open_wait_nobody": _("Usually answers within %(minutes)s min"),
        "open_named": _("%(names)s answers"),
        "open_nobody": _("We are here."),
        "until": _("%(text)s, until %(time)s"),
        "closed": _("Closed now. Open again %(when)s."),
        "closed_unknown": _("Leave a message: it is kept and answered."),
        "with_you": _("%(name)s is with you"),
        "typing": _("%(name)s is typing"),
        "place": _("You are number %(place)s in line"),
        "place_wait": _("You are number %(place)s in line, about %(minutes)s min"),
    }


def _lines() -> dict[str, str]:
    return {
        "sending": _("Sending"),
        "waiting": _("Sent as soon as the connection is back"),
        "later": _("Sent in %(seconds)s s"),
        "sent": _("Sent"),
        "seen": _("Seen"),
        "failed": _("Not sent."),
        "retry": _("Try again"),
        "remove": _("Remove"),
        "remove_file": _("Remove %(name)s"),
        "deleted": _("This message was removed."),
        "me": _("You"),
        "uploading": _("Uploading %(name)s"),
        "product": _("Product"),
        "order": _("Order"),
        "today": _("Today"),
        "thanks": _("Thank you for the rating."),
        "saved": _("Saved. An answer also comes to %(email)s."),
        "saved_name": _("Saved."),
        "mailed": _("The transcript is on its way to your e-mail."),
    }


def _troubles() -> dict[str, str]:
    return {
        "offline": _("No connection. What you write is kept and sent as soon as it is back."),
        "gone": _("This chat is not available any more."),
        "too_long": _("A message has at most %(count)s characters. Shorten it or send it in two."),
        "too_many_files": _("At most %(count)s files in one message."),
        "too_big": _("%(name)s is larger than %(size)s MB."),
        "empty_file": _("%(name)s is empty."),
        "try_again": _("That did not work. Try again in a moment."),
        "rate_first": _("Choose a number of stars."),
        "email_first": _("Enter an e-mail address, for instance name@example.com."),
        "forgotten": _("Nothing of this chat is kept on this device any more."),
    }
