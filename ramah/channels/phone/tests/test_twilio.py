"""What Twilio posts and is told: signatures, forged and replayed requests, TwiML, its API and its errors."""

import time
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.test import Client

from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.phone import turns as t
from ramah.channels.phone.models import Call, CallLeg
from ramah.channels.phone.providers import Ring
from ramah.channels.phone.tests.conftest import BEN, DANA, NUMBER, TOKEN, ended, errors
from ramah.channels.phone.twilio import api
from ramah.channels.phone.twilio.signature import signature_of
from ramah.channels.phone.twilio.twiml import written
from ramah.channels.simulators.server import Fault, Reply
from ramah.kernel.providers.contract import Refused, TryLater, Uncertain

FIELDS = {"CallSid": "CA123", "From": DANA, "To": NUMBER, "CallStatus": "ringing"}


def post(fields, *, path="incoming", signed=None, token=TOKEN, url="", host="127.0.0.1"):
    address = url or f"{settings.BASE_URL}/hooks/phone/hotline/{path}"
    given = signed if signed is not None else signature_of(address, list(fields.items()), token)
    return Client(enforce_csrf_checks=True).post(
        f"/hooks/phone/hotline/{path}",
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": given, "Host": host},
    )


def test_the_documented_signature():
    # https://www.twilio.com/docs/usage/security#validating-requests
    fields = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212",
    }  # fmt: skip

    given = signature_of("https://mycompany.com/myapp.php?foo=1&bar=2", list(fields.items()), "12345")

    assert given == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    "wrong",
    [
        {"signed": ""},
        {"signed": "bm9wZQ=="},
        {"signed": "й"},
        {"token": "another token"},
        {"url": "https://evil.example/hooks/phone/hotline/incoming"},
        {"url": f"{settings.BASE_URL}/hooks/phone/hotline/incoming?l=id"},
    ],
)
def test_a_forged_request_learns_nothing_and_leaves_nothing(phone, wrong):
    answered = post(FIELDS, **wrong)

    assert (answered.status_code, answered.content) == (403, b"The signature is wrong.")
    assert (IntakeItem.objects.count(), Call.objects.count()) == (0, 0)


def test_without_a_token_nobody_is_believed(phone):
    ChannelAccount.objects.update(credentials={})

    assert post(FIELDS, token="").status_code == 403


@pytest.mark.parametrize("path", ["incoming", "status", "recording", "agent-key"])
def test_what_is_about_no_call_is_refused(phone, path):
    assert post({"From": DANA}, path=path).status_code == 422
    assert IntakeItem.objects.count() == 0


def test_behind_a_proxy_the_public_address_counts(phone):
    assert post(FIELDS).status_code == 200


def test_a_signed_step_of_another_call_moves_nothing(phone):
    assert post(FIELDS, path="agent-key?g=01HZZZZZZZZZZZZZZZZZZZZZZZ").status_code == 200
    phone.read()

    assert (Call.objects.count(), ended("ignored")) == (0, ["about a call that is not known"])


def test_an_unknown_step_is_kept_as_ignored(phone):
    assert post(FIELDS, path="something-new").status_code == 200
    phone.read()

    assert ended("ignored") == ["step 'something-new' is not read"]


def test_the_first_answer_comes_at_once_and_writes_no_call(phone):
    post(FIELDS)
    begun = time.perf_counter()
    answered = post({**FIELDS, "CallSid": "CA124"})
    took = time.perf_counter() - begun

    assert answered["Content-Type"] == "text/xml; charset=utf-8"
    assert ET.fromstring(answered.content)[1].tag == "Enqueue"
    assert Call.objects.count() == 0
    assert IntakeItem.objects.filter(state="waiting").count() == 2
    assert took < 1  # the aim is 0.2 s; shared machines stutter


def test_hostile_words_stay_words():
    answer = written(t.Turn((t.Say("</Say><Dial>+1900</Dial>\x00\ud800&", "id"),), t.HangUp()), lambda step: step.name)

    root = ET.fromstring(answer.body)
    assert [verb.tag for verb in root] == ["Say", "Hangup"]
    assert root[0].text == "</Say><Dial>+1900</Dial>&"


def ring_of(**fields):
    told = {"to": BEN, "caller_id": NUMBER, "answered_url": "http://x/a", "status_url": "http://x/s", "seconds": 20}
    return Ring(**{**told, **fields})


@pytest.mark.parametrize(
    ("status", "error"), [(400, Refused), (401, Refused), (429, TryLater), (500, Uncertain), (503, Uncertain)]
)
def test_errors_of_the_api_say_whether_it_may_ring_already(phone, status, error):
    phone.provider.faults.append(Fault(reply=Reply.of({"message": "no", "code": 1}, status, Retry_After="7")))

    with pytest.raises(error) as raised:
        api.ring(phone.account, ring_of())

    assert raised.value.of_account is (status in (401, 429))
    if status == 429:
        assert raised.value.pause == timedelta(seconds=7)


def test_a_connection_that_breaks_after_asking_rings_nobody_twice(phone):
    phone.present(phone.ben)
    phone.provider.call_in(DANA)
    phone.read()
    phone.provider.faults.append(Fault(cut="after", path="/Calls.json"))
    phone.work()

    assert len([leg for leg in phone.provider.legs.values() if leg.called == BEN]) == 1
    assert CallLeg.objects.filter(agent=phone.ben).first().error != ""
    assert errors() == []


def test_an_account_is_tried_out(phone):
    assert [check.reason for check in api.try_out(phone.account)] == ["", ""]

    phone.account.credentials = {"auth_token": "wrong"}
    assert all("401" in check.reason for check in api.try_out(phone.account))


def test_hanging_up_what_is_over_is_no_error(phone):
    api.hang_up(phone.account, "CAgone")


def test_a_recording_is_fetched_from_the_account_alone_and_forgotten_there(phone):
    sid = phone.provider.next_sid("RE")
    phone.provider.recordings[sid] = b"ID3 sound"

    assert api.fetch_recording(phone.account, sid).content == b"ID3 sound"
    with pytest.raises(TryLater):
        api.fetch_recording(phone.account, "../../../evil")
    api.forget_recording(phone.account, sid)
    api.forget_recording(phone.account, sid)
    assert phone.provider.recordings == {}


def test_the_news_of_another_inbox_is_its_own(phone):
    assert post(FIELDS, path="incoming").status_code == 200
    assert (
        Client().post("/hooks/phone/nowhere/incoming", urlencode(FIELDS), content_type="text/plain").status_code == 404
    )
    assert Client().get("/hooks/phone/hotline/incoming").status_code == 404
