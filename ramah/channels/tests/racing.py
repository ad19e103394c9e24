"""What must hold for every provider when many post and many read at the same moment. `post` answers with the status."""

import random
from collections import Counter
from datetime import timedelta
from functools import partial

from ramah.channels import commands
from ramah.channels.models import IntakeItem
from ramah.channels.queries import intake_sum
from ramah.channels.tests.providers import errors, read, said
from ramah.conversations.models import Conversation
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel import claims, clock
from ramah.kernel.testing import at_once

LATER = (0, 1, 4, 20, 60)  # minutes: whoever was in another's way tries again


def read_all():
    """Read until nothing waits, however often it was put off."""
    for minutes in LATER:
        read(at=clock.now() + timedelta(minutes=minutes))
    assert errors() == []
    assert intake_sum().closes
    assert not IntakeItem.objects.filter(state="waiting").exists()


def states():
    return Counter(IntakeItem.objects.values_list("state", flat=True))


def check_redelivery(post, posted):
    """Eight times the same post at once, read by three workers meanwhile: one message."""
    outcomes = at_once(*[lambda: post(posted)] * 8, *[read] * 3)
    assert outcomes == [200] * 8 + [None] * 3
    read_all()

    assert len(said()) == 1
    assert states() == {"accepted": 1, "duplicate": 7}
    assert (Conversation.objects.count(), Customer.objects.count(), ContactPoint.objects.count()) == (1, 1, 1)


def check_newcomers(post, pairs):
    """Two first messages of one who is new, posted at once and read by two workers, one each: one customer, one conversation."""
    for number, (first, second) in enumerate(pairs, start=1):
        assert at_once(lambda one=first: post(one), lambda one=second: post(one)) == [200, 200]
        waiting, at = IntakeItem.objects.select_related("inbox").filter(state="waiting"), clock.now()
        shares = [claims.claim_due(waiting, at=at, lease=commands.LEASE, limit=1) for _worker in range(2)]
        assert at_once(*[partial(commands.process, share, at=at) for share in shares]) == [None, None]
        read_all()
        assert len(said()) == 2 * number
        assert Conversation.objects.count() == Customer.objects.count() == ContactPoint.objects.count() == number


def check_storm(post, forge, messages, marks, forged):
    """Messages, and what changes them before they are there, shuffled and twice, with wrong signatures among them."""
    chance = random.Random(11)
    posts = [lambda one=one: post(one) for one in [*messages, *marks] * 2] + [
        lambda one=one: forge(one) for one in forged
    ]
    chance.shuffle(posts)
    turns = [posts[start::6] for start in range(6)]
    answers = at_once(*[lambda some=some: [one() for one in some] for some in turns], *[read] * 3)

    assert answers[6:] == [None] * 3
    told = Counter(status for some in answers[:6] for status in some)
    assert told == {200: 2 * len(messages) + 2 * len(marks), 403: len(forged)}
    read_all()
    total = len(messages) + len(marks)
    assert states() == {"accepted": total, "duplicate": total}
    assert len(said()) == len(messages)
