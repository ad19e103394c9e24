"""What the doctor sees of carriers: silence, clocks that slip, codes that no table has. And what is forgotten of customers."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.core.files.base import ContentFile

from ramah.commerce.testing import AT, make_order
from ramah.config.cli import main
from ramah.kernel.personal_data import personal_data_holders
from ramah.shipping import commands
from ramah.shipping.commands import taking_in
from ramah.shipping.models import CarrierAccount, CarrierPost, CarrierTask, Shipment, TrackingEvent, UnmatchedEvent
from ramah.shipping.queries.events import accounts_silent, carrier_sum, feed_health, intake_health
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment, make_tracking_event
from ramah.shipping.tests.telling import NOW, body, hear, read, told

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def account():
    return make_carrier_account(carrier=make_carrier(at=AT), at=AT)


@pytest.fixture
def parcel(account):
    return make_shipment(make_order(state="shipped"), account=account, tracking_number="JN1", at=AT)


def posts(account, *hours):
    """Posts so many hours before NOW, and the account as if they had come by the webhook."""
    for back in sorted(hours, reverse=True):
        CarrierPost.objects.create(account=account, raw=b"", state="ignored", created_at=NOW - back * HOUR)
    CarrierAccount.objects.filter(pk=account.pk).update(last_in_at=NOW - min(hours) * HOUR)


@pytest.mark.parametrize(
    ("hours", "is_silent"),
    [
        pytest.param([5, 6, 7, 8], False, id="not for long"),
        pytest.param([7, 7.5, 8, 8.5], True, id="much longer than usual"),
        pytest.param([7, 31, 55, 79], False, id="it posts once a day"),
        pytest.param([220, 230, 240], True, id="for more than a week"),
        pytest.param([7], False, id="nobody knows what is usual"),
        pytest.param([10, 11, 12, 13, 168 + 9, 168 + 10, 168 + 12], True, id="in these hours it posted a week ago"),
        pytest.param([10, 11, 12, 13, 168 + 11, 168 + 12, 168 + 15], False, id="as quiet as a week ago"),
    ],
)
def test_an_account_is_silent_when_much_less_comes_than_usual(account, parcel, hours, is_silent):
    posts(account, *hours)

    assert bool(accounts_silent(at=NOW)) is is_silent


def test_silence_is_written_down_once_and_ends_with_the_next_post(account, parcel):
    posts(account, 7, 7.5, 8, 8.5)
    assert [taking_in.note_silence(at=NOW), taking_in.note_silence(at=NOW + HOUR)] == [1, 0]
    account.refresh_from_db()
    assert account.silent_since == NOW - 7 * HOUR

    hear(account, told("JN1", "in_transit", 1), at=NOW + 2 * HOUR)

    account.refresh_from_db()
    assert account.silent_since is None
    assert taking_in.note_silence(at=NOW + 3 * HOUR) == 0


def test_without_parcels_under_way_silence_is_quiet(account, parcel):
    posts(account, 7, 7.5, 8, 8.5)
    Shipment.objects.update(state="delivered", delivered_at=NOW)

    assert taking_in.note_silence(at=NOW) == 0


def test_a_clock_that_slips_and_codes_that_nobody_knows_are_told(account, parcel):
    fine = make_carrier_account("fine", at=AT)
    other = make_shipment(make_order(state="shipped"), account=fine, at=AT)
    for number in range(30):
        local = (NOW + 7 * HOUR - timedelta(minutes=number)).isoformat()
        make_tracking_event(parcel, "in_transit", at=NOW, told_at=local, reason="unmapped", code=f"X{number % 2}")
        make_tracking_event(other, "in_transit", at=NOW)
    make_tracking_event(other, "in_transit", at=NOW - 2 * DAY, reason="unmapped", code="old")

    found = feed_health(at=NOW)

    assert [(one.account_key, one.unmapped, one.slipped_hours) for one in found] == [
        ("jne", (("X0", 15), ("X1", 15)), 7),
    ]
    assert found[0].is_unmapped_often


def test_what_waits_is_told_with_its_age(account):
    commands.take_in(account=account, bodies=[body(), body()], at=NOW)

    assert intake_health(at=NOW + HOUR) == intake_health(at=NOW)
    told_of = intake_health(at=NOW)
    assert (told_of.waiting, told_of.oldest_waiting, told_of.quarantined) == (2, NOW, 0)


def test_the_command_line_counts_posts_and_reads_them_again(account, parcel):
    commands.take_in(account=account, bodies=[b"{"], at=NOW)
    read()
    post = CarrierPost.objects.get()

    said = CliRunner().invoke(main, ["intake", "audit"])
    assert "carriers: 1 received = 0 accepted + 0 duplicate + 0 ignored + 1 quarantined + 0 waiting" in said.output
    assert f"  {post.public_id}  jne  Unreadable: no JSON" in said.output
    assert CliRunner().invoke(main, ["intake", "replay", post.public_id]).exit_code == 1
    CarrierPost.objects.update(raw=body(told("JN1", "in_transit", 3)))

    again = CliRunner().invoke(main, ["intake", "replay", post.public_id, "--json"])

    assert (again.exit_code, '"status": "accepted"' in again.output) == (0, True)
    assert CliRunner().invoke(main, ["intake", "replay", post.public_id]).exit_code == 1
    assert carrier_sum().accepted == 1


def test_what_leads_to_a_customer_is_given_out_and_forgotten(account, parcel, django_capture_on_commit_callbacks):
    eli = make_shipment(make_order(state="shipped"), account=account, tracking_number="JN2", at=AT)
    for number in ("JN1", "JN2"):
        hear(account, told(number, "out_for_delivery", 9, place="Jl. Margonda 21", country="ID", message="Dana"))
    hear(account, told("JN3", "in_transit", 9))
    UnmatchedEvent.objects.update(number="JN1")
    parcel.refresh_from_db()
    parcel.label.save("label.pdf", ContentFile(b"pdf"))
    CarrierTask.objects.create(
        shipment=parcel, kind="address", detail={"line1": "Jl. 1"}, made_by="system", created_at=AT
    )
    holder = next(one for one in personal_data_holders() if one.key == "shipping")
    customer = parcel.order.customer_id

    exported = holder.export(customer)

    assert exported["parcels"][0]["tracking_number"] == "JN1"
    assert exported["events"] == [
        {
            "order": parcel.order.number,
            "at": (AT + 9 * HOUR).isoformat(),
            "state": "out_for_delivery",
            "place": "Jl. Margonda 21",
            "country": "ID",
            "message": "Dana",
            "told_at": (AT + 9 * HOUR).isoformat(),
        }
    ]
    name, storage = parcel.label.name, parcel.label.storage
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            holder.erase(customer)

    parcel.refresh_from_db()
    assert (parcel.tracking_number, parcel.label.name, parcel.state) == ("", "", "out_for_delivery")
    assert not storage.exists(name)
    event = TrackingEvent.objects.get(shipment=parcel)
    assert (event.place, event.message, event.raw) == ("", "", {})
    assert bytes(event.post.raw) == b""
    assert not UnmatchedEvent.objects.exists()
    assert CarrierTask.objects.get().detail == {}
    kept = TrackingEvent.objects.get(shipment=eli)
    assert (kept.message, bool(bytes(kept.post.raw))) == ("Dana", True)
    assert carrier_sum().closes
