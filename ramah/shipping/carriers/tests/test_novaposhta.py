"""Nova Poshta: what its entries tell, and how it is asked."""

import json
from datetime import UTC, datetime

import pytest

from ramah.kernel.providers.contract import Refused, TryLater, Unreadable
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.contract import Account, Tracked, provider_of
from ramah.shipping.carriers.novaposhta.statuses import STATUSES, parse
from ramah.shipping.carriers.simulators.server import Asked, Fault, Reply, Simulator
from ramah.shipping.carriers.tests import NOT_THEIRS, assert_sane, everywhere

ENTRY = {
    "Number": "20450207118009",
    "StatusCode": "7",
    "Status": "Прибув на відділення",
    "TrackingUpdateDate": "2022-03-08 15:16:53",
    "DateCreated": "26-02-2022 11:08:03",
    "DateScan": "15:16 08.03.2022",
    "ActualDeliveryDate": "2022-03-08 14:29:04",
    "RecipientDateTime": "08.03.2022 15:16:47",
    "CitySender": "Київ",
    "CityRecipient": "Львів",
    "RecipientFullName": "Марія Шевченко",
    "PhoneRecipient": "380501234567",
    "SeatsAmount": 1,
}


class NovaPoshta(Simulator):
    """Knows every number that begins with 20."""

    def answer(self, asked: Asked) -> Reply:
        fields = asked.json()
        assert (fields["modelName"], fields["calledMethod"]) == ("TrackingDocument", "getStatusDocuments")
        numbers = [one["DocumentNumber"] for one in fields["methodProperties"]["Documents"]]
        data = [{**ENTRY, "Number": one, "StatusCode": "7" if one.startswith("20") else "3"} for one in numbers]
        return Reply.of({"success": True, "data": data, "errors": [], "warnings": []})


@pytest.fixture
def server():
    with NovaPoshta() as running:
        running.account = Account("np", {"api_key": "hunter2"}, {"api_url": f"{running.url}/v2.0/json/"})
        yield running


def told_of(**fields):
    return parse(json.dumps({**ENTRY, **fields}).encode())


@pytest.mark.parametrize(
    ("code", "state", "reason", "place", "at"),
    [
        ("1", "pre_transit", "", "Київ", datetime(2022, 2, 26, 9, 8, 3, tzinfo=UTC)),
        ("41", "in_transit", "", "Київ", datetime(2022, 3, 8, 13, 16, 53, tzinfo=UTC)),
        ("7", "available_for_pickup", "", "Львів", datetime(2022, 3, 8, 13, 16, 53, tzinfo=UTC)),
        ("9", "delivered", "", "Львів", datetime(2022, 3, 8, 12, 29, 4, tzinfo=UTC)),
        (103, "returned", "refused", "Львів", datetime(2022, 3, 8, 13, 16, 53, tzinfo=UTC)),
        ("111", "delivery_attempted", "away", "Львів", datetime(2022, 3, 8, 13, 16, 53, tzinfo=UTC)),
        ("777", "in_transit", "unmapped", "Львів", datetime(2022, 3, 8, 13, 16, 53, tzinfo=UTC)),
    ],
)
def test_an_entry_is_one_status_on_the_clock_of_kyiv(code, state, reason, place, at):
    (told,) = told_of(StatusCode=code)
    assert (told.state, told.reason, told.place, told.occurred_at) == (state, reason, place, at)
    assert (told.number, told.code, told.country, told.message) == (
        "20450207118009",
        str(code),
        "UA",
        "Прибув на відділення",
    )


def test_nothing_of_the_addressee_is_kept():
    (told,) = told_of()
    assert "Шевченко" not in str(told.raw)
    assert "380501234567" not in str(told.raw)


@pytest.mark.parametrize(
    ("updated", "at"),
    [
        ("08.07.2022 15:16:47", datetime(2022, 7, 8, 12, 16, 47, tzinfo=UTC)),
        ("15:16 08.03.2022", datetime(2022, 3, 8, 13, 16, tzinfo=UTC)),
        ("", datetime(2022, 3, 8, 13, 16, 47, tzinfo=UTC)),
    ],
)
def test_each_form_of_a_time_is_read(updated, at):
    (told,) = told_of(TrackingUpdateDate=updated)
    assert told.occurred_at == at


def test_what_has_no_time_is_told_without_one():
    names = ("TrackingUpdateDate", "DateScan", "ActualDeliveryDate", "RecipientDateTime")
    (told,) = told_of(**dict.fromkeys(names, "0001-01-01"))
    assert (told.occurred_at, told.told_at) == (None, "0001-01-01")


def test_a_number_that_is_not_known_tells_nothing():
    assert told_of(StatusCode="3") == []


@pytest.mark.parametrize("body", NOT_THEIRS)
def test_what_is_no_entry_is_not_read(body):
    with pytest.raises(Unreadable):
        parse(body)


def test_whatever_stands_in_an_entry_is_survived():
    for _path, body in everywhere(ENTRY):
        try:
            assert_sane(parse(body))
        except Unreadable:
            continue


def test_every_status_is_in_our_words():
    for state, reason in STATUSES.values():
        assert state in facts.STATES
        assert reason in {"", *facts.REASONS}


def test_many_are_asked_for_at_once(server):
    provider = provider_of("novaposhta")
    answers = provider.track(server.account, [Tracked("20450207118009"), Tracked("59000798551278")])

    assert len(server.asked) == 1
    assert server.asked[0].json()["apiKey"] == "hunter2"
    assert [len(provider.parse(answer, server.account)) for answer in answers] == [1, 0]
    assert [check.reason for check in provider.check(server.account)] == [""]
    assert provider.read_hook is None


@pytest.mark.parametrize(
    ("errors", "error"),
    [(["API key expired"], TryLater), ([], TryLater), (["Document number is not correct"], Refused), ("x", TryLater)],
)
def test_an_error_comes_with_status_200(server, errors, error):
    server.faults.append(Fault(reply=Reply.of({"success": False, "data": [], "errors": errors})))
    with pytest.raises(error) as failed:
        provider_of("novaposhta").track(server.account, [Tracked("20450207118009")])
    assert "hunter2" not in str(failed.value)
