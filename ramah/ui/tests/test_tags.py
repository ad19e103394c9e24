"""Tags that need a template or a request."""

import pytest
from django.template import Context, Template
from django.utils import translation

from ramah.kernel.actors import NOBODY, SYSTEM
from ramah.ui import navigation
from ramah.ui.navigation import NavLink, register_link


def render(source, **context):
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.fixture
def bar(monkeypatch):
    monkeypatch.setattr(navigation, "_links", {})
    register_link(NavLink("b", "Second", "choose_theme", "x", "moon", group="Later", order=2))
    register_link(NavLink("a", "First & best", "ui_parts", "x", "inbox", order=1))


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("", ""), ('"><script>', "")],
)
def test_root_says_the_theme_that_was_chosen(rf, cookie, expected):
    request = rf.get("/")
    request.COOKIES["ramah_theme"] = cookie

    assert render("{% theme_attribute %}", request=request) == expected


def test_bar_shows_what_the_actor_may_open(rf, bar):
    request = rf.get("/ui/parts/")
    request.actor = SYSTEM

    html = render('{% nav "desk" %}', request=request)

    assert html.index("First &amp; best") < html.index("Later") < html.index("Second")
    assert html.count('aria-current="page"') == 1


def test_bar_is_empty_for_whoever_may_nothing(rf, bar):
    request = rf.get("/ui/parts/")
    request.actor = NOBODY

    assert render('{% nav "desk" %}', request=request) == ""


def test_show_more_is_a_link_and_a_fragment():
    html = render("{% show_more url %}", url="/x/?cursor=a&b=1")

    assert 'href="/x/?cursor=a&amp;b=1" hx-get="/x/?cursor=a&amp;b=1"' in html
    assert "Show more" in html
    assert render("{% show_more '' %}") == ""


def test_empty_says_what_to_do_next():
    html = render('{% empty "Nobody is waiting" "Take the next one." "/desk/" "Go there" %}')

    assert "<b>Nobody is waiting</b><p>Take the next one.</p>" in html
    assert '<a class="btn" href="/desk/">Go there</a>' in html


@pytest.mark.parametrize(
    ("language", "words"), [("en", "No connection"), ("id", "Tidak ada sambungan"), ("uk", "Немає")]
)
def test_words_for_script_come_in_the_readers_language(language, words):
    with translation.override(language):
        assert words in render("{% page_words %}")


@pytest.mark.parametrize(("part", "whole", "result"), [(1, 3, "33"), (0, 0, "0"), (2, 2, "100")])
def test_percent(part, whole, result):
    assert render("{{ part|percent:whole }}", part=part, whole=whole) == result
