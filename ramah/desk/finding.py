"""Finding conversations by what an index serves, so that a million of them are searched as fast as ten.

- a case number (`R-123`, `#123`, `123`): the primary key;
- a whole e-mail address or phone number: `contact_point_once` (kind, value), then `conv_customer`;
- the beginning of a name: `customers.queries.customers_named`, then `conv_customer`.

Words of subjects and messages are not searched here; that needs an index of its own.
"""

import re

from ramah.accounts.queries import AgentActor
from ramah.conversations.models import Conversation
from ramah.conversations.queries import visible_conversations
from ramah.customers.models import ContactPoint, Customer

MOST = 50
_MOST_CUSTOMERS = 50
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
    customers = _customers(actor, words)
    if not customers:
        return []
    return list(rows.filter(customer__in=customers).order_by("-last_message_at", "-id")[:MOST])


def _customers(actor: AgentActor, words: str) -> list[int]:
    value = words.lower()
    if "@" in value or value.lstrip("+").isdecimal():
        # Whoever may not see addresses may still find the customer who names one: it is asked for in full.
        points = ContactPoint.objects.filter(kind__in=ContactPoint.Kind.values, value=value)
        return list(points.values_list("customer_id", flat=True)[:_MOST_CUSTOMERS])
    if len(words) < 2:
        return []
    names = {words, words.title(), words.capitalize()}
    return [key for name in sorted(names) for key in _named(name)][:_MOST_CUSTOMERS]


def _named(beginning: str) -> list[int]:
    # A range, not LIKE: an index on the name serves it whatever the database makes of case.
    rows = Customer.objects.filter(name__gte=beginning, name__lt=f"{beginning}\U0010ffff")
    return list(rows.order_by("name").values_list("id", flat=True)[:_MOST_CUSTOMERS])
