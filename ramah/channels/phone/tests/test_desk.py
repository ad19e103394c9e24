"""The phone at the desk: typed calls, notes, proof, the list, the panel."""

import pytest

from ramah.accounts.testing import client_of, make_agent, make_team
from ramah.channels.phone.models import Call, PhoneSettings
from ramah.channels.phone.testing import make_call
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers.models import ContactPoint
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry
from ramah.promises.testing import make_promise

pytestmark = pytest.mark.django_db
TYPED = {"number": "0812 3456 7890", "direction": "in", "outcome": "solved", "note": "Wanted to know the size."}


@pytest.fixture
def ben():
    return make_agent(name="Ben", teams=[make_team("Care")])


def conversation_of(ben, **fields):
    return make_conversation(make_inbox(teams=ben.teams.all()), **fields)


def test_a_typed_call_is_a_conversation_without_any_provider(ben, settings):
    settings.SHOP_TIME_ZONE = "Asia/Jakarta"

    answered = client_of(ben).post("/desk/calls/new/", {**TYPED, "name": "Dana"})

    call = Call.objects.get()
    assert answered["Location"] == f"/desk/c/{call.conversation.public_id}/"
    assert (call.state, call.customer_number, call.agent) == ("ended", "+6281234567890", ben)
    assert (call.conversation.status, call.conversation.customer.name) == ("resolved", "Dana")
    assert ContactPoint.objects.get().proof == "claimed"
    assert Message.objects.get(kind="note").text == TYPED["note"]
    assert Message.objects.filter(activity="call_logged").get().detail["call"] == call.public_id
    assert AuditEntry.objects.filter(action="call.log").count() == 1


def test_what_is_still_to_be_done_stays_open(ben):
    client_of(ben).post("/desk/calls/new/", {**TYPED, "number": "+6281234567890", "outcome": "follow_up"})

    assert Conversation.objects.get().status == "open"


def test_a_call_can_be_added_to_a_conversation_without_a_number(ben):
    row = conversation_of(ben)

    client_of(ben).post(f"/desk/calls/new/?c={row.public_id}", {**TYPED, "number": "", "outcome": "not_reached"})

    call = Call.objects.get()
    assert (call.conversation, call.state, Conversation.objects.count()) == (row, "missed", 1)


@pytest.mark.parametrize("number", ["", "nonsense", "12", "<script>"])
def test_a_number_that_is_none_is_refused(ben, number):
    answered = client_of(ben).post("/desk/calls/new/", {**TYPED, "number": number})

    assert answered.status_code == 422
    assert (Call.objects.count(), Conversation.objects.count()) == (0, 0)


def test_another_team_may_not_write_into_a_conversation(ben):
    row = make_conversation(make_inbox(teams=[make_team("Returns")]))

    assert client_of(ben).post(f"/desk/calls/new/?c={row.public_id}", TYPED).status_code == 404
    assert client_of(ben).post("/desk/calls/out/", {"c": row.public_id}).status_code == 404
    assert Call.objects.count() == 0


def test_notes_and_outcome_are_kept_once(ben):
    call = make_call(conversation_of(ben), at=clock.now())
    for _ in range(2):
        client_of(ben).post(f"/desk/calls/{call.public_id}/note/", {"outcome": "follow_up", "notes": "Send it again"})

    call.refresh_from_db()
    assert (call.outcome, call.notes) == ("follow_up", "Send it again")
    assert Message.objects.filter(kind="note").count() == 1
    assert AuditEntry.objects.filter(action="call.note").count() == 1


@pytest.mark.parametrize(
    ("ticked", "order", "level"),
    [
        (["order", "postal_code"], "RM-7", "order_verified"),
        (["order", "postal_code"], "", "claimed"),
        (["name"], "", "claimed"),
    ],
)
def test_what_the_caller_answered_stands_in_the_conversation(ben, ticked, order, level):
    call = make_call(conversation_of(ben), at=clock.now())
    point = ContactPoint.objects.get()

    client_of(ben).post(f"/desk/calls/{call.public_id}/proof/", {"answered": ticked, "order": order})

    line = Message.objects.get(activity="call_proof")
    assert (line.detail["level"], line.detail.get("order")) == (level, "RM-7" if level == "order_verified" else None)
    point.refresh_from_db()
    assert point.proof == "claimed"  # a call proves nothing for later


def test_the_list_is_filtered_and_pages_by_keyset(ben):
    row = conversation_of(ben)
    calls = [make_call(row, at=clock.now()) for _ in range(26)]
    make_call(row, at=clock.now(), state="voicemail", transcript="Please call me")
    owed = make_promise(row.customer, subject=f"conversation:{row.pk}", kind="callback", at=clock.now())
    Call.objects.filter(pk=calls[0].pk).update(promise=owed)
    hidden = make_call(make_conversation(text="", subject="x"), at=clock.now(), customer_number="+6289999999999")
    browser = client_of(ben)

    first = browser.get("/desk/calls/")

    assert len(first.context["rows"]) == 25
    assert len(browser.get(first.context["more"]).context["rows"]) == 2
    assert [one.call.state for one in browser.get("/desk/calls/?which=voicemail").context["rows"]] == ["voicemail"]
    assert [one.call for one in browser.get("/desk/calls/?which=callbacks").context["rows"]] == [calls[0]]
    assert browser.get("/desk/calls/?cursor=forged").status_code == 400
    assert hidden.customer_number not in first.content.decode()


def test_a_contractor_sees_no_number():
    team = make_team("Care")
    chris = make_agent(name="Chris", role="contractor", teams=[team])
    row = make_conversation(make_inbox(teams=[team]))
    make_call(row, at=clock.now())

    page = client_of(chris).get("/desk/calls/").content.decode()
    panel = client_of(chris).get(f"/desk/panels/{row.customer.public_id}/calls/").content.decode()

    assert "+6281234567890" not in page + panel
    assert "•••90" in page


def test_the_panel_shows_the_call_its_questions_and_how_to_call(ben):
    row = conversation_of(ben)
    make_call(row, at=clock.now(), state="in_progress", ended_at=None, answered_at=clock.now(), agent=ben)

    page = client_of(ben).get(f"/desk/panels/{row.customer.public_id}/calls/").content.decode()

    assert "What is the postal code it goes to?" in page
    assert f"/desk/calls/new/?c={row.public_id}" in page


def test_calling_without_a_provider_says_what_is_missing(ben):
    call = make_call(conversation_of(ben), at=clock.now())

    answered = client_of(ben).post(f"/desk/calls/{call.public_id}/back/", headers={"HX-Request": "true"})

    assert answered.status_code == 200
    assert "phone provider" in answered.headers["HX-Trigger"]
    assert Inbox.objects.filter(channel="phone").count() == 0


SETTINGS = {
    "menu_1_language": "id",
    "menu_1_skill": "orders",
    "menu_1_says": "Untuk pesanan, tekan 1.",
    "menu_2_language": "en",
    "when_closed": "voicemail",
    "offer_seconds": "20",
    "wait_seconds": "300",
    "greetings_id": "Selamat datang.",
}


def test_what_callers_hear_and_who_is_rung_is_set_in_the_desk(ben):
    inbox, lia = make_inbox("hotline", channel="phone"), make_agent(name="Lia", role="lead")
    url = f"/desk/settings/phone/{inbox.public_id}/"

    answered = client_of(lia).post(url, {**SETTINGS, f"endpoint_{ben.public_id}": "+62 811-0000-001"})

    assert answered.status_code == 302
    chosen = PhoneSettings.objects.get(inbox=inbox)
    assert [(line["key"], line["language"], line["skill"]) for line in chosen.menu] == [
        ("1", "id", "orders"),
        ("2", "en", ""),
    ]
    assert (chosen.greetings, chosen.endpoints) == ({"id": "Selamat datang."}, {ben.public_id: "+628110000001"})
    assert AuditEntry.objects.filter(action="phone.set_up").count() == 1
    assert "hooks/phone/hotline/incoming" in client_of(lia).get(url).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"menu_3_skill": "orders"},
        {"menu_1_language": "xx"},
        {"menu_1_team": "nobody"},
        {"menu_1_skill": "x" * 41},
        {"menu_1_says": "x" * 501},
        {"offer_seconds": "1"},
        {"endpoint": "javascript:x"},
    ],
)
def test_what_makes_no_sense_is_not_saved(ben, wrong):
    inbox, lia = make_inbox("hotline", channel="phone"), make_agent(name="Lia", role="lead")
    fields = {f"endpoint_{ben.public_id}" if name == "endpoint" else name: value for name, value in wrong.items()}

    assert client_of(lia).post(f"/desk/settings/phone/{inbox.public_id}/", {**SETTINGS, **fields}).status_code == 422
    assert PhoneSettings.objects.count() == 0


def test_a_key_sends_the_caller_to_a_team_of_the_inbox(ben):
    care, returns, lia = ben.teams.get(), make_team("Returns"), make_agent(name="Lia", role="lead")
    inbox = make_inbox("hotline", channel="phone", teams=[care])
    url = f"/desk/settings/phone/{inbox.public_id}/"
    assert client_of(lia).post(url, {**SETTINGS, "menu_1_team": returns.public_id}).status_code == 422

    assert client_of(lia).post(url, {**SETTINGS, "menu_1_team": care.public_id}).status_code == 302

    assert PhoneSettings.objects.get(inbox=inbox).menu[0] == {
        "key": "1", "language": "id", "skill": "orders", "team": care.public_id, "says": "Untuk pesanan, tekan 1.",
    }  # fmt: skip
    page = client_of(lia).get(url).content.decode()
    assert f'<option value="{care.public_id}" selected>Care</option>' in page
    assert client_of(lia).post(url, {**SETTINGS, "menu_1_language": ""}).status_code == 422
    cleared = {**SETTINGS, **dict.fromkeys((name for name in SETTINGS if name.startswith("menu_")), "")}
    assert client_of(lia).post(url, cleared).status_code == 302
    assert PhoneSettings.objects.get(inbox=inbox).menu == []


def test_the_settings_lead_to_the_phone_for_those_who_may(ben):
    lia = client_of(make_agent(name="Lia", role="lead"))
    way = "/desk/settings/phone/"

    assert f'href="{way}"' in lia.get("/desk/settings/").content.decode()
    assert f'href="{way}"' not in client_of(ben).get("/desk/settings/").content.decode()
    assert client_of(ben).get(way).status_code == 403
    assert lia.get(way)["Location"] == "/desk/settings/inboxes/new/phone/"
    hotline = make_inbox("hotline", channel="phone", name="Hotline")
    settings = f"{way}{hotline.public_id}/"
    assert lia.get(way)["Location"] == settings
    assert f'href="{settings}"' in lia.get(f"/desk/settings/inboxes/{hotline.public_id}/").content.decode()
    assert client_of(ben).get(settings).status_code == 403
    night = make_inbox("night", channel="phone", name="Night", address="+622130002000")
    page = lia.get(way).content.decode()
    assert all(f'href="{way}{one.public_id}/"' in page for one in (hotline, night))
