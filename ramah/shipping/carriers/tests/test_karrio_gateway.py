"""karrio asked through a stand-in: what its answers and its messages mean, above all where something may have been bought."""

import sys
from types import SimpleNamespace

import pytest

from ramah.kernel.providers.contract import Refused, SendingError, TryLater, Uncertain
from ramah.shipping.carriers.contract import Account, Tracked, provider_of
from ramah.shipping.carriers.tests.test_karrio import ACCOUNT, AT, DETAILS, PARCEL

PROVIDER = provider_of("karrio")
INTERNAL = "SHIPPING_SDK_INTERNAL_ERROR"
MADE = SimpleNamespace(
    tracking_number="EZ1",
    shipment_identifier="shp_1",
    docs=SimpleNamespace(label="JVBERi0xLjQ="),
    selected_rate=SimpleNamespace(total_charge=5.25, currency="USD"),
    carrier_name="easypost",
)


class Asking:
    """What each thing of the SDK is: asked by its verb, sent by `from_`, read by `parse`."""

    def __init__(self, stand_in):
        self.stand_in = stand_in

    def __getattr__(self, verb):
        def asking(request):
            self.stand_in.asked.append((verb, request))
            return SimpleNamespace(from_=lambda gateway: SimpleNamespace(parse=self.stand_in.parse))

        return asking


class Karrio:
    """A stand-in for the SDK; `answer` is what is read next, or raised."""

    def __init__(self):
        self.asked, self.answer = [], (None, [])
        self.Tracking = self.Rating = self.Shipment = Asking(self)
        self.gateway = {"easypost": SimpleNamespace(create=lambda given: given)}

    def parse(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def karrio(monkeypatch):
    stand_in = Karrio()
    models = SimpleNamespace(
        **dict.fromkeys(
            ("TrackingRequest", "RateRequest", "ShipmentRequest", "ShipmentCancelRequest", "Address", "Parcel"),
            lambda **fields: fields,
        )
    )
    found = {"karrio.sdk": stand_in, "karrio.core.models": models, "karrio.lib": SimpleNamespace(to_dict=dict)}
    for name in ("karrio", "karrio.core"):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace())
    for name, module in found.items():
        monkeypatch.setitem(sys.modules, name, module)
    return stand_in


def said(code, text="No."):
    return SimpleNamespace(code=code, message=text)


def test_a_parcel_is_asked_for_with_its_carrier_and_told_with_its_number(karrio):
    karrio.answer = ([{**DETAILS, "tracking_number": None}], [])

    (answer,) = PROVIDER.track(ACCOUNT, [Tracked("EZ1000000001", "usps")])

    assert karrio.asked[0][1] == {
        "tracking_numbers": ["EZ1000000001"],
        "options": {"EZ1000000001": {"carrier": "usps"}},
    }
    assert [one.number for one in PROVIDER.parse(answer, ACCOUNT)] == ["EZ1000000001"] * 2


def test_a_label_is_bought_with_its_file_and_cost(karrio):
    karrio.answer = (MADE, [said("hint", "Weight was rounded")])
    bought = PROVIDER.label(ACCOUNT, PARCEL, service="Ground", key="wish-1")
    assert (bought.tracking_number, bought.label_id, bought.pdf) == ("EZ1", "shp_1", b"%PDF-1.4")
    assert (str(bought.cost_amount), bought.cost_currency) == ("5.25", "USD")
    assert karrio.asked[0][1]["reference"] == "wish-1"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((None, [said("ADDRESS.VERIFY.FAILURE")]), Refused),
        ((None, [said(INTERNAL)]), Uncertain),
        ((None, [said("ADDRESS.VERIFY.FAILURE"), said(INTERNAL)]), Uncertain),
        ((None, [said("503")]), Uncertain),
        ((None, [said(None)]), Uncertain),
        ((None, []), Uncertain),
        (ConnectionResetError("hunter2"), Uncertain),
    ],
)
def test_only_a_word_of_the_carrier_says_that_nothing_was_bought(karrio, answer, error):
    karrio.answer = answer
    for ask in (
        lambda: PROVIDER.label(ACCOUNT, PARCEL, service="Ground", key="wish-1"),
        lambda: PROVIDER.cancel(ACCOUNT, number="EZ1", label_id="shp_1", key="wish-2"),
    ):
        with pytest.raises(SendingError) as failed:
            ask()
        assert type(failed.value) is error
        assert "hunter2" not in str(failed.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (([], [said("NOT_FOUND")]), Refused),
        (([], [said(INTERNAL)]), TryLater),
        (TimeoutError(), TryLater),
    ],
)
def test_asking_for_a_parcel_may_be_tried_again(karrio, answer, error):
    karrio.answer = answer
    with pytest.raises(error):
        PROVIDER.track(ACCOUNT, [Tracked("EZ1000000001")])


def test_a_label_is_given_back_only_without_a_word_against_it(karrio):
    karrio.answer = (SimpleNamespace(success=True), [])
    PROVIDER.cancel(ACCOUNT, number="EZ1", label_id="shp_1", key="wish-2")
    for answer in ((SimpleNamespace(success=True), [said("NOT_FOUND")]), (SimpleNamespace(success=False), [])):
        karrio.answer = answer
        with pytest.raises(Refused):
            PROVIDER.cancel(ACCOUNT, number="EZ1", label_id="shp_1", key="wish-2")


def test_rates_are_told(karrio):
    karrio.answer = ([SimpleNamespace(service="Ground", carrier_name="usps", total_charge="5.25", currency="USD")], [])
    (rate,) = PROVIDER.rate(ACCOUNT, PARCEL, AT)
    assert (rate.service, str(rate.amount.amount), rate.amount.currency.code) == ("Ground", "5.25", "USD")
    karrio.answer = (None, [said("X", "No service there")])
    with pytest.raises(Refused, match="No service there"):
        PROVIDER.rate(ACCOUNT, PARCEL, AT)


def test_a_carrier_that_karrio_does_not_know_is_said(karrio):
    (check,) = PROVIDER.check(Account("k", ACCOUNT.credentials, {"carrier_name": "nonsense"}))
    assert "nonsense" in check.reason
    assert [check.reason for check in PROVIDER.check(ACCOUNT)] == [""]
