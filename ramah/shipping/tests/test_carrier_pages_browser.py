"""The settings of carriers and the making of a label in a real browser, at a phone's width and a desk's, light and dark."""

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.testing import make_delivery, make_order, make_shop
from ramah.kernel import clock
from ramah.shipping.commands.carriers import note_failure
from ramah.shipping.models import CarrierAccount, CarrierService, Shipment
from ramah.shipping.testing import make_carrier, make_carrier_account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SIZES = pytest.mark.parametrize(("width", "theme"), [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")])


@pytest.fixture
def shop(live_server, settings, tmp_path):
    """Two carriers, one account that works and one that fails; Ada's browser."""
    settings.MEDIA_ROOT = str(tmp_path)
    make_shop()
    now = clock.now()
    bikes = make_carrier("bikes", name="Our bikes", time_zone="", at=now)
    option = make_delivery("By bike in Jakarta and the cities around it")
    CarrierService.objects.create(carrier=bikes, key="bike", name="By bike", delivery_option=option)
    jne = make_carrier("jne", at=now)
    CarrierService.objects.create(carrier=jne, key="reg", name="Reguler", min_days=1, max_days=3)
    make_carrier_account("own", name="Own carrier", provider="table", carrier=bikes, credentials={}, state="ok", at=now)
    failing = make_carrier_account("biteship", name="Biteship", provider="biteship", at=now)
    for _time in range(5):
        note_failure(failing, reason="Biteship does not take the key (401); put in the right one.", at=now)
    return client_of(make_agent(role="owner", name="Ada")), live_server.url


def see(open_page, shop, path, width, theme):
    ada, url = shop
    seen = open_page(url + path, client=ada, width=width, theme=theme)
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    return seen


@SIZES
def test_the_pages_are_for_everybody(open_page, shop, width, theme):
    account = CarrierAccount.objects.get(key="biteship")
    own = CarrierAccount.objects.get(key="own")
    for path in (
        reverse("carriers"),
        reverse("new-carrier-account"),
        reverse("carrier-account", args=[account.public_id]),
        reverse("carrier", args=[own.carrier.public_id]),
    ):
        see(open_page, shop, path, width, theme).must_be_quiet()


@SIZES
def test_a_label_is_made_and_printed(open_page, shop, width, theme):
    own = CarrierAccount.objects.get(key="own")
    order = make_order(number="TL-7")
    path = reverse("parcel-label-new", args=[order.public_id])
    page = see(open_page, shop, f"{path}?account={own.public_id}", width, theme).page

    with page.expect_navigation():
        page.click("main button:has-text('Make the label'), .page button:has-text('Make the label')")

    shipment = Shipment.objects.get()
    assert shipment.label
    seen = see(open_page, shop, reverse("parcels", args=[order.public_id]), width, theme)
    with seen.page.expect_navigation():
        seen.page.click("button:has-text('The carrier has it')")
    shipment.refresh_from_db()
    assert shipment.handed_over_at is not None
