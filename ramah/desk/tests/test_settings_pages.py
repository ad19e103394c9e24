"""Settings of the desk: policies that say what they promise, the outbox, failed work."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from ramah.conversations.testing import make_delivery, make_message
from ramah.desk.forecasts import examples
from ramah.desk.models import SLAPolicy
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry, HandlerRun
from ramah.promises.models import Calendar

WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture
def office(db):
    return Calendar.objects.create(name="Office", time_zone="Asia/Jakarta", hours=WEEK, created_at=clock.now())


def form(**fields):
    return {
        "name": "Standard",
        "first_reply_minutes": "60",
        "next_reply_minutes": "",
        "resolution_minutes": "",
        "warn_percent": "80",
        "is_active": "on",
        **fields,
    }


def test_a_policy_says_what_it_promises(office):
    policy = SLAPolicy(name="Standard", calendar=office, first_reply_minutes=60)

    said = examples(policy, now=datetime(2026, 11, 18, 3, 0, tzinfo=UTC))

    assert said == [
        "A mail of Friday 16:50 gets an answer by Monday 09:50.",
        "A mail of Tuesday 10:00 gets an answer by Tuesday 11:00.",
    ]


def test_hours_that_never_open_promise_nothing(office):
    office.hours = {}
    policy = SLAPolicy(name="Standard", calendar=office, first_reply_minutes=60)

    assert examples(policy, now=clock.now()) == ["These business hours never open, so nothing can be promised."]


def test_a_lead_makes_and_changes_a_policy(cast, office):
    browser = cast.browser(cast.ada)

    made = browser.post(reverse("desk_new_policy"), form(calendar=office.pk))

    assert made["Location"] == reverse("desk_policies")
    policy = SLAPolicy.objects.get()
    assert (policy.name, policy.first_reply_minutes, policy.next_reply_minutes) == ("Standard", 60, None)
    assert "Monday 09:50" in browser.get(reverse("desk_policies")).content.decode()
    url = reverse("desk_policy", args=[policy.public_id])
    browser.post(url, form(first_reply_minutes="30"))
    policy.refresh_from_db()
    assert policy.first_reply_minutes == 30
    actions = AuditEntry.objects.filter(action__startswith="sla.").values_list("action", flat=True)
    assert list(actions) == ["sla.create", "sla.change"]


def test_a_preview_saves_nothing(cast, office):
    page = cast.browser(cast.ada).post(reverse("desk_new_policy"), form(calendar=office.pk, preview="1"))

    assert "Monday 09:50" in page.content.decode()
    assert not SLAPolicy.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"first_reply_minutes": ""},
        {"name": ""},
        {"warn_percent": "100"},
        {"warn_percent": "0"},
        {"first_reply_minutes": "-5"},
        {"calendar": "999"},
    ],
)
def test_a_wrong_policy_is_refused(cast, fields):
    answer = cast.browser(cast.ada).post(reverse("desk_new_policy"), form(**fields))

    assert answer.status_code == 422
    assert not SLAPolicy.objects.exists()


def test_agents_may_not_set_policies(cast):
    assert cast.browser(cast.ben).post(reverse("desk_new_policy"), form()).status_code == 403
    assert not SLAPolicy.objects.exists()


def test_the_outbox_shows_what_failed_and_the_mail_as_written(cast, settings, tmp_path):
    settings.EMAIL_URL = f"file://{tmp_path}"
    conversation = cast.conversation(subject="Where is it?")
    sent = make_message(conversation, "It comes.", agent=cast.ben, subject="Where is it?").delivery
    failed = make_message(conversation, "Again.", author="system", to=["dana@mail.example"], subject="Lost mail")
    make_delivery(failed, state="failed", error="550 no such user")
    (tmp_path / f"20261122T120000-{sent.public_id}.eml").write_bytes(b"Subject: <b>Hi</b>\r\n\r\nIt comes. \xff")
    browser = cast.browser(cast.ben)

    everything = browser.get(reverse("desk_outbox")).content.decode()
    only_failed = browser.get(reverse("desk_outbox"), {"state": "failed"}).content.decode()
    mail = browser.get(reverse("desk_delivery", args=[sent.public_id])).content.decode()

    assert "Where is it?" in everything
    assert "Lost mail" in everything
    assert "Where is it?" not in only_failed
    assert "550 no such user" in only_failed
    assert "Subject: &lt;b&gt;Hi&lt;/b&gt;" in mail


def test_the_outbox_shows_only_ones_own_inboxes(cast):
    conversation = cast.conversation()
    delivery = make_message(conversation, "It comes.", agent=cast.ben, subject="Very private").delivery
    browser = cast.browser(cast.cleo)

    assert "Very private" not in browser.get(reverse("desk_outbox")).content.decode()
    assert browser.get(reverse("desk_delivery", args=[delivery.public_id])).status_code == 404


def run_that_failed(**fields):
    return HandlerRun.objects.create(
        handler="ramah.desk.handlers.show_note",
        name="conversation.note_added",
        subject="conversation:7",
        payload={},
        state="failed",
        error="Traceback\nValueError: <b>broken</b>",
        attempts=12,
        published_at=clock.now(),
        **fields,
    )


def test_failed_work_is_shown_and_tried_again(cast):
    run = run_that_failed()
    browser = cast.browser(cast.ada)
    page = browser.get(reverse("desk_failures")).content.decode()
    assert "conversation:7" in page
    assert "ValueError: &lt;b&gt;broken" in page

    browser.post(reverse("desk_retry_run", args=[run.pk]))

    run.refresh_from_db()
    assert (run.state, run.attempts) == ("waiting", 0)
    assert run.next_attempt_at is not None
    assert AuditEntry.objects.filter(action="work.retry", subject="conversation:7").count() == 1
    assert browser.post(reverse("desk_retry_run", args=[run.pk])).status_code == 404


def test_agents_neither_see_nor_retry_failed_work(cast):
    run = run_that_failed()

    assert cast.browser(cast.ben).post(reverse("desk_retry_run", args=[run.pk])).status_code == 403
    run.refresh_from_db()
    assert run.state == "failed"
