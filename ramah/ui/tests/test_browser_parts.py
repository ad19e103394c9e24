"""The page of all parts in a real browser: axe, contrast, no sideways scroll, the content security policy, behavior."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def parts_url(live_server, settings):
    settings.SHOW_PARTS = True
    return f"{live_server.url}/ui/parts/"


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_parts_are_accessible_at_every_width_and_theme(open_page, parts_url, width, theme):
    seen = open_page(parts_url, width=width, theme=theme)

    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.must_be_quiet()


@pytest.mark.parametrize("layout", ["desk", "settings"])
@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_layouts_of_the_desk_are_accessible(open_page, parts_url, layout, width, theme):
    seen = open_page(f"{parts_url}{layout}/", width=width, theme=theme)

    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.must_be_quiet()


@pytest.mark.parametrize("script", [True, False])
def test_a_phone_shows_one_pane_at_a_time(open_page, parts_url, script):
    seen = open_page(f"{parts_url}desk/", width=390, script=script)
    assert seen.page.locator("[data-kind=thread]").is_visible()
    assert not seen.page.locator("[data-kind=list]").is_visible()

    seen.page.click(".dock [data-pane-link=list]")

    assert seen.page.locator("[data-kind=list]").is_visible()
    assert not seen.page.locator("[data-kind=thread]").is_visible()


@pytest.mark.parametrize("language", ["id", "uk"])
def test_error_page_in_other_languages(open_page, live_server, language):
    seen = open_page(f"{live_server.url}/nothing-here/", width=390, language=language)

    assert seen.page.get_attribute("html", "lang") == language
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()


def test_theme_is_chosen_without_script_and_kept(open_page, parts_url):
    seen = open_page(parts_url, script=False)
    assert seen.page.get_attribute("html", "data-theme") is None

    seen.page.click("[popovertarget=theme-menu]")
    seen.page.click("#theme-menu [value=dark]")

    assert seen.page.url == parts_url
    assert seen.page.get_attribute("html", "data-theme") == "dark"


def test_theme_is_shown_at_once_and_kept_with_script(open_page, parts_url):
    seen = open_page(parts_url)

    seen.page.click("[popovertarget=theme-menu]")
    with seen.page.expect_response("**/ui/theme/"):
        seen.page.click("#theme-menu [value=dark]")

    assert seen.page.get_attribute("html", "data-theme") == "dark"
    seen.page.reload()
    assert seen.page.get_attribute("html", "data-theme") == "dark"


def test_language_is_chosen_without_script(open_page, parts_url):
    seen = open_page(parts_url, script=False)

    seen.page.click("[popovertarget=language-menu]")
    seen.page.click("#language-menu [value=uk]")

    assert seen.page.get_attribute("html", "lang") == "uk"


def test_time_zone_of_the_viewer_is_told_to_the_server(open_page, parts_url):
    seen = open_page(parts_url)

    assert {"ramah_tz": "Asia/Jakarta"}.items() <= {c["name"]: c["value"] for c in seen.page.context.cookies()}.items()
    seen.page.reload()
    assert "WIB" in seen.page.locator("time").first.get_attribute("title")


def test_icons_are_drawn(open_page, parts_url):
    seen = open_page(parts_url)

    box = seen.page.locator("button[aria-label='More actions'] svg use").evaluate("use => use.getBBox().width")
    assert box > 0


def test_mail_stands_in_a_frame_as_high_as_it_is_and_reaches_nobody(open_page, parts_url):
    asked = []
    seen = open_page("about:blank")
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.page.goto(parts_url)
    seen.page.frame_locator("iframe.mail").locator("text=Paket saya belum sampai").wait_for()

    seen.page.wait_for_function("document.querySelector('iframe.mail').style.blockSize !== ''")
    assert not [url for url in asked if "elsewhere.example" in url]
    seen.must_be_quiet()


def test_question_before_what_cannot_be_undone(open_page, parts_url):
    seen = open_page(parts_url)

    seen.page.click("text=Cancel order")

    assert seen.page.locator("#confirm h2").text_content() == "Cancel order TL-40817?"
    assert seen.page.locator("#confirm button[value=yes]").text_content() == "Cancel order"
    seen.must_be_accessible()
    seen.page.click("#confirm button[value='']")
    assert not seen.page.locator("#confirm").is_visible()


def test_keys_walk_the_list_and_are_listed(open_page, parts_url):
    seen = open_page(parts_url)

    seen.page.keyboard.press("j")
    assert "Тарас" in seen.page.evaluate("document.activeElement.textContent")
    seen.page.keyboard.press("k")
    assert "Dewi" in seen.page.evaluate("document.activeElement.textContent")
    seen.page.keyboard.press("?")

    assert seen.page.locator("#keys").is_visible()
    seen.must_be_accessible()


def test_single_keys_can_be_turned_off(open_page, parts_url):
    seen = open_page(parts_url)

    seen.page.keyboard.press("?")
    seen.page.check("#keys-off")
    seen.page.keyboard.press("Escape")
    seen.page.keyboard.press("?")

    assert not seen.page.locator("#keys").is_visible()


def test_lost_network_is_told_and_can_be_tried_again(open_page, parts_url):
    seen = open_page(parts_url)
    seen.page.route("**/ui/parts/?page=2", lambda route: route.abort())

    seen.page.click(".more .btn")

    trouble = seen.page.locator("#trouble")
    trouble.locator(".note").wait_for()
    assert "No connection" in trouble.text_content()
    seen.must_be_accessible()
    seen.page.unroute("**/ui/parts/?page=2")
    with seen.page.expect_response("**/ui/parts/?page=2"):
        trouble.locator("[data-do=retry]").click()


@pytest.mark.parametrize(
    ("status", "words", "retry"),
    [
        (403, "You may not do this", 0),
        (404, "Nothing is here", 0),
        (413, "too large", 0),
        (429, "Too many", 1),
        (502, "our side", 1),
    ],
)
def test_failures_of_fragments_are_told_in_plain_words(open_page, parts_url, status, words, retry):
    seen = open_page(parts_url)
    seen.page.route("**/ui/parts/?page=2", lambda route: route.fulfill(status=status, body="<h1>nginx</h1>"))

    seen.page.click(".more .btn")

    trouble = seen.page.locator("#trouble")
    trouble.locator(".note").wait_for()
    assert words in trouble.text_content()
    assert "nginx" not in trouble.text_content()
    assert trouble.locator("[data-do=retry]").count() == retry


def test_form_is_sent_once(open_page, parts_url):
    seen = open_page(parts_url)
    asked = []

    def answer_nothing(route):
        asked.append(route.request.method)
        route.fulfill(status=204)  # the page stays

    seen.page.route("**/ui/parts/", answer_nothing)
    seen.page.evaluate("document.querySelector('form.form').noValidate = true")
    seen.page.evaluate("document.querySelector('form.form .btn').type = 'submit'")

    with seen.page.expect_request("**/ui/parts/"):
        seen.page.click("form.form .btn", no_wait_after=True)
    seen.page.evaluate("document.querySelector('form.form').requestSubmit()")
    seen.page.wait_for_timeout(200)

    assert asked == ["POST"]
    assert seen.page.evaluate("document.querySelector('form.form .btn').ariaBusy") == "true"
