"""Shoppers in a real Chromium, at a shop that really runs: from the first look to the parcel's day, and back by mail."""

import email
import re
from email import policy

import pytest

from tests.support.running import open_shop
from tests.support.waiting import until

pytestmark = pytest.mark.browser
PATIENCE = 20_000
ADD = "main form .grow[data-kind=primary]"
INDONESIAN = {
    "name": "Dewi Prasetyo",
    "phone": "0812 3456 7890",
    "region": "Jawa Barat",
    "city": "Depok",
    "district": "Beji",
    "line1": "Jl. Margonda Raya 214",
    "postal_code": "16424",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with open_shop(tmp_path_factory.mktemp("shop"), RAMAH_DEMO_PAYMENTS="1") as shop:
        shop.slug = shop.ask("seed_goods")
        until(shop.is_idle, seconds=120)
        yield shop


@pytest.fixture
def visit(shop, open_page):
    def visited(path="/", **how):
        seen = open_page(shop.url + path, **how)
        seen.page.set_default_timeout(PATIENCE)
        return seen

    return visited


def mails_to(shop, address):
    """The mails that went to this address, oldest first."""
    files = sorted((shop.home / "outbox").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    mails = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [mail for mail in mails if address in str(mail["To"])]


def mail_about(shop, address, words):
    """The mail to this address with these words in its subject, once it has gone out."""
    until(lambda: [m for m in mails_to(shop, address) if words in str(m["Subject"])], seconds=40)
    return next(m for m in mails_to(shop, address) if words in str(m["Subject"]))


def fill(page, address, **fields):
    """Fill the checkout of a guest; what the country does not ask for is left out."""
    page.locator("[name=email]").fill(address)
    for name, value in fields.items():
        box = page.locator(f"#checkout [name={name}]:not([type=hidden])")
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)


def link_in(mail, path):
    """The address in the mail's text that leads to `path`, without its host."""
    text = mail.get_body(("plain",)).get_content()
    return re.search(rf"https?://[^/\s]+({path}\S*)", text).group(1)


def test_a_guest_on_a_phone_finds_chooses_buys_and_is_answered(shop, visit):
    seen = visit("/", width=390, language="id")
    page = seen.page
    page.locator("#q").fill("kemja linen")  # with a slip of the finger
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    seen.must_be_accessible()
    page.goto(f"{shop.url}/products/{shop.slug}/")
    page.locator(".opts label", has_text=re.compile(r"^\s*L\s*$")).click()
    page.locator(ADD).click()
    page.locator("header .count").wait_for()
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()

    page.goto(f"{shop.url}/cart/")
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    page.goto(f"{shop.url}/checkout/")
    fill(page, "dewi@mail.example", **{**INDONESIAN, "postal_code": "1642"})
    page.locator("#checkout-sums button[data-kind=primary]").first.click()
    page.locator("[aria-invalid=true]").first.wait_for()
    assert page.locator("#checkout [name=city]").input_value() == "Depok"  # nothing is lost on an error
    seen.must_be_accessible()
    seen.complaints.clear()  # the browser notes each answer that is a refusal
    page.locator("#checkout [name=postal_code]").fill("16424")
    page.locator("#checkout [name=postal_code]").press("Tab")
    page.locator("#checkout-delivery input[type=radio]").first.wait_for()
    page.locator("label.pick:has([value=bank_transfer])").click()
    page.locator("#checkout-sums button[data-kind=primary]").first.click()
    page.wait_for_url("**/checkout/done/**")
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()

    order = shop.ask("orders")[0]
    assert order["number"] in page.content()
    assert (order["email"], order["language"], order["lines"][0][1]) == ("dewi@mail.example", "id", 1)
    mail = mail_about(shop, "dewi@mail.example", order["number"])
    assert mail.get_body(("html",)) is not None
    seen.must_be_quiet()

    # The link of the mail opens the order in a browser that knows nothing.
    other = visit(link_in(mail, "/orders/open/"), width=390, language="id")
    assert order["number"] in other.page.content()
    assert "/open/" not in other.page.url
    other.must_be_accessible()
    other.must_not_scroll_sideways()

    # A reply lands beside the order.
    shop.write(
        "dewi", "Bisa dibungkus kado?", From="Dewi <dewi@mail.example>", To=str(mail["Reply-To"] or mail["From"]),
        Subject=f"Re: {mail['Subject']}", In_Reply_To=str(mail["Message-ID"]),
    )  # fmt: skip
    until(lambda: len(shop.ask("thread_about", order["number"])) >= 2, seconds=40)
    thread = shop.ask("thread_about", order["number"])
    assert thread[0][0] == "system"
    assert any(author == "customer" and "kado" in text for author, text, _key in thread)
    assert len({key for _author, _text, key in thread}) == 1


def test_the_whole_way_by_keyboard_alone(shop, visit):
    seen = visit(f"/products/{shop.slug}/", width=1280, language="en")
    page = seen.page

    def tab_to(selector, limit=80):
        for _ in range(limit):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} was not reached by Tab")

    tab_to(".opts input[type=radio]")
    page.keyboard.press("ArrowRight")
    tab_to(ADD)
    page.keyboard.press("Enter")
    page.locator("header .count").wait_for()
    page.goto(f"{shop.url}/checkout/")
    tab_to("[name=name]")
    told = {"email": "kay@mail.example", **INDONESIAN}
    for _ in range(60):
        name = page.evaluate("document.activeElement.name || ''")
        if name in told:
            if page.evaluate("document.activeElement.tagName") == "SELECT":
                page.locator(f"#checkout [name={name}]").select_option(told.pop(name))
            else:
                page.keyboard.press("Control+a")
                page.keyboard.type(told.pop(name))
        if not told:
            break
        page.keyboard.press("Tab")
        page.wait_for_timeout(80)
    assert told == {}
    page.keyboard.press("Tab")
    page.locator("#checkout-delivery input[type=radio]").first.wait_for()
    page.wait_for_timeout(500)
    tab_to("#checkout-sums button[data-kind=primary]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/done/**")

    assert shop.ask("orders")[0]["email"] == "kay@mail.example"
    seen.must_be_quiet()


def test_it_works_without_javascript_up_to_payment(shop, visit):
    page = visit(f"/products/{shop.slug}/", script=False, width=390).page
    page.locator(ADD).click()
    page.wait_for_url("**/cart/**")
    page.goto(f"{shop.url}/checkout/")
    fill(page, "noscript@mail.example", **INDONESIAN)
    page.locator("button", has_text="Update delivery").first.click()
    page.wait_for_load_state()
    page.locator("#checkout-delivery input[type=radio]").first.check()
    page.locator("input[name=payment][value=card]").check()
    page.locator("#checkout-sums button[data-kind=primary]").last.click()
    page.wait_for_load_state()

    order = shop.ask("orders")[0]
    assert order["email"] == "noscript@mail.example"
    assert "/payments/" in page.url or "/checkout/done/" in page.url


def test_a_ukrainian_customer_signs_in_by_code_and_finds_the_order(shop, visit):
    seen = visit(f"/products/{shop.slug}/", width=390, language="uk", theme="dark")
    page = seen.page
    assert "₴" in page.content()
    seen.must_be_accessible()
    page.locator(ADD).click()
    page.locator("header .count").wait_for()
    page.goto(f"{shop.url}/checkout/")
    page.locator("#checkout-delivery label").first.click()
    page.wait_for_timeout(800)
    fields = {
        "name": "Оксана Коваленко", "phone": "067 123 45 67", "region": "Київ", "city": "Київ", "branch": "12",
    }  # fmt: skip
    asked = {
        name: value
        for name, value in fields.items()
        if page.locator(f"#checkout [name={name}]:not([type=hidden])").count()
    }
    fill(page, "oksana@mail.example", **asked)
    page.locator("#checkout-sums dt", has_text="Доставка").wait_for()  # the sum with delivery has come
    seen.must_be_accessible()
    page.locator("#checkout-sums button[data-kind=primary]").first.click()
    page.wait_for_url("**/checkout/done/**")
    order = shop.ask("orders")[0]
    assert (order["email"], order["currency"], order["language"]) == ("oksana@mail.example", "UAH", "uk")

    page.goto(f"{shop.url}/account/sign-in/")
    page.locator("main [name=email]").fill("oksana@mail.example")
    page.keyboard.press("Enter")
    page.locator("main [name=code]").wait_for()
    seen.must_be_accessible()
    code = next(
        match.group(1)
        for mail in reversed(mails_to(shop, "oksana@mail.example"))
        if (match := re.search(r"\b(\d{6})\b", mail.get_body(("plain",)).get_content()))
        and order["number"] not in str(mail["Subject"])
    )
    page.locator("main [name=code]").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/")
    page.goto(f"{shop.url}/account/orders/")
    assert order["number"] in page.content()
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
