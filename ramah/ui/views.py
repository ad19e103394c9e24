"""Pages of the look itself: choosing language and theme, and all parts on one page for whoever builds with them."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.ui.forms import PartsForm
from ramah.ui.frames import mail_frame
from ramah.ui.preferences import COOKIE_SECONDS, THEME_COOKIE, THEMES
from ramah.ui.sanitize import clean_html

_SAMPLE_MAIL = (
    '<table bgcolor="#e0efed"><tr><td><b>Halo Ramah</b><p style="color: #95400f">Paket saya belum sampai.</p></td></tr></table>'
    '<img src="https://elsewhere.example/pixel.gif"><script>alert(1)</script>'
)

choose_language = public("everyone reads in a language of their own")(require_POST(set_language))


@public("everyone may choose light or dark")
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie; `system` forgets it. Goes back to the page that asked."""
    response: HttpResponse = HttpResponse(status=204)
    if not request.headers.get("HX-Request"):
        response = HttpResponseRedirect(_next_page(request))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=COOKIE_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


def _next_page(request: HttpRequest) -> str:
    page = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if allowed else "/"


@public("shows invented examples, and only in development")
@require_GET
def parts(request: HttpRequest, layout: str = "parts") -> HttpResponse:
    """All components on one page, and the layouts of the desk (`desk`, `settings`, `mail`); in development only."""
    if not getattr(settings, "SHOW_PARTS", settings.DEBUG) or layout not in {"parts", "desk", "settings", "mail"}:
        raise Http404
    if layout == "mail":
        return mail_frame(clean_html(_SAMPLE_MAIL))
    form = PartsForm({"email": "dewi@", "topic": "delivery", "channels": ["email"]})
    return render(request, f"ui/parts/{layout}.html", {"form": form, "moment": clock.now()})
