"""Work that a killed process had in hand is taken up at once, and that of a living one is left to it."""

from datetime import timedelta

import pytest
from django.db import connection

from ramah.channels.models import IntakeItem
from ramah.config.succession import at_work
from ramah.conversations.models import MessageDelivery
from ramah.conversations.testing import make_conversation, make_delivery, make_message
from ramah.kernel import clock
from ramah.kernel.models import OutboxLane

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_hand(settings, tmp_path):
    """An item, a delivery that is being handed over and a lane of the outbox, all claimed for the next half hour."""
    settings.HOME = tmp_path
    until = clock.now() + timedelta(minutes=30)
    claim = {"claim": "dead", "claimed_until": until}
    conversation = make_conversation()
    item = IntakeItem.objects.create(
        inbox=conversation.inbox, raw=b"", created_at=clock.now(), next_attempt_at=clock.now(), **claim
    )
    delivery = make_delivery(make_message(conversation, author="agent"), state="sending")
    MessageDelivery.objects.filter(pk=delivery.pk).update(**claim)
    lane = OutboxLane.objects.create(lane=3, **claim)
    return [item, delivery, lane]


def free(rows):
    for row in rows:
        row.refresh_from_db()
    return [row.claimed_until <= clock.now() for row in rows]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="processes of a cluster may live on other machines")
def test_the_first_process_frees_what_the_dead_one_held(in_hand):
    with at_work():
        assert free(in_hand) == [True, True, True]


def test_a_second_process_leaves_the_first_ones_work_alone(in_hand):
    with at_work():
        type(in_hand[0]).objects.update(claimed_until=clock.now() + timedelta(minutes=1))
        with at_work():
            assert free(in_hand[:1]) == [False]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="on SQLite all processes run on this machine")
def test_in_a_cluster_claims_run_out_by_themselves(in_hand):
    with at_work():
        assert free(in_hand) == [False, False, False]
