"""What is read in one batch: queries that do not grow with every post, and the same end as one by one."""

from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ramah.channels import commands
from ramah.channels.models import IntakeItem
from ramah.channels.phone.models import Call
from ramah.channels.phone.tests.conftest import DANA, NUMBER, through_client
from ramah.conversations.models import Conversation, Message
from ramah.kernel import clock


def call_fields(sid, status, *, caller=DANA, **more):
    told = {"CallSid": sid, "AccountSid": "AC1", "From": caller, "To": NUMBER, "Direction": "inbound"}
    return {**told, "CallStatus": status, **more}


def post(phone, *posts):
    url = f"{settings.BASE_URL}/hooks/phone/hotline/status"
    for fields in posts:
        signed = {"X-Twilio-Signature": phone.provider.signature(url, fields)}
        status, _said = through_client(url, urlencode(fields).encode(), signed)
        assert status == 200


def queries_to_read():
    with CaptureQueriesContext(connection) as queries:
        commands.process_waiting(at=clock.now())
    assert not IntakeItem.objects.filter(state="waiting").exists()
    return len(queries)


def states():
    return sorted(IntakeItem.objects.values_list("state", flat=True))


def test_news_of_many_calls_costs_one_query_each_beside_what_all_share(phone):
    callers = [f"+62812000000{number:02}" for number in range(10)]
    post(phone, *(call_fields(f"CA{n}", "in-progress", caller=caller) for n, caller in enumerate(callers)))
    phone.read()
    assert Call.objects.count() == 10

    def again(count, turn):
        posts = (call_fields(f"CA{n}", "in-progress", caller=callers[n], Turn=str(turn)) for n in range(count))
        post(phone, *posts)
        return queries_to_read()

    one, ten = again(1, 1), again(10, 2)
    assert ten - one == 9  # each item is written down as accepted


@pytest.mark.parametrize("together", [True, False])
def test_a_call_of_which_all_news_come_at_once_ends_as_if_it_was_heard_step_by_step(phone, together):
    news = [
        call_fields("CA1", "in-progress"),
        call_fields("CA1", "in-progress"),  # posted twice
        call_fields("CA2", "in-progress"),  # and calls again, in the same conversation
        call_fields("CA1", "completed", CallDuration="9"),
        call_fields("CA2", "completed", CallDuration="5"),
        call_fields("CA2", "in-progress", Late="1"),
    ]
    for fields in news:
        post(phone, fields)
        if not together:
            phone.read()
    phone.read()

    assert states() == ["accepted"] * 5 + ["duplicate"]
    assert Conversation.objects.count() == 1
    assert [call.ended_at is not None for call in Call.objects.order_by("id")] == [True, True]
    ends = Message.objects.filter(activity__startswith="call").values_list("activity", flat=True)
    assert len(ends) == 2


def test_one_post_that_cannot_be_read_leaves_the_others_of_its_batch_read(phone):
    post(phone, call_fields("CA1", "in-progress"), call_fields("CA2", "in-progress", caller="+6281200000001"))
    broken = IntakeItem.objects.order_by("id").first()
    IntakeItem.objects.filter(pk=broken.pk).update(raw=b"\xff\xfe")
    phone.read()

    assert Call.objects.filter(provider_id="CA2").exists()
    assert "accepted" in states()
    assert "waiting" not in states()
