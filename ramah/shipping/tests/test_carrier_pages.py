"""Settings of carriers and accounts: set up by leads, secrets go in and never come out, health is told as it is."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from ramah.accounts.testing import actor_of_agent, client_of, make_agent
from ramah.commerce.testing import AT, make_delivery
from ramah.kernel import clock
from ramah.kernel.actors import NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.providers.contract import Check, Setting
from ramah.shipping.carriers.contract import providers
from ramah.shipping.carriers.tests.fake import make_pigeons
from ramah.shipping.commands import carriers as commands
from ramah.shipping.models import Carrier, CarrierAccount, CarrierService
from ramah.shipping.queries.carriers import account_for, accounts_for, carrier_for, carriers_for
from ramah.shipping.testing import make_carrier, make_carrier_account
from ramah.shipping.trying import try_account

pytestmark = pytest.mark.django_db
LIST = "/desk/settings/carriers/"
SECRETS = ("hunter2 secret", "other secret")
CARRIER = {
    "name": "JNE",
    "key": "jne",
    "time_zone": "Asia/Jakarta",
    "tracking_url": "https://jne.example/{number}",
    "claim_after_days": "10",
    "claim_within_days": "60",
    "is_active": "on",
}
ACCOUNT = {"name": "Loft", "key": "loft", "carrier": "", "place": "roof", "token": SECRETS[0], "is_test": "on"}


def services(*rows):
    """What the page posts of services: `rows` and the empty one."""
    told = {"services-TOTAL_FORMS": str(len(rows) + 1), "services-INITIAL_FORMS": "0"}
    for place, row in enumerate(rows):
        told |= {f"services-{place}-{name}": value for name, value in row.items()}
    return told


@pytest.fixture
def loft(monkeypatch):
    """A provider with settings; `answer` is what its check does."""
    loft = make_pigeons(
        monkeypatch,
        settings=(
            Setting("place", "Place", "Where the loft is."),
            Setting("token", "Token", is_secret=True),
            Setting("is_test", "Test birds", is_required=False),
        ),
        steps=("Whistle.",),
        is_aggregator=True,
        check=lambda account: loft.answer(account),
        read_hook=lambda posted, account, at: [posted.body],
    )
    loft.answer = lambda account: [
        Check("Loft"),
        Check("Token", "" if account.credentials.get("token") else "Missing."),
    ]
    return loft


@pytest.fixture
def ada():
    return make_agent(role="owner", name="Ada")


@pytest.fixture
def browser(ada):
    return client_of(ada)


@pytest.fixture
def account(loft, browser):
    answer = browser.post(f"{LIST}accounts/new/pigeon/", ACCOUNT)
    assert answer.status_code == 302, answer.content.decode()
    return CarrierAccount.objects.get()


def page_of(account, part=""):
    return f"{LIST}accounts/{account.public_id}/{part}"


def text(answer):
    return answer.content.decode()


def test_a_carrier_is_set_up_with_its_services(browser):
    option = make_delivery("JNE Reguler")
    reg = {"key": "reg", "name": "Reguler", "delivery_option": option.pk}
    yes = {"key": "yes", "name": "", "min_days": "1", "max_days": "2"}

    answer = browser.post(f"{LIST}new/", {**CARRIER, **services(reg, yes)})

    assert answer.status_code == 302, text(answer)
    row = Carrier.objects.get()
    assert (row.key, row.name, row.time_zone, row.claim_after_days, row.is_active) == (
        "jne",
        "JNE",
        "Asia/Jakarta",
        10,
        True,
    )
    found = CarrierService.objects.order_by("id").values_list("key", "name", "delivery_option", "min_days", "max_days")
    assert list(found) == [("reg", "Reguler", option.pk, None, None), ("yes", "yes", None, 1, 2)]
    assert AuditEntry.objects.get(action="carrier.save").detail["services"] == 2
    page = text(browser.get(f"{LIST}{row.public_id}/"))
    assert 'value="reg"' in page
    assert "JNE Reguler" in page


def test_services_are_changed_taken_away_and_swap_their_options(browser):
    row = make_carrier("jne", at=AT)
    options = [make_delivery("One"), make_delivery("Two")]
    for key, option in zip(("reg", "yes"), options, strict=True):
        CarrierService.objects.create(carrier=row, key=key, name=key, delivery_option=option)

    swapped = [
        {"key": "reg", "name": "R", "delivery_option": options[1].pk},
        {"key": "yes", "delivery_option": options[0].pk},
    ]
    assert browser.post(f"{LIST}{row.public_id}/", {**CARRIER, **services(*swapped)}).status_code == 302
    assert list(row.services.order_by("key").values_list("key", "delivery_option")) == [
        ("reg", options[1].pk),
        ("yes", options[0].pk),
    ]
    browser.post(f"{LIST}{row.public_id}/", {**CARRIER, **services({"key": "", "name": ""}, swapped[1])})
    assert list(row.services.values_list("key", flat=True)) == ["yes"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"key": ""},
        {"key": "with blank"},
        {"key": "пошта"},
        {"key": "taken"},
        {"time_zone": "Mars/Base"},
        {"tracking_url": "javascript:alert({number})"},
        {"tracking_url": "https://jne.example/"},
        {"claim_after_days": "0"},
        {"claim_within_days": "many"},
        services({"key": "a"}, {"key": "a"}),
        services({"key": "", "name": "nameless"}),
        services({"key": "a", "min_days": "3", "max_days": "1"}),
        services({"key": "a", "delivery_option": "999"}),
        {"services-TOTAL_FORMS": "x"},
        {"services-TOTAL_FORMS": "2000"},
    ],
)
def test_what_is_missing_taken_or_impossible_is_refused(browser, wrong):
    make_carrier("taken", at=AT)
    answer = browser.post(f"{LIST}new/", {**CARRIER, **services(), **wrong})
    assert answer.status_code == 422
    assert Carrier.objects.count() == 1
    assert not CarrierService.objects.exists()


def test_an_option_of_another_carrier_is_not_taken(browser):
    option = make_delivery("One")
    other = make_carrier("other", at=AT)
    CarrierService.objects.create(carrier=other, key="a", name="A", delivery_option=option)
    answer = browser.post(f"{LIST}new/", {**CARRIER, **services({"key": "b", "delivery_option": option.pk})})
    assert answer.status_code == 422
    assert other.services.get().delivery_option_id == option.pk


def test_an_account_is_set_up_by_the_fields_of_its_provider(account):
    assert (account.key, account.provider, account.carrier, account.state) == ("loft", "pigeon", None, "new")
    assert account.settings == {"place": "roof", "is_test": "yes"}
    assert account.secret("token") == SECRETS[0]
    entry = AuditEntry.objects.get(action="carrier_account.save")
    assert set(entry.detail["changed"]) == {"name", "key", "place", "token", "is_test"}
    assert SECRETS[0] not in str(entry.detail)


def test_a_secret_is_never_shown_again_kept_when_left_empty_and_replaceable(account, browser):
    page = browser.get(page_of(account))
    assert SECRETS[0] not in text(page)
    assert "One is set. Leave this empty to keep it." in text(page)

    browser.post(page_of(account), {**ACCOUNT, "token": "", "is_test": ""})
    account.refresh_from_db()
    assert (account.secret("token"), account.settings["is_test"]) == (SECRETS[0], "")
    browser.post(page_of(account), {**ACCOUNT, "token": SECRETS[1]})
    account.refresh_from_db()
    assert account.secret("token") == SECRETS[1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM shipping_carrieraccount")
        assert SECRETS[1] not in str(cursor.fetchone()[0])


def test_what_was_typed_wrongly_does_not_echo_a_secret(loft, browser):
    answer = browser.post(f"{LIST}accounts/new/pigeon/", {**ACCOUNT, "key": ""})
    assert answer.status_code == 422
    assert SECRETS[0] not in text(answer)
    assert not CarrierAccount.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"key": "a b"}, {"key": "TAKEN"}, {"carrier": "99"}, {"token": ""}, {"place": ""}]
)
def test_an_account_that_cannot_be_is_refused(loft, browser, wrong):
    make_carrier_account("taken", at=AT)
    assert browser.post(f"{LIST}accounts/new/pigeon/", {**ACCOUNT, **wrong}).status_code == 422
    assert CarrierAccount.objects.count() == 1


def test_saving_what_stands_forgets_no_error_and_saving_anew_does(account, browser):
    for _time in range(5):
        commands.note_failure(account, reason="Nobody there", at=clock.now())
    browser.post(page_of(account), {**ACCOUNT, "token": ""})
    account.refresh_from_db()
    assert (account.state, account.last_error) == ("failing", "Nobody there")
    browser.post(page_of(account), {**ACCOUNT, "token": "", "place": "tower"})
    account.refresh_from_db()
    assert (account.state, account.last_error, account.attempts) == ("new", "", 0)


@pytest.mark.parametrize("provider", [one.key for one in providers()])
def test_every_provider_has_a_page_with_steps_and_its_address(browser, settings, provider):
    new = text(browser.get(f"{LIST}accounts/new/{provider}/"))
    account = make_carrier_account("shop", provider=provider, at=AT)
    saved = text(browser.get(page_of(account)))

    steps = next(one.steps for one in providers() if one.key == provider)
    assert len(steps) >= 3
    for number in range(1, len(steps) + 1):
        assert f"<li>{number}. " in new
        assert f"<li>{number}. " in saved
    takes_posts = next(one.read_hook for one in providers() if one.key == provider) is not None
    assert (f'value="{settings.BASE_URL}/hooks/carriers/shop"' in saved) is takes_posts
    assert "/hooks/carriers/" not in new


def test_testing_says_what_works_beside_the_form(account, browser, loft):
    page = text(browser.post(page_of(account, "test/")))
    assert page.count("Works") == 2
    account.refresh_from_db()
    assert account.state == "ok"

    loft.answer = lambda account: [Check("Loft", "No bird came back.")]
    page = text(browser.post(page_of(account, "test/")))
    assert "No bird came back." in page
    account.refresh_from_db()
    assert (account.state, account.last_error) == ("failing", "Loft: No bird came back.")
    assert "No bird came back." in text(browser.get(LIST))


def test_a_check_that_breaks_leaves_the_page_whole_and_tells_no_secret(account, browser, loft, caplog):
    def broken(account):
        raise ValueError(account.credentials["token"])

    loft.answer = broken
    page = text(browser.post(page_of(account, "test/")))
    assert "ValueError" in page
    assert SECRETS[0] not in page


def test_a_provider_that_is_silent_is_not_waited_for(account, loft, ada):
    let_go = threading.Event()
    loft.answer = lambda account: let_go.wait(20) and []
    actor = actor_of_agent(ada)
    (check,) = try_account(actor=actor, provider=loft.provider, account=account, at=clock.now(), seconds=0.05)
    let_go.set()
    assert "did not answer in time" in check.reason


def test_pausing_and_going_on_are_audited(account, browser):
    assert browser.post(page_of(account, "pause/"), {"paused": "1"}).status_code == 302
    account.refresh_from_db()
    assert account.is_paused
    assert "Paused" in text(browser.get(LIST))
    browser.post(page_of(account, "pause/"), {"paused": "0"})
    account.refresh_from_db()
    assert not account.is_paused
    assert AuditEntry.objects.filter(action__in=("carrier_account.pause", "carrier_account.resume")).count() == 2


def test_only_those_who_may_set_carriers_up_get_in(account):
    carrier = make_carrier("jne", at=AT)
    ben = make_agent(name="Ben")
    client, actor = client_of(ben), actor_of_agent(ben)
    for path in ("", "new/", f"{carrier.public_id}/", "accounts/new/", "accounts/new/pigeon/"):
        assert client.get(f"{LIST}{path}").status_code == 403
    for part, told in (("", ACCOUNT), ("pause/", {"paused": "1"}), ("test/", {})):
        assert client.post(page_of(account, part), told).status_code == 403
    assert client.post(f"{LIST}new/", {**CARRIER, "key": "new", **services()}).status_code == 403
    with pytest.raises(PermissionDenied):
        commands.save_carrier(actor=actor, carrier=None, told={}, services=[], at=AT)
    account.refresh_from_db()
    assert (account.is_paused, Carrier.objects.count()) == (False, 1)
    assert (accounts_for(actor), carriers_for(actor)) == ([], [])
    for door, row in ((account_for, account), (carrier_for, carrier)):
        with pytest.raises(NotVisible):
            door(actor, public_id=row.public_id)


def test_pages_that_are_not_there(account, browser):
    for path in ("nonsense/", "accounts/nonsense/", "accounts/new/nonsense/"):
        assert browser.get(f"{LIST}{path}").status_code == 404
    assert browser.get(page_of(account, "pause/")).status_code == 405
    assert browser.get(page_of(account, "test/")).status_code == 405


def test_an_account_whose_provider_is_gone_is_still_listed(browser):
    account = make_carrier_account("old", provider="gone", at=AT)
    assert "gone" in text(browser.get(LIST))
    assert browser.get(page_of(account)).status_code == 404


def test_the_list_says_how_each_does_and_costs_the_same(account, browser, django_assert_max_num_queries):
    def add(number):
        carrier = make_carrier(f"c{number}", at=AT)
        CarrierService.objects.create(carrier=carrier, key="a", name="A", delivery_option=make_delivery())
        make_carrier_account(f"a{number}", carrier=carrier, at=AT)

    add(0)
    CarrierAccount.objects.update(silent_since=clock.now() - timedelta(days=1), state="ok")
    browser.get(LIST)
    with django_assert_max_num_queries(12) as few:
        assert "Silent" in text(browser.get(LIST))
    for number in range(1, 10):
        add(number)
    with django_assert_max_num_queries(len(few)):
        browser.get(LIST)


def test_the_link_stands_in_the_settings(browser):
    assert f'href="{LIST}"' in text(browser.get("/desk/settings/quarantine/"))
