"""Error pages: what happened in plain words, and the next step. The whole page, or a note when htmx asked for a part of one.

Any view may return `error_page(request, 429)`. Django's own errors arrive through the handlers named in `config/urls.py` and
`settings.CSRF_FAILURE_VIEW`.
"""

import logging
from dataclasses import dataclass

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.functional import Promise as LazyString
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of failure: the fact, and what the reader can do."""

    title: LazyString
    next_step: LazyString
    may_retry: bool = False


TROUBLES = {
    0: Trouble(
        _("No connection"),
        _("What you wrote is still here. Check the network, then try again."),
        may_retry=True,
    ),
    400: Trouble(
        _("That request could not be read"),
        _("Go back, load the page anew and try once more."),
    ),
    403: Trouble(
        _("You may not do this"),
        _("Your role does not allow it. Ask a team lead or the owner if you need it."),
    ),
    404: Trouble(
        _("Nothing is here"),
        _("The address may be mistyped, the page may have moved, or it is not meant for you."),
    ),
    413: Trouble(
        _("That is too large"),
        _("Send a smaller file, or share a link to it instead."),
    ),
    429: Trouble(
        _("Too many tries"),
        _("Wait a minute, then try again."),
        may_retry=True,
    ),
    500: Trouble(
        _("Something broke on our side"),
        _("It has been noted. Try again in a minute; if it stays, tell whoever runs this system."),
        may_retry=True,
    ),
}
CSRF_TROUBLE = Trouble(
    _("This page has been open too long"),
    _(
        "For your safety the form has expired, or your browser blocks our cookies. Go back, load the page anew and send it again."
    ),
)


def error_page(request: HttpRequest, status: int, trouble: Trouble | None = None) -> HttpResponse:
    """The page for `status`, which is one of `TROUBLES`; a note alone for htmx, which `ui.js` shows above the page."""
    shown = trouble or TROUBLES[status]
    template = "ui/errors/note.html" if request.headers.get("HX-Request") else "ui/errors/page.html"
    response = render(request, template, {"trouble": shown, "status": status}, status=status)
    response["X-Ramah-Trouble"] = "1"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handler of 400. A body over the limit reaches Django as a bad request and is told as what it is."""
    return error_page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handler of 403."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handler of 404."""
    return error_page(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Handler of 429, which the log-in calls when it throttles."""
    return error_page(request, 429)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The view for forms whose token is missing or old."""
    _log.info("csrf failure", extra={"reason": reason})
    return error_page(request, 403, CSRF_TROUBLE)


def server_error(request: HttpRequest) -> HttpResponse:
    """Handler of 500. Whatever broke may be the database, the templates or the static files, so this uses none of them."""
    title, next_step, again = (str(text) for text in _server_error_words())
    note = format_html('<div class="grow"><b>{}</b><p>{}</p></div>', title, next_step)
    if request.headers.get("HX-Request"):
        response = HttpResponse(note, status=500)
    else:
        response = HttpResponse(
            format_html(
                '<!doctype html><html lang="{}"><head><meta charset="utf-8">'
                '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{}</title>{}</head>'
                '<body class="entrance"><header></header><main class="stack"><h1>{}</h1><p>{}</p>'
                '<p><a class="btn" href="">{}</a></p></main><footer></footer></body></html>',
                get_language() or "en",
                title,
                _style_links(),
                title,
                next_step,
                again,
            ),
            status=500,
        )
    response["X-Ramah-Trouble"] = "1"
    return response


def _server_error_words() -> tuple[str, str, str]:
    trouble = TROUBLES[500]
    try:
        return str(trouble.title), str(trouble.next_step), str(_("Try again"))
    except Exception:  # a broken catalog must not hide what broke
        return (
            "Something broke on our side",
            "It has been noted. Try again in a minute; if it stays, tell whoever runs this system.",
            "Try again",
        )


def _style_links() -> str:
    try:
        return format_html(
            '<link rel="stylesheet" href="{}"><link rel="stylesheet" href="{}">',
            static("ui/tokens.css"),
            static("ui/components.css"),
        )
    except Exception:
        return ""
