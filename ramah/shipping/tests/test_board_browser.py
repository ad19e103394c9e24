"""The pages of deliveries in a real browser: phone and desktop, light and dark, in three languages."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.models import Order
from ramah.commerce.testing import make_order
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.shipping.models import Flight, ForecastModel, Shipment
from ramah.shipping.testing import make_carrier, make_flight, make_shipment, make_tracking_event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BINS = [{"count": 900, "said": 0.04, "came": 0.05}, {"count": 60, "said": 0.62, "came": 0.58}]


@pytest.fixture
def parcel():
    """A parcel of a long name that could not be handed over, and two that arrived."""
    at = clock.now()
    carrier = make_carrier("novaposhta", at=at, name="Нова пошта")
    for ago in (9, 16):
        handed = at - timedelta(days=ago)
        order = make_order(state="delivered", placed_at=handed - timedelta(days=1))
        delivered = {"state": "delivered", "delivered_at": handed + timedelta(days=2)}
        make_shipment(order, at=handed, carried_by=carrier, **delivered)
    customer = make_customer("Олександра Володимирівна Костянтиненко-Слобожанська", language="uk")
    order = make_order(customer, number="TL-40817", state="shipped", placed_at=at - timedelta(days=4))
    shipment = make_shipment(
        order, at=at - timedelta(days=3), carried_by=carrier, state="delivery_attempted", reason="address",
        tracking_number="20450000000000", doubts=[{"word": "not_ready", "digest": ""}],
    )  # fmt: skip
    make_tracking_event(shipment, "delivery_attempted", at=at, reason="address", place="Камʼянець-Подільський")
    soon = int((at + timedelta(days=1)).timestamp())
    make_flight(order, at=at, shipment=shipment, level=Flight.Level.FAILED, q10=soon, q50=soon, q90=soon, p_late=0.6)
    return shipment


@pytest.fixture
def ada():
    return client_of(make_agent(name="Ada", role="owner"))


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(390, "dark", "uk"), (390, "light", "id"), (1440, "light", "en")]
)
def test_every_page_is_accessible_and_fits(open_page, live_server, ada, parcel, width, theme, language):
    at = clock.now()
    report = {"handover": {"test": 960, "reliability": BINS, "coverage": {"80": 0.79}}}
    told = {"rows": 960, "content": b"", "trained_at": at, "created_at": at, "report": report}
    ForecastModel.objects.create(number=1, state="live", **told)
    ForecastModel.objects.create(number=2, state="rejected", reason="No better than the rule of thumb.", **told)
    ada.cookies["ramah_language"] = language
    pages = ("", "?view=lost", "carriers/", "forecast/", "claims/")
    urls = [f"/desk/delivery/{page}" for page in pages]
    for url in (*urls, f"/desk/panels/parcels/{parcel.order.customer.public_id}/"):
        seen = open_page(live_server.url + url, width=width, theme=theme, language=language, client=ada)

        seen.must_be_accessible()
        seen.must_not_scroll_sideways()
        seen.must_be_quiet()


def test_a_ticked_parcel_gets_a_note_which_is_taken_back(open_page, live_server, ada, parcel):
    seen = open_page(f"{live_server.url}/desk/delivery/", client=ada)

    seen.page.check("[name=item]")
    seen.page.fill("[name=words]", "Asked the carrier")
    seen.page.click("button[value=note]")
    seen.page.wait_for_selector("text=Done with 1 of 1.")

    assert Order.objects.get(pk=parcel.order_id).merchant_note == "Asked the carrier"
    seen.page.click("text=Undo")
    seen.page.wait_for_selector("text=Taken back for 1.")
    assert Order.objects.get(pk=parcel.order_id).merchant_note == ""


def test_it_is_asked_before_a_parcel_is_marked_lost(open_page, live_server, ada, parcel):
    seen = open_page(f"{live_server.url}/desk/delivery/?tick=1", client=ada)
    seen.page.click("button[value=lost]")
    seen.page.wait_for_selector("dialog[open]")
    assert Shipment.objects.get(pk=parcel.pk).state == "delivery_attempted"

    seen.page.click("dialog[open] button[value=yes], dialog[open] [data-kind=danger], dialog[open] [data-kind=primary]")
    seen.page.wait_for_selector("text=Done with 1 of 1.")

    assert Shipment.objects.get(pk=parcel.pk).state == "lost"
    seen.must_be_quiet()


def test_further_rows_come_below_and_can_be_ticked(open_page, live_server, ada, parcel, monkeypatch):
    monkeypatch.setattr("ramah.shipping.queries.board.PAGE", 1)
    make_flight(make_order(number="TL-2"), at=clock.now())
    seen = open_page(f"{live_server.url}/desk/delivery/", client=ada)

    seen.page.click("text=Show more")
    expect(seen.page.locator("[name=item]")).to_have_count(2)
    seen.page.check("[name=item] >> nth=1")
    seen.page.fill("[name=words]", "Second")
    seen.page.click("button[value=note]")
    seen.page.wait_for_selector("text=Done with 1 of 1.")

    assert sorted(Order.objects.exclude(merchant_note="").values_list("merchant_note", flat=True)) == ["Second"]
    seen.must_be_quiet()
