"""What every mail of the shop is made with: an inbox to write from, and a template in two forms."""

import re
from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string

from ramah.conversations.models import Inbox
from ramah.conversations.queries import inbox_speaking

_GAP = re.compile(r"\n\s*\n\s*\n+")


class NoInbox(Exception):
    """There is no active e-mail inbox to write from. Whoever wanted to write tries again, and ends in sight."""


def inbox_for(language: str) -> Inbox:
    """The inbox that writes in `language`, else the first there is. Raises `NoInbox`."""
    inbox = inbox_speaking(language)
    if inbox is None:
        raise NoInbox
    return inbox


def both_forms(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Text and HTML of `storefront/email/<template>`, in the active language; the text without wide gaps."""
    text = render_to_string(f"storefront/email/{template}.txt", dict(context))
    html = render_to_string(f"storefront/email/{template}.html", dict(context))
    return _GAP.sub("\n\n", text).strip(), html
