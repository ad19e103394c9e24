"""Finding conversations by what an index serves, so that a million of them are searched as fast as ten.

- a case number (`R-123`, `#123`, `123`): the primary key;
- a whole e-mail address or phone number: `contact_point_once` (kind, value), then `conv_customer`;
- the beginning of a name: `customer_name`, then `conv_customer`.

Words of subjects and messages are not searched here; that needs an index of its own.
"""

import re

from ramah.accounts.queries import AgentActor
from ramah.conversations.models import Conversation
from ramah.conversations.queries import visible_conversations
from ramah.customers.queries import customers_page

MOST = 50
_SHORTEST = 2
_REFERENCE = re.compile(r"(?:r-|#)?\s*(\d{1,18})", re.I | re.ASCII)


def reference_in(words: str) -> int | None:
    """The case number that the words are; None when they are none."""
    found = _REFERENCE.fullmatch(words.strip())
    return int(found[1]) if found else None


def find(actor: AgentActor, words: str) -> list[Conversation]:
    """Conversations the actor may open, newest first, at most 50."""
    rows = visible_conversations(actor).select_related("customer", "inbox", "assignee")
    reference = reference_in(words)
    if reference is not None and (found := list(rows.filter(pk=reference))):
        return found
    if len(words.strip()) < _SHORTEST:
        return []
    customers = [customer.pk for customer in customers_page(actor, words, size=MOST).rows]
    return list(rows.filter(customer__in=customers).order_by("-last_message_at", "-id")[:MOST]) if customers else []
