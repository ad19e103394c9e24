"""Agents at work in a real Chromium, at a shop that really runs: mail by SMTP, pages changed by nudges, answers that go out."""

import shutil
from types import SimpleNamespace

import pytest

from tests.support.browsing import Browser
from tests.support.running import open_shop
from tests.support.shop import PASSWORD
from tests.support.waiting import until

pytestmark = pytest.mark.browser
PATIENCE = 15_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="module")
def logged_in(shop):
    """The cookies of somebody who has logged in once."""
    known = {}

    def cookies_of(name):
        if name not in known:
            known[name] = Browser(shop.url).log_in(f"{name}@shop.example")
        return SimpleNamespace(cookies={c.name: SimpleNamespace(value=c.value) for c in known[name].jar})

    return cookies_of


@pytest.fixture
def open_desk(open_page, shop, logged_in):
    """`open_desk("ben", "unassigned")` is his browser at that list; with `subject` at that conversation."""

    def opened(name, view="open", *, subject="", **how):
        seen = open_page(f"{shop.url}/desk/{view}/", client=logged_in(name), **how)
        seen.page.set_default_timeout(PATIENCE)
        if subject:
            seen.page.locator("a.conv", has_text=subject).click()
            seen.page.wait_for_selector("#reply-text")
        return seen

    return opened


def mail_from(shop, subject, text="Where is it?", **headers):
    """A customer's mail, read and acknowledged."""
    message_id = shop.write(subject, text, **headers)
    until(shop.is_idle)
    return message_id


def says(page, text):
    """Wait for a line of the thread, and make sure that it stands there once."""
    line = page.locator("#lines .msg", has_text=text)
    line.first.wait_for()
    assert line.count() == 1
    return line


def test_from_the_log_in_to_the_sent_answer_by_keyboard(shop, open_page):
    mail_from(shop, "keyboard", "My parcel is late.")
    seen = open_page(f"{shop.url}/desk/unassigned/")
    page = seen.page
    page.set_default_timeout(PATIENCE)
    page.get_by_label("E-mail").fill("ben@shop.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/unassigned/")
    seen.must_be_accessible()

    for _ in range(30):  # past those that other tests have left waiting
        page.keyboard.press("j")
        if "keyboard" in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#lines >> text=My parcel is late.")
    page.keyboard.press("r")
    page.keyboard.type("It comes tomorrow.")
    page.keyboard.press("Control+Enter")

    line = says(page, "It comes tomorrow.")
    line.locator("[data-delivery=sent]").wait_for()  # told by a nudge
    assert page.input_value("#reply-text") == ""
    mails = [mail.read_text() for mail in (shop.home / "outbox").glob("*.eml")]
    assert sum("It comes tomorrow." in mail for mail in mails) == 1
    seen.must_be_accessible()
    seen.must_be_quiet()


def test_a_colleague_sees_it_without_reloading(shop, open_desk):
    first = mail_from(shop, "live", "Is it green?")
    ben, ada = open_desk("ben", subject="live").page, open_desk("ada", subject="live").page
    ada.evaluate("window.notReloaded = true")

    ben.fill("#reply-text", "It is blue.")
    ben.click("button:has-text('Send by e-mail')")
    says(ada, "It is blue.")
    shop.write("live", "Blue is fine.", Subject="Re: live", In_Reply_To=first, From="live@mail.example")
    says(ada, "Blue is fine.")
    says(ben, "Blue is fine.")
    shop.write("quite-new")
    ada.locator("a.conv", has_text="quite-new").wait_for()

    assert ada.evaluate("window.notReloaded")


def test_what_the_customer_said_meanwhile_is_shown_before_anything_is_sent(shop, open_desk):
    first = mail_from(shop, "meanwhile", "It has not come.")
    seen = open_desk("ben", subject="meanwhile")
    page = seen.page
    page.route("**/lines/**", lambda route: route.abort())  # nothing new reaches this page by itself
    page.fill("#reply-text", "Sorry, it is lost.")
    mail_from(shop, "meanwhile", "Never mind, it came!", Subject="Re: meanwhile", In_Reply_To=first)

    page.click("button:has-text('Send by e-mail')")

    page.wait_for_selector("#lines [data-fresh]:has-text('Never mind, it came!')")
    assert page.input_value("#reply-text") == "Sorry, it is lost."
    assert page.locator("#lines .msg", has_text="Sorry, it is lost.").count() == 0
    page.fill("#reply-text", "Good to hear.")
    page.click("button:has-text('Send by e-mail')")
    says(page, "Good to hear.")


def test_a_colleague_named_in_a_note_finds_it(shop, open_desk):
    mail_from(shop, "mention")
    page = open_desk("ben", subject="mention").page
    page.keyboard.press("n")
    page.locator("#reply-text").press_sequentially("Do you know, @A")
    page.wait_for_selector("#mentions:popover-open >> text=Ada")
    page.keyboard.press("Enter")
    page.keyboard.type("about this?")
    page.keyboard.press("Control+Enter")
    says(page, "Do you know, @Ada about this?")

    ada = open_desk("ada", "mentions", subject="mention").page

    says(ada, "Do you know, @Ada about this?")
    assert not any("Do you know" in mail.read_text() for mail in (shop.home / "outbox").glob("*.eml"))


def test_resolved_undone_and_snoozed_until_the_customer_writes(shop, open_desk):
    first = mail_from(shop, "later")
    page = open_desk("ben", subject="later").page
    page.keyboard.press("e")
    page.click(".toast button:has-text('Undo')")
    page.wait_for_selector("#head button:has-text('Resolve')")

    page.keyboard.press("s")
    page.click("#snooze:popover-open button:has-text('Tomorrow')")
    page.wait_for_selector("#head >> text=Snoozed")
    shop.write("later", "It is urgent.", Subject="Re: later", In_Reply_To=first)

    says(page, "It is urgent.")
    page.reload()
    assert page.locator("#head", has_text="Snoozed").count() == 0


def test_an_item_in_quarantine_is_read_again(shop, open_desk):
    folder = shop.home / "files" / "attachments"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("no folder")
    shop.write("storage", file=b"%PDF-1.4 bill")
    until(lambda: (shop.ask("let_time_pass"), shop.ask("troubles"))[1] == [["quarantined", "NotADirectoryError", 5]])
    folder.unlink()
    seen = open_desk("ada", "settings/quarantine")
    page = seen.page
    page.click("main a:has-text('NotADirectoryError')")
    seen.must_be_accessible()

    page.click("button:has-text('Try again')")

    page.wait_for_selector("text=Accepted")
    says(open_desk("ada", subject="storage").page, "bill.pdf")
    seen.must_be_quiet()


def test_a_contractor_never_meets_an_address(shop, open_desk):
    mail_from(shop, "secret", "Call me.")
    seen = open_desk("chris", subject="secret")
    page = seen.page
    page.wait_for_load_state("networkidle")

    assert "secret@mail.example" not in page.content()
    assert page.goto(f"{shop.url}/desk/settings/quarantine/").status in (403, 404)
    assert page.goto(f"{shop.url}/desk/settings/outbox/").status in (403, 404)


@pytest.mark.parametrize(("width", "theme", "language"), [(390, "light", "en"), (390, "dark", "uk")])
def test_an_answer_from_the_phone(shop, open_desk, width, theme, language):
    subject = f"phone-{theme}"
    mail_from(shop, subject, "Добрий день! Де моя посилка?")
    seen = open_desk("ben", subject=subject, width=width, theme=theme, language=language)
    page = seen.page
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()

    page.fill("#reply-text", "Вона вже в дорозі.")
    page.click("#reply .for-reply button[name=then]:visible")

    says(page, "Вона вже в дорозі.")
    assert page.locator("html").get_attribute("lang") == language
    seen.must_be_quiet()
