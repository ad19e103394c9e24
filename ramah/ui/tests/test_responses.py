"""Headers, the viewer's choices, error pages and what becomes of exceptions."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import path
from django.utils import timezone
from django.utils.safestring import mark_safe

from ramah.kernel.actors import NotVisible, PermissionDenied
from ramah.ui import errors
from ramah.ui.frames import mail_frame
from ramah.ui.middleware import security_headers
from ramah.ui.preferences import zone_of
from ramah.ui.toasts import with_toast

pytestmark = pytest.mark.django_db


def _raise(error):
    def view(request):
        raise error

    return view


def _noon(request):
    return HttpResponse(timezone.localtime(datetime(2025, 11, 18, 12, tzinfo=UTC)).strftime("%H:%M"))


def _tells(request):
    messages.success(request, "Saved <1>")
    messages.error(request, "Not sent")
    return render(request, "ui/base_entrance.html")


class Broken:
    """Addresses for these tests, with the handlers of the real ones."""

    from ramah.config import urls as _real

    urlpatterns = [
        path("denied/", _raise(PermissionDenied("conversations.reply"))),
        path("hidden/", _raise(NotVisible())),
        path("big/", _raise(RequestDataTooBig("too much"))),
        path("broken/", _raise(RuntimeError("secret detail"))),
        path("noon/", _noon),
        path("tells/", _tells),
        *_real.urlpatterns,
    ]
    handler400, handler403, handler404, handler500 = (
        _real.handler400,
        _real.handler403,
        _real.handler404,
        _real.handler500,
    )


@pytest.fixture
def site(settings):
    settings.ROOT_URLCONF = Broken
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "status", "title"),
    [
        ("/denied/", 403, "You may not do this"),
        ("/hidden/", 404, "Nothing is here"),
        ("/nowhere/", 404, "Nothing is here"),
        ("/big/", 413, "That is too large"),
        ("/broken/", 500, "Something broke on our side"),
    ],
)
def test_trouble_is_told_in_plain_words(site, address, status, title):
    page = site.get(address)
    fragment = site.get(address, headers={"HX-Request": "true"})

    assert (page.status_code, fragment.status_code) == (status, status)
    assert f"<h1>{title}</h1>" in page.content.decode()
    assert fragment.content.decode().startswith(f'<div class="grow"><b>{title}</b>')
    assert fragment["X-Ramah-Trouble"] == "1"
    for response in (page, fragment):
        assert "secret detail" not in response.content.decode()
        assert "conversations.reply" not in response.content.decode()
        assert "script-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("language", "title"), [("id", "Ada yang rusak di pihak kami"), ("uk", "У нас щось зламалося")]
)
def test_server_error_in_the_readers_language(site, language, title):
    assert title in site.get("/broken/", headers={"Accept-Language": language}).content.decode()


def test_server_error_needs_neither_templates_nor_database(rf, monkeypatch, django_assert_num_queries):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("ramah.ui.errors.render", fail)
    monkeypatch.setattr("ramah.ui.errors.static", fail)
    monkeypatch.setattr("ramah.ui.errors._", fail)

    with django_assert_num_queries(0):
        response = errors.server_error(rf.get("/"))

    assert response.status_code == 500
    assert "<h1>Something broke on our side</h1>" in response.content.decode()


def test_old_form_is_told_as_that(settings):
    client = Client(enforce_csrf_checks=True)

    response = client.post("/ui/theme/", {"theme": "dark"})

    assert response.status_code == 403
    assert "This page has been open too long" in response.content.decode()
    assert "ramah_theme" not in response.cookies


def test_too_many_tries(rf):
    request = rf.get("/")
    response = errors.too_many_requests(request)

    assert response.status_code == 429
    assert "Wait a minute" in response.content.decode()


def test_policy_refuses_inline_and_eval(client):
    policy = client.get("/nowhere/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_pages_hold_nothing_that_the_policy_would_refuse(client, settings):
    settings.SHOW_PARTS = True
    for address in ("/ui/parts/", "/ui/parts/desk/", "/ui/parts/settings/", "/nowhere/"):
        html = client.get(address).content.decode()
        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html
        assert " onclick" not in html


def test_view_may_be_narrower_and_caches_keep_nothing_of_signed_in_people(rf, settings):
    request = rf.get("/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    own = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'", "Cache-Control": "max-age=9"})

    kept = security_headers(lambda _: own)(request)
    plain = security_headers(lambda _: HttpResponse())(request)

    assert kept["Content-Security-Policy"] == "default-src 'none'"
    assert kept["Cache-Control"] == "max-age=9"
    assert plain["Cache-Control"] == "private, no-store"
    assert plain["Cross-Origin-Opener-Policy"] == "same-origin"
    assert plain["Cross-Origin-Resource-Policy"] == "same-origin"
    assert plain["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("cookie", "time"),
    [
        ("Europe/Kyiv", "14:00"),
        ("Asia/Jakarta", "19:00"),
        ("", "19:00"),
        ("../../etc/passwd", "19:00"),
        ("Europe", "19:00"),
        ("No/Such", "19:00"),
        ("x" * 5000, "19:00"),
    ],
)
def test_times_are_in_the_viewers_zone(site, cookie, time):
    site.cookies["ramah_tz"] = cookie

    assert site.get("/noon/").content.decode() == time


def test_zone_names_that_are_none():
    assert zone_of("posix/../Asia/Jakarta") is None
    assert zone_of("") is None
    assert str(zone_of("Asia/Makassar")) == "Asia/Makassar"


@pytest.mark.parametrize(("theme", "kept"), [("dark", "dark"), ("light", "light"), ("system", ""), ("<b>", "")])
def test_theme_is_kept(client, theme, kept):
    response = client.post("/ui/theme/", {"theme": theme, "next": "/accounts/login/?x=1"})

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?x=1"
    assert response.cookies["ramah_theme"].value == kept


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_theme_sends_nobody_elsewhere(client, page):
    assert client.post("/ui/theme/", {"theme": "dark", "next": page})["Location"] == "/"


def test_theme_and_language_want_a_post(client):
    assert client.get("/ui/theme/?theme=dark").status_code == 405
    assert client.get("/ui/language/?language=uk").status_code == 405


def test_language_is_kept(client):
    response = client.post("/ui/language/", {"language": "uk", "next": "/nowhere/"})

    assert urlsplit(response["Location"]).path == "/nowhere/"
    assert 'lang="uk"' in client.get("/nowhere/").content.decode()


def test_parts_are_for_development_only(client, settings):
    assert client.get("/ui/parts/").status_code == 404
    settings.SHOW_PARTS = True
    assert client.get("/ui/parts/").status_code == 200
    assert client.get("/ui/parts/other/").status_code == 404


def test_mail_frame_runs_nothing_and_fetches_nothing():
    response = mail_frame(mark_safe("<p>Halo</p>"))
    policy = response["Content-Security-Policy"]

    assert "<p>Halo</p>" in response.content.decode()
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "https:" not in policy
    assert "allow-scripts" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "https:" in mail_frame(mark_safe(""), remote_images=True)["Content-Security-Policy"]


def test_mail_frame_refuses_what_was_not_cleaned():
    with pytest.raises(TypeError):
        mail_frame("<script>alert(1)</script>")


def test_toast_after_an_htmx_request():
    assert with_toast(HttpResponse(), "Saved")["HX-Trigger"] == '{"ramah:toast": {"text": "Saved"}}'


def test_good_news_is_a_toast_and_bad_news_stays_in_the_page(site):
    html = site.get("/tells/").content.decode()

    assert '<div class="toast"><span class="grow">Saved &lt;1&gt;</span></div>' in html
    assert html.count("Not sent") == 1
    assert html.count("Saved") == 1
    assert html.index("Not sent") < html.index("</main>")
