"""The merchant's own carrier: rates out of delivery options, labels of our own, and nobody asked."""

from datetime import date
from decimal import Decimal

import pytest

from ramah.commerce.testing import AT, make_delivery
from ramah.kernel.money import Money
from ramah.kernel.providers.contract import Refused, Unreadable
from ramah.shipping.carriers.contract import Account, Address, ParcelAsked, provider_of
from ramah.shipping.models import CarrierService
from ramah.shipping.testing import make_carrier

pytestmark = pytest.mark.django_db
PROVIDER = provider_of("table")
HOME = Address("Toko Laut", "Jl. Kemang 1", "Jakarta", "ID")
GOAL = Address("Dana Putri", "Jl. Margonda Raya 21", "Depok", "ID", "Jawa Barat", "16424")
PARCEL = ParcelAsked(HOME, GOAL, 850, Money(389000, "IDR"), "TL-7")
ACCOUNT = Account("own", {}, {}, carrier="courier")


@pytest.fixture
def carrier():
    return make_carrier("courier", name="Our bikes", at=AT)


def service(carrier, key, **delivery):
    option = make_delivery(key.title(), **delivery)
    return CarrierService.objects.create(carrier=carrier, key=key, name=key.title(), delivery_option=option)


def test_rates_are_those_of_the_delivery_options(carrier):
    service(carrier, "slow")
    service(carrier, "fast", rate={"amount": Decimal(30000), "min_days": 0, "max_days": 1})
    service(carrier, "far", rate={"country": "UA", "currency": "UAH"})
    service(carrier, "light", rate={"up_to_grams": 500})
    make_delivery("Nobody’s")
    CarrierService.objects.create(carrier=carrier, key="bare", name="Bare")

    rates = PROVIDER.rate(ACCOUNT, PARCEL, AT)

    assert [(one.service, one.amount, one.arrives_from, one.arrives_to) for one in rates] == [
        ("slow", Money(12000, "IDR"), date(2026, 3, 3), date(2026, 3, 4)),
        ("fast", Money(30000, "IDR"), date(2026, 3, 2), date(2026, 3, 3)),
    ]


def test_the_services_of_another_carrier_are_not_ours(carrier):
    service(make_carrier("other", at=AT), "slow")
    assert PROVIDER.rate(ACCOUNT, PARCEL, AT) == []


def test_a_label_is_made_at_once_and_the_same_for_the_same_wish(carrier):
    one = PROVIDER.label(ACCOUNT, PARCEL, service="slow", key="wish-1")
    again = PROVIDER.label(ACCOUNT, PARCEL, service="slow", key="wish-1")
    other = PROVIDER.label(ACCOUNT, PARCEL, service="slow", key="wish-2")

    assert one == again
    assert one.tracking_number != other.tracking_number
    assert one.pdf.startswith(b"%PDF-")
    assert (one.label_id, one.carrier, one.cost_amount) == ("wish-1", "Our bikes", None)


@pytest.mark.parametrize(("prefix", "start"), [("", "RM"), ("tl-1", "TL1"), ("тл", "RM"), ("abcdefghij", "ABCDEF")])
def test_its_number_has_a_check_digit(carrier, prefix, start):
    told = Account("own", {}, {"prefix": prefix}, carrier="courier")
    number = PROVIDER.label(told, PARCEL, service="", key="wish-1").tracking_number
    digits = number.removeprefix(start)
    assert (len(digits), digits.isdecimal()) == (10, True)
    assert sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(digits)) % 10 == 0


def test_a_number_that_the_parcel_has_stays(carrier):
    parcel = ParcelAsked(HOME, GOAL, 850, Money(389000, "IDR"), "TL-7", number="JNE123")
    assert PROVIDER.label(ACCOUNT, parcel, service="", key="wish-1").tracking_number == "JNE123"


def test_without_a_carrier_or_a_place_there_is_no_label(carrier):
    with pytest.raises(Refused):
        PROVIDER.label(Account("own", {}, {}), PARCEL, service="", key="wish-1")
    with pytest.raises(Refused):
        PROVIDER.label(
            ACCOUNT, ParcelAsked(HOME, HOME.__class__("", "", "", ""), 1, PARCEL.value, "x"), service="", key="w"
        )


def test_nobody_posts_there(carrier):
    assert PROVIDER.read_hook is None
    assert PROVIDER.track is None
    with pytest.raises(Unreadable):
        PROVIDER.parse(b"{}", ACCOUNT)
