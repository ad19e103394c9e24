"""Labels from the page of an order: made at once or asked for, printed by those who may, and handing over what has one."""

from decimal import Decimal

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.models import OrderLine
from ramah.commerce.testing import AT, make_delivery, make_order, make_shop
from ramah.kernel.providers.contract import TryLater
from ramah.shipping.carriers.tests.fake import make_pigeons
from ramah.shipping.commands import tasks
from ramah.shipping.models import CarrierService, CarrierTask, Shipment
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_go_nowhere(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def order():
    make_shop()
    order = make_order(number="TL-7")
    OrderLine.objects.create(order=order, title="Bromo mug", quantity=3, unit_amount=95000, total_amount=285000)
    return order


@pytest.fixture
def own(order):
    """The merchant's own carrier with one service."""
    carrier = make_carrier("courier", name="Our bikes", at=AT)
    option = make_delivery("Bikes", rate={"amount": Decimal(9000)})
    CarrierService.objects.create(carrier=carrier, key="bike", name="By bike", delivery_option=option)
    return make_carrier_account("own", name="Own carrier", provider="table", carrier=carrier, credentials={}, at=AT)


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


def text(answer):
    return answer.content.decode()


def label_page(order):
    return reverse("parcel-label-new", args=[order.public_id])


def lines(order, **pieces):
    return {f"line-{line.pk}": pieces.get(line.title.split()[0], 0) for line in order.lines.all()}


def ask(client, order, account, **told):
    fields = {"account": account.public_id, "service": "bike", "grams": "800", **lines(order, Bromo=2), **told}
    return client.post(label_page(order), fields)


def test_a_label_of_the_own_carrier_is_there_at_once(order, own, ben):
    page = text(ben.get(label_page(order)))
    assert "By bike: Rp\xa09.000, " in page

    answer = ask(ben, order, own)

    assert answer.status_code == 302, text(answer)
    shipment = Shipment.objects.get()
    order.refresh_from_db()
    assert (shipment.state, shipment.handed_over_at, order.state) == ("pre_transit", None, "paid")
    assert (shipment.service, shipment.carrier, shipment.account) == ("bike", "Our bikes", own)
    assert list(shipment.lines.values_list("quantity", flat=True)) == [2]
    printed = ben.get(reverse("parcel-label", args=[shipment.public_id]))
    assert (printed.status_code, printed["Content-Type"]) == (200, "application/pdf")
    assert b"".join(printed.streaming_content).startswith(b"%PDF-")
    assert "no-store" in printed["Cache-Control"]
    parcels = text(ben.get(reverse("parcels", args=[order.public_id])))
    assert reverse("parcel-label", args=[shipment.public_id]) in parcels
    assert "Waits for the carrier" in parcels
    assert shipment.tracking_number in parcels


def test_handing_over_what_has_a_label_tells_the_order(order, own, ben):
    ask(ben, order, own, **lines(order, Sanur=1, Bromo=3))
    shipment = Shipment.objects.get()

    assert ben.post(reverse("parcel-leave", args=[shipment.public_id])).status_code == 302

    shipment.refresh_from_db()
    order.refresh_from_db()
    assert shipment.handed_over_at is not None
    assert order.state == "shipped"
    assert "The carrier has it" not in text(ben.get(reverse("parcels", args=[order.public_id])))
    ben.post(reverse("parcel-leave", args=[shipment.public_id]))
    assert order.history.filter(to_state="shipped").count() == 1


def test_posted_twice_the_pieces_are_in_one_parcel_only(order, own, ben):
    for _time in range(2):
        ask(ben, order, own, **lines(order, Bromo=3))
    assert Shipment.objects.count() == 1
    assert CarrierTask.objects.count() == 1


def test_what_lies_in_a_parcel_with_a_label_is_not_offered_again(order, own, ben):
    ask(ben, order, own)
    page = text(ben.get(reverse("parcels", args=[order.public_id])))
    mug = order.lines.get(title="Bromo mug")
    assert f'name="line-{mug.pk}" value="1"' in page
    ask(ben, order, own, **lines(order, Sanur=1, Bromo=1))
    page = text(ben.get(reverse("parcels", args=[order.public_id])))
    assert "Hand over a parcel" not in page
    assert label_page(order) not in page


def test_a_label_that_somebody_else_makes_is_asked_for(monkeypatch, order, ben):
    loft = make_pigeons(monkeypatch)
    account = make_carrier_account("loft", provider="pigeon", at=AT)

    ask(ben, order, account, service="fast")
    parcels = text(ben.get(reverse("parcels", args=[order.public_id])))
    assert "Queued" in parcels
    assert "Label (PDF)" not in parcels
    shipment = Shipment.objects.get()
    task = CarrierTask.objects.get()
    assert [word for word, _asked in loft.asked] == ["rate"] * 0
    tasks.send_due(at=task.next_attempt_at)

    shipment.refresh_from_db()
    assert shipment.label_id
    assert "Label (PDF)" in text(ben.get(reverse("parcels", args=[order.public_id])))


def test_rates_that_nobody_knows_are_said_and_stop_nothing(monkeypatch, order, ben):
    loft = make_pigeons(monkeypatch)
    account = make_carrier_account("loft", provider="pigeon", at=AT)
    loft.answers = [TryLater("The lofts are closed.")]
    page = text(ben.get(label_page(order)))
    assert "The lofts are closed." in page
    assert ask(ben, order, account, service="").status_code == 302
    assert CarrierTask.objects.get().detail == {"service": "", "grams": 800}


def test_of_several_accounts_one_is_chosen(order, own, ben):
    make_carrier_account("second", name="Second", provider="table", credentials={}, at=AT)
    page = text(ben.get(label_page(order)))
    assert ("Own carrier" in page, "Second" in page, "Make the label" in page) == (True, True, False)
    assert "Make the label" in text(ben.get(f"{label_page(order)}?account={own.public_id}"))
    assert "Who carries it?" in text(ben.post(label_page(order), {"account": "nonsense"}))
    assert not Shipment.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"grams": ""}, {"grams": "0"}, {"grams": "9999999"}, {"service": "x" * 41}, {"pieces": 0}]
)
def test_a_wrong_label_is_not_made(order, own, ben, wrong):
    told = lines(order) if "pieces" in wrong else wrong
    assert ask(ben, order, own, **told).status_code == 422
    assert not Shipment.objects.exists()


def test_a_parcel_that_is_there_gets_a_label_with_its_number(order, own, ben):
    shipment = make_shipment(order, account=own, tracking_number="JNE123456", at=AT)
    assert ben.post(reverse("parcel-label-make", args=[shipment.public_id])).status_code == 302
    shipment.refresh_from_db()
    assert (shipment.tracking_number, bool(shipment.label), shipment.label_id != "") == ("JNE123456", True, True)
    answer = ben.post(reverse("parcel-label-make", args=[shipment.public_id]), follow=True)
    assert "may have been bought already" in text(answer)
    assert CarrierTask.objects.count() == 1


def test_a_parcel_that_another_carries_gets_none(order, ben):
    shipment = make_shipment(order, at=AT)
    ben.post(reverse("parcel-label-make", args=[shipment.public_id]))
    shipment.refresh_from_db()
    assert (bool(shipment.label), CarrierTask.objects.count()) == (False, 0)
    assert ben.get(reverse("parcel-label", args=[shipment.public_id])).status_code == 404


def test_a_label_whose_file_is_gone_is_not_there(order, own, ben):
    ask(ben, order, own)
    shipment = Shipment.objects.get()
    shipment.label.storage.delete(shipment.label.name)
    assert ben.get(reverse("parcel-label", args=[shipment.public_id])).status_code == 404


def test_those_who_do_not_ship_make_and_see_no_label(order, own, ben):
    ask(ben, order, own)
    shipment = Shipment.objects.get()
    chris = client_of(make_agent(role="contractor", name="Chris"))
    for path, post in (
        (label_page(order), False),
        (label_page(order), True),
        (reverse("parcel-label", args=[shipment.public_id]), False),
        (reverse("parcel-label-make", args=[shipment.public_id]), True),
        (reverse("parcel-leave", args=[shipment.public_id]), True),
    ):
        assert (chris.post(path) if post else chris.get(path)).status_code == 403
    assert "Label (PDF)" not in text(chris.get(reverse("parcels", args=[order.public_id])))
    shipment.refresh_from_db()
    assert (shipment.handed_over_at, CarrierTask.objects.count()) == (None, 1)


def test_without_an_account_the_page_says_what_is_missing(order, ben):
    assert "No account makes labels" in text(ben.get(label_page(order)))
    assert label_page(order) not in text(ben.get(reverse("parcels", args=[order.public_id])))
    assert ben.get(reverse("parcel-label-new", args=["nonsense"])).status_code == 404


def test_the_parcels_cost_a_fixed_number_of_queries(order, own, ben, django_assert_max_num_queries):
    for number in range(2):
        make_shipment(order, account=own, label_id=f"x{number}", at=AT)
    url = reverse("parcels", args=[order.public_id])
    with django_assert_max_num_queries(40) as few:
        ben.get(url)
    for number in range(6):
        make_shipment(order, account=own, label_id=f"y{number}", at=AT)
    with django_assert_max_num_queries(len(few)):
        ben.get(url)
