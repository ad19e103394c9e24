"""Pages in a language that their address asks for, and what search engines and messengers read in the head of a page.

`?lang=uk` shows a page in Ukrainian without changing what the visitor has chosen: so each language of a page has an address of
its own, and every page names those of the others.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

V = TypeVar("V", bound=Callable[..., HttpResponse])
LANGUAGE_PARAMETER = "lang"
LONGEST_DESCRIPTION = 160
_LOCALES = {"en": "en_US", "id": "id_ID", "uk": "uk_UA"}


def in_asked_language(view: V) -> V:
    """Have the view answer in the language that `?lang=` names, where it is one of ours. The view must have rendered."""

    @functools.wraps(view)
    def speaking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = asked_language(request)
        if not asked:
            return view(request, *args, **kwargs)
        with translation.override(asked):
            response = view(request, *args, **kwargs)
        response["Content-Language"] = asked
        return response

    return speaking  # type: ignore[return-value]


def asked_language(request: HttpRequest) -> str:
    """The language that the address names; empty where it names none of ours."""
    asked = request.GET.get(LANGUAGE_PARAMETER, "")
    return asked if asked in dict(settings.LANGUAGES) else ""


def address_of(path: str, language: str = "", **parameters: str) -> str:
    """The whole address of a page, in one language or (without) in that of whoever opens it. English is what strangers get."""
    told = {**parameters, **({LANGUAGE_PARAMETER: language} if language and language != settings.LANGUAGE_CODE else {})}
    return f"{settings.BASE_URL}{path}{'?' if told else ''}{urlencode(told)}"


def head(
    request: HttpRequest,
    *,
    title: str,
    description: str = "",
    kind: str = "website",
    image: str = "",
    shop: str = "",
    **parameters: str,
) -> SafeString:
    """Description, canonical address, the addresses in other languages, and Open Graph. `parameters` belong to the address."""
    said = shortened(description)
    canonical = address_of(request.path, asked_language(request), **parameters)
    alternates = format_html_join(
        "",
        '<link rel="alternate" hreflang="{}" href="{}">',
        [
            *((code, address_of(request.path, code, **parameters)) for code, _name in settings.LANGUAGES),
            ("x-default", address_of(request.path, **parameters)),
        ],
    )
    graph = [
        ("og:type", kind),
        ("og:title", title),
        ("og:description", said),
        ("og:url", canonical),
        ("og:site_name", shop),
        ("og:image", image),
        ("og:locale", _LOCALES.get(translation.get_language() or "", "")),
    ]
    return format_html(
        '{}<link rel="canonical" href="{}">{}{}',
        format_html('<meta name="description" content="{}">', said) if said else "",
        canonical,
        alternates,
        format_html_join("", '<meta property="{}" content="{}">', (line for line in graph if line[1])),
    )


def shortened(text: str) -> str:
    """A text in one line, at most 160 characters, cut between words."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_DESCRIPTION:
        return line
    return line[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
