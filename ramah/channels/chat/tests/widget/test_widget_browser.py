"""The chat on pages of others, in a real Chromium: it opens at once, and neither it nor the page can hurt the other."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
STRICT = "default-src 'none'; script-src {0}; frame-src {0}; style-src 'self'; require-trusted-types-for 'script'"
HOSTILE_CSS = """
body, body *, div, iframe, button, aside, :not(html):not(head):not(link) {
  display: none !important; visibility: hidden !important; opacity: 0 !important;
  position: static !important; transform: scale(0) !important; pointer-events: none !important;
  width: 0 !important; height: 0 !important; z-index: -1 !important; font-size: 99px !important; color: red !important }
"""


@pytest.fixture
def visit(open_page, fake, foreign_site):
    """A page elsewhere with the chat, once its button is there."""

    def visited(*, waits=True, script="", width=1280, height=800, theme="light", site=None, **how):
        site = site or foreign_site(**how)
        seen = open_page("about:blank", width=width, height=height, theme=theme)
        seen.page.set_default_timeout(8000)
        seen.page.add_init_script(script)
        seen.page.goto(site.origin + "/p/1/?secret=1#part")
        seen.site = site
        if waits:
            soon(seen, lambda: is_launcher_there(seen))
        return seen

    return visited


def soon(seen, happened):
    """As `until`, while the browser goes on telling what happens in it."""
    for _ in range(300):
        if happened():
            return
        seen.page.wait_for_timeout(50)
    pytest.fail("did not happen in time")


def tree(seen):
    """What a screen reader is told, closed shadows and all: role and name."""
    session = seen.page.context.new_cdp_session(seen.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored")]


def is_launcher_there(seen):
    return any(role == "button" and "Toko Lestari" in name for role, name in tree(seen))


def at_corner(seen):
    """What lies where the launcher should be; a closed shadow is seen as its host."""
    return seen.page.evaluate(
        "(() => { const found = document.elementFromPoint(innerWidth - 48, innerHeight - 48);"
        " const isHost = found?.parentElement === document.documentElement && found !== document.body;"
        " return isHost ? 'host' : found?.tagName ?? '' })()"
    )


def click_launcher(seen):
    size = seen.page.viewport_size
    seen.page.mouse.click(size["width"] - 48, size["height"] - 48)


def frame_of(seen, fake):
    return next(frame for frame in seen.page.frames if frame.url.startswith(fake.frame_url))


def say(frame, text):
    frame.fill("#text", text)
    frame.press("#text", "Enter")


def test_one_line_under_a_strict_policy_and_nothing_is_complained_about(visit, fake):
    seen = visit(policy=STRICT.format(fake.url))
    click_launcher(seen)
    frame = frame_of(seen, fake)
    expect(frame.locator("#text")).to_be_focused()
    say(frame, "Hello")
    soon(seen, lambda: fake.stored == ["Hello"])
    fake.say("Hi.")
    expect(frame.locator("#log")).to_contain_text("Hi.")
    seen.must_be_quiet()
    hosts = {url for method, url in requested(seen, fake)}
    assert hosts <= {fake.url, seen.site.origin}


def requested(seen, fake):
    urls = [seen.page.url, *(frame.url for frame in seen.page.frames)]
    for frame in seen.page.frames:
        urls += frame.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    return [("GET", re.match(r"\w+://[^/]+", url.replace("ws:", "http:"))[0]) for url in urls]


def test_the_keyboard_opens_and_closes_it_and_the_focus_goes_in_and_back(visit, fake):
    seen = visit()
    page = seen.page
    page.focus("button")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    frame = frame_of(seen, fake)
    expect(frame.locator("#text")).to_be_focused()
    expect(frame.locator("#close")).to_be_visible()
    page.keyboard.press("Escape")
    soon(seen, lambda: ("button", "Open the chat with Toko Lestari") in tree(seen))
    assert page.evaluate("document.activeElement.parentElement === document.documentElement")
    page.keyboard.press("Enter")
    expect(frame.locator("#text")).to_be_focused()
    frame.click("#close")
    soon(seen, lambda: is_launcher_there(seen))


def test_it_opens_within_a_tenth_of_a_second(visit, fake):
    seen = visit()
    frame = frame_of(seen, fake)
    took = []
    for _ in range(5):
        frame.evaluate(
            "() => { window.shown = new Promise((done) => document.addEventListener('focusin', () => requestAnimationFrame(() =>"
            " done(performance.timeOrigin + performance.now())), {once: true})) }"
        )
        begun = seen.page.evaluate(
            "(() => { const at = performance.timeOrigin + performance.now(); ramahChat.open(); return at })()"
        )
        took.append(frame.evaluate("window.shown") - begun)
        seen.page.evaluate("ramahChat.close()")
    assert sorted(took)[1] < 100, took


@pytest.mark.parametrize("width", [1280, 390])
def test_no_style_of_the_page_reaches_it(visit, fake, width):
    seen = visit(css=HOSTILE_CSS, width=width)
    assert at_corner(seen) == "host"
    click_launcher(seen)
    frame = frame_of(seen, fake)
    expect(frame.locator("#close")).to_be_visible()
    box = frame.frame_element().bounding_box()
    assert (box["width"], box["height"]) == ((374, 670) if width > 480 else (390, 800))


def test_the_page_learns_nothing_and_loses_nothing(visit, fake):
    seen = visit()
    page = seen.page
    before = page.title()
    click_launcher(seen)
    frame = frame_of(seen, fake)
    say(frame, "Hello")
    soon(seen, lambda: fake.stored == ["Hello"])
    assert page.title() == before
    assert page.evaluate("document.documentElement.lastElementChild.shadowRoot") is None
    assert page.evaluate("Object.keys(localStorage).length + document.cookie.length") == 0
    assert page.evaluate("document.body.querySelectorAll('iframe').length") == 0


def test_the_shop_learns_the_page_without_what_may_be_secret_in_its_address(visit, fake):
    seen = visit(title="Roti <b>manis</b>")
    click_launcher(seen)
    say(frame_of(seen, fake), "Hello")
    soon(seen, lambda: fake.stored == ["Hello"])
    assert fake.said("hello")[0]["page"] == {"url": f"{seen.site.origin}/p/1/", "title": "Roti <b>manis</b>"}
    seen.page.evaluate("history.pushState({}, '', '/p/2/?token=x')")
    soon(
        seen,
        lambda: (
            fake.said("page") == [{"type": "page", "url": f"{seen.site.origin}/p/2/", "title": "Roti <b>manis</b>"}]
        ),
    )


def test_new_messages_are_counted_on_the_button_and_seen_by_opening(visit, fake):
    seen = visit(name="127.0.0.1")
    click_launcher(seen)
    frame = frame_of(seen, fake)
    say(frame, "Hello")
    soon(seen, lambda: fake.stored == ["Hello"])
    frame.press("#text", "Escape")
    soon(seen, lambda: is_launcher_there(seen))
    fake.say("One")
    fake.say("Two")
    soon(seen, lambda: ("button", "Open the chat with Toko Lestari. New messages: 2") in tree(seen))
    assert fake.said("read") == []
    seen.page.reload()
    soon(seen, lambda: ("button", "Open the chat with Toko Lestari. New messages: 2") in tree(seen))
    click_launcher(seen)
    soon(seen, lambda: fake.said("read") == [{"type": "read", "upto": 103}])
    frame_of(seen, fake).press("#text", "Escape")
    soon(seen, lambda: ("button", "Open the chat with Toko Lestari") in tree(seen))


def test_an_open_chat_goes_along_to_the_next_page(visit, fake):
    seen = visit(name="127.0.0.1")
    click_launcher(seen)
    say(frame_of(seen, fake), "Hello")
    soon(seen, lambda: fake.stored == ["Hello"])
    seen.page.goto(seen.site.origin + "/other/")
    soon(seen, lambda: any(frame.url.startswith(fake.frame_url) for frame in seen.page.frames))
    frame = frame_of(seen, fake)
    expect(frame.locator("[data-line]")).to_have_text(re.compile("Hello"))
    expect(frame.locator("#close")).to_be_visible()
    assert seen.page.evaluate("document.activeElement === document.body")  # it does not take the focus


def test_messages_from_others_in_the_page_are_ignored(visit, fake):
    listens = "addEventListener('message', (event) => { window.caught = event.source; })"
    seen = visit(body='<iframe src="/ad.html" name="ad"></iframe>', script=listens)
    frame = frame_of(seen, fake)
    # A frame in a closed shadow is not among `frames`: others do not find it. The page itself could, by what it was sent;
    # but there is one line, and it is taken.
    assert seen.page.evaluate("frames.length") == 1
    forged = "{ ramah: 'chat', type: 'gone', theme: 'dark', identity: 'forged', page: {url: 'x', title: 'x'} }"
    seen.page.evaluate(
        f"() => {{ const line = new MessageChannel(); caught.postMessage({forged}, '*', [line.port2]); }}"
    )
    seen.page.frame("ad").evaluate(f"parent.postMessage({forged}, '*')")
    seen.page.frame("ad").evaluate(f"() => parent.caught.postMessage({forged}, '*', [new MessageChannel().port2])")
    seen.page.evaluate(f"postMessage({forged}, '*')")
    seen.page.wait_for_timeout(300)
    assert frame.evaluate("document.documentElement.dataset.theme") is None
    assert is_launcher_there(seen)
    click_launcher(seen)
    say(frame, "Hello")
    soon(seen, lambda: fake.stored == ["Hello"])
    assert fake.said("hello")[0]["identity"] == ""


def test_a_site_that_the_shop_does_not_name_shows_nothing(visit, fake):
    seen = visit(allowed=False, waits=False)
    seen.page.wait_for_timeout(1500)
    assert at_corner(seen) != "host"
    assert not is_launcher_there(seen)
    seen.page.evaluate("ramahChat.open()")
    assert at_corner(seen) != "host"


def test_an_inbox_that_is_gone_shows_nothing_and_breaks_nothing(visit, fake):
    fake.is_down = True
    seen = visit(waits=False)
    seen.page.wait_for_timeout(1000)
    assert not is_launcher_there(seen)


def test_language_theme_and_identity_are_as_the_page_says(visit, fake):
    seen = visit(language="id", attributes='data-theme="dark" data-identity="signed" data-language="uk"')
    frame = frame_of(seen, fake)
    assert frame.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == ["uk", "dark"]
    click_launcher(seen)
    soon(seen, lambda: [hello["identity"] for hello in fake.said("hello")] == ["signed"])
    seen.page.evaluate("ramahChat.set({theme: 'light', identity: 'other'})")
    soon(seen, lambda: [hello["identity"] for hello in fake.said("hello")] == ["signed", "other"])
    assert frame.evaluate("document.documentElement.dataset.theme") == "light"
    seen.page.evaluate("ramahChat.set({language: 'en'})")
    soon(seen, lambda: "language=en" in frame_of(seen, fake).url)
    expect(frame_of(seen, fake).locator("#close")).to_be_visible()


def test_the_language_of_the_page_is_that_of_the_chat(visit, fake):
    seen = visit(language="id")
    assert frame_of(seen, fake).evaluate("document.documentElement.lang") == "id"


def test_the_line_twice_is_one_chat(visit, fake, foreign_site):
    site = foreign_site()
    site.page = site.page.replace(site.tag, site.tag * 2)
    seen = visit(site=site)
    seen.page.wait_for_timeout(300)
    assert len(seen.page.frames) == 2


def test_without_script_nothing_is_shown(open_page, fake, foreign_site):
    seen = open_page(foreign_site().origin, script=False)
    seen.page.wait_for_timeout(300)
    assert len(seen.page.frames) == 1
    assert ("GET", "/chat/frame/shop/") not in fake.requests


def test_all_of_it_is_below_30_kb_compressed(fake):
    page = fake._page("uk")
    files = re.findall(r'(?:src|href)="/static/([^"]+\.(?:js|css))"', page)
    assert len(files) == 6
    parts = [
        page.encode(),
        *(Path(str(finders.find(name))).read_bytes() for name in [*files, "channels/chat/widget.js"]),
    ]
    assert sum(len(gzip.compress(part)) for part in parts) < 30_000


def rules(css):
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return dict(re.findall(r"^([^\s@{}][^{}\n]*?) \{ ([^{}]*) \}$", css, re.MULTILINE))


def test_the_components_in_the_frame_are_those_of_the_house():
    house = rules(Path(str(finders.find("ui/components.css"))).read_text())
    of_frame = Path(str(finders.find("channels/chat/frame.css"))).read_text()
    taken, _mark, own = of_frame.partition("/* What only the chat has */")
    assert own
    assert len(rules(taken)) > 50
    assert [name for name, rule in rules(taken).items() if house.get(name) != rule] == []
