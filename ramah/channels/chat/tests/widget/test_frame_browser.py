"""The page in the frame in a real Chromium: accessible in each state, by keyboard alone, and everything from outside is text."""

import pytest
from playwright.sync_api import expect

from tests.support.waiting import until

pytestmark = pytest.mark.browser
EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


def say(page, text):
    page.fill("#text", text)
    page.press("#text", "Enter")


@pytest.fixture
def chat(open_frame, fake):
    """The frame after the first word."""

    def opened(text="Hello", **how):
        seen = open_frame(**how)
        say(seen.page, text)
        until(lambda: fake.stored == [text])
        expect(seen.page.locator("[data-line]")).to_have_count(1)
        return seen

    return opened


def in_every_state(seen, fake):
    page = seen.page
    yield "begun"
    say(page, "Does it shrink? https://shop.example/p/sanur")
    until(lambda: len(fake.stored) == 1)
    fake.say("No: it was washed once at the mill.")
    fake.say("Ben is with you now.", who="act")
    card = {
        "kind": "product",
        "title": "Sanur linen shirt",
        "price": "Rp 389.000",
        "url": "/p/sanur/",
        "image": "/static/ui/favicon.svg",
    }
    fake.say("", card=card)
    bill = {"name": "bill.pdf", "url": "/x", "type": "application/pdf", "size": 210_000, "picture": False}
    shirt = {"name": "shirt.svg", "url": "/static/ui/favicon.svg", "type": "", "size": 900, "picture": True}
    fake.say("Both:", files=[bill, shirt])
    fake.tell({"type": "read", "upto": 101})
    fake.tell({"type": "place", "place": 3, "wait_seconds": 240})
    fake.tell({"type": "typing", "name": "Ben"})
    fake.refusals = [{"why": "too_long", "text": "That is too long."}]
    say(page, "refused")
    expect(page.locator("[data-failed]")).to_be_visible()
    yield "under way"
    page.click("#more")
    page.get_by_role("button", name="Rate this chat").click()
    page.get_by_role("button", name="Send the rating").click()
    yield "rating"
    page.press("#rating input", "Escape")
    page.get_by_role("button", name="Leave an e-mail").click()
    page.fill("#email", "nobody")
    page.press("#email", "Enter")
    expect(page.locator("#details-fault")).not_to_be_empty()
    yield "details"
    page.press("#email", "Escape")
    page.set_input_files(
        "#files", [{"name": "a very long name of a file " * 4 + ".txt", "mimeType": "text/plain", "buffer": b"x"}]
    )
    page.click("#smile")
    yield "writing"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_state_is_accessible(open_frame, fake, width, theme):
    seen = open_frame(width=width, theme=theme)
    for _state in in_every_state(seen, fake):
        seen.page.wait_for_timeout(150)
        seen.must_be_accessible()
        seen.must_not_scroll_sideways()
    seen.must_be_quiet()


def test_targets_on_a_phone_are_large_enough(open_frame, fake):
    seen = open_frame()
    for state in in_every_state(seen, fake):
        small = seen.page.evaluate(
            "[...document.querySelectorAll('button, .file[href], textarea, .input, .rates label')]"
            ".filter((one) => one.checkVisibility()).map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])"
            ".filter(([, box]) => box.height < 43.9 || box.width < 43.9)"
        )
        assert small == [], state


def test_whatever_comes_from_outside_is_text(chat, fake):
    fake.state |= {"greeting": EVIL, "offline": EVIL, "agents": [EVIL], "quick_replies": [EVIL], "opens": EVIL}
    seen = chat(EVIL)
    page = seen.page
    file = {"name": EVIL, "url": "javascript:window.hacked=1", "type": EVIL, "size": EVIL, "picture": True}
    card = {
        "kind": EVIL,
        "title": EVIL,
        "text": EVIL,
        "price": EVIL,
        "url": "javascript:alert(1)",
        "image": "javascript:alert(1)",
    }
    fake.say(EVIL, name=EVIL, files=[file], card=card)
    fake.say(EVIL, who="act")
    fake.say("javascript:alert(1) data:text/html,x https://safe.example/?q=<b>&x=1", at=EVIL)
    fake.tell({"type": "typing", "name": EVIL})
    fake.tell({"type": "agent", "name": EVIL})
    fake.tell({"type": "state", "open": False, "greeting": EVIL, "offline": EVIL})
    fake.tell({"type": "place", "place": EVIL, "wait_seconds": EVIL})
    fake.tell({"type": "refused", "id": "", "why": EVIL, "text": EVIL})
    fake.tell({"type": "__proto__", "lines": EVIL})
    expect(page.locator("#who")).to_contain_text("<img")
    expect(page.locator("#log")).to_contain_text("safe.example")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script").count() == 0
    assert page.locator("#log a").evaluate_all("links => links.map((link) => link.href)") == [
        "https://safe.example/?q="
    ]
    assert page.locator("#log .msg[data-from=me] .text").inner_text() == EVIL
    seen.must_be_quiet()


def test_typing_seen_place_and_who_answers_are_told(chat, fake):
    page = chat().page
    fake.tell({"type": "place", "place": 2, "wait_seconds": 90})
    expect(page.locator("#place")).to_have_text("You are number 2 in line, about 2 min")
    fake.tell({"type": "agent", "name": "Ben"})
    expect(page.locator("#who")).to_have_text("Ben is with you")
    expect(page.locator("#place")).to_be_hidden()
    fake.tell({"type": "typing", "name": "Ben"})
    expect(page.locator("#typing")).to_have_text("Ben is typing")
    fake.say("Here I am.")
    expect(page.locator("#typing")).to_be_empty()
    fake.tell({"type": "read", "upto": 101})
    expect(page.locator("[data-line='101'] [data-state]")).to_have_text("Seen")
    until(lambda: fake.said("read") == [{"type": "read", "upto": 102}])
    page.type("#text", "I am writing")
    until(lambda: len(fake.said("typing")) == 1)


def test_a_message_that_was_removed_says_so(chat, fake):
    page = chat().page
    line = fake.say("Wrong number")
    fake.tell({"type": "lines", "lines": [{**line, "text": "Wrong number", "deleted": True}]})
    expect(page.locator("#log")).to_contain_text("This message was removed.")
    expect(page.locator("#log")).not_to_contain_text("Wrong number")


def test_closed_hours_are_told_with_the_time_of_opening(open_frame, fake):
    fake.state |= {"open": False, "opens": "Mon 08:00 WIB", "agents": [], "wait_seconds": None}
    page = open_frame().page
    expect(page.locator("#who")).to_have_text("Closed now. Open again Mon 08:00 WIB.")
    expect(page.locator("[data-greeting]")).to_contain_text("Write anyway")


def test_a_quick_reply_is_said_and_then_all_of_them_go(open_frame, fake):
    page = open_frame().page
    page.get_by_role("button", name="Where is my order?").click()
    until(lambda: fake.stored == ["Where is my order?"])
    expect(page.locator("#quick")).to_be_hidden()
    expect(page.locator("#text")).to_be_focused()


def test_answers_stand_under_the_newest_line_until_something_is_said(open_frame, fake):
    page = open_frame().page
    page.fill("#text", "Hello")
    page.keyboard.press("Enter")
    until(lambda: fake.stored == ["Hello"])
    fake.say("Which day?", answers=["Monday", "<b>Never"])
    expect(page.locator("#quick button")).to_have_text(["Monday", "<b>Never"])
    fake.say("Or may it be left with somebody?", answers=["Monday", "Never"])
    expect(page.locator("#quick button")).to_have_text(["Monday", "Never"])
    page.get_by_role("button", name="Never").click()
    until(lambda: fake.stored == ["Hello", "Never"])
    expect(page.locator("#quick")).to_be_hidden()


def test_emoji_by_keyboard(open_frame):
    page = open_frame(width=800).page
    page.fill("#text", "ab")
    page.evaluate("document.querySelector('#text').setSelectionRange(1, 1)")
    page.focus("#smile")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("a😁b")
    expect(page.locator("#text")).to_be_focused()
    page.focus("#smile")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#emoji")).to_be_hidden()
    expect(page.locator("#text")).to_be_focused()


def test_files_go_with_their_names_and_too_large_ones_are_named(chat, fake):
    page = chat().page
    fake.slow_upload = 0.5
    some = [{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"x" * 10} for n in range(7)]
    page.set_input_files("#files", some)
    expect(page.locator("#fault")).to_have_text("At most 5 files in one message.")
    page.get_by_role("button", name="Remove 4.txt").click()
    say(page, "Look")
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("[data-line] .file")).to_have_count(4)
    assert fake.stored == ["Hello", "Look"]
    assert [file["name"] for file in fake.lines[-1]["files"]] == ["0.txt", "1.txt", "2.txt", "3.txt"]
    page.set_input_files("#files", [{"name": "void.txt", "mimeType": "text/plain", "buffer": b""}])
    expect(page.locator("#fault")).to_have_text("void.txt is empty.")
    page.evaluate(
        "const dropped = new DataTransfer(); dropped.items.add(new File([new Uint8Array(11 * 1024 * 1024)], 'film.mp4'));"
        "document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: dropped, bubbles: true, cancelable: true}))"
    )
    expect(page.locator("#fault")).to_have_text("film.mp4 is larger than 10 MB.")
    page.evaluate(
        "const pasted = new DataTransfer(); pasted.items.add(new File(['x'], 'pasted.png', {type: 'image/png'}));"
        "const how = {clipboardData: pasted, bubbles: true, cancelable: true};"
        "document.querySelector('#text').dispatchEvent(new ClipboardEvent('paste', how))"
    )
    page.press("#text", "Enter")
    expect(page.locator("[data-line] .file")).to_have_count(5)
    assert fake.lines[-1]["text"] == ""


def test_details_are_saved_and_then_not_asked_for_again(chat, fake):
    page = chat().page
    page.get_by_role("button", name="Leave an e-mail").click()
    expect(page.locator("#name")).to_be_focused()
    page.fill("#email", "dana@mail.example")
    page.press("#email", "Enter")
    expect(page.locator("#strip")).to_have_text("Saved. An answer also comes to dana@mail.example.")
    assert fake.said("details") == [{"type": "details", "name": "", "email": "dana@mail.example"}]
    expect(page.locator("#note")).to_be_hidden()
    page.click("#more")
    page.get_by_role("button", name="Send me this chat by e-mail").click()
    expect(page.locator("#strip")).to_have_text("The transcript is on its way to your e-mail.")
    assert len(fake.said("transcript")) == 1


def test_an_anonymous_inbox_asks_for_no_address(open_frame, fake):
    fake.state["anonymous"] = True
    page = open_frame().page
    say(page, "Hello")
    until(lambda: fake.stored == ["Hello"])
    expect(page.locator("#note")).to_be_hidden()
    page.click("#more")
    assert page.locator("#menu button").evaluate_all(
        "all => all.filter((b) => b.checkVisibility()).map((b) => b.innerText)"
    ) == [
        "Rate this chat",
        "Forget this chat on this device",
    ]


def test_the_rating_is_asked_for_when_the_chat_is_over_and_only_once(chat, fake):
    page = chat().page
    fake.say("This chat was closed. Write again whenever you like.", who="act", act="status_resolved")
    expect(page.locator("#rating")).to_be_visible()
    expect(page.locator("#text")).to_be_focused()
    page.get_by_label("4 of 5 stars").check()
    page.fill("#why", "Quick")
    page.get_by_role("button", name="Send the rating").click()
    expect(page.locator("#strip")).to_have_text("Thank you for the rating.")
    assert fake.said("rating") == [{"type": "rating", "score": 4, "text": "Quick"}]
    page.reload()
    expect(page.locator("#log")).to_contain_text("closed")
    expect(page.locator("#rating")).to_be_hidden()


def test_a_chat_can_be_forgotten_on_the_device(chat, fake):
    page = chat().page
    page.click("#more")
    page.get_by_role("button", name="Forget this chat").click()
    expect(page.locator("[data-line]")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage)") == []
    say(page, "anew")
    until(lambda: fake.stored == ["Hello", "anew"])
    assert fake.said("hello")[-1]["token"] == ""


def test_a_reader_of_older_lines_is_not_pulled_away(chat, fake):
    page = chat(height=500).page
    for n in range(30):
        fake.say(f"line {n}")
    expect(page.locator("#log")).to_contain_text("line 29")
    page.evaluate("document.querySelector('#log').scrollTop = 0")
    page.wait_for_timeout(100)
    fake.say("something new")
    expect(page.get_by_role("button", name="New messages")).to_be_visible()
    assert page.evaluate("document.querySelector('#log').scrollTop") == 0
    page.get_by_role("button", name="New messages").click()
    expect(page.locator("#newer")).to_be_hidden()


def test_four_thousand_characters_and_not_one_more(open_frame, fake):
    page = open_frame().page
    page.fill("#text", "ж" * 4001)
    page.press("#text", "Enter")
    expect(page.locator("#fault")).to_contain_text("at most 4000 characters")
    assert fake.stored == []
    page.fill("#text", "😀" * 4000)
    page.press("#text", "Enter")
    until(lambda: fake.stored == ["😀" * 4000])
