"""What the merchant's pages share: the address of a list's next page, steps up and down, and a form that has become old."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from ramah.commerce.forms.parts import FRESH_WORDS
from ramah.kernel.paging import Page

STEPS = {"up": -1, "down": 1}


def next_page(url_name: str, page: Page[Any], args: tuple[str, ...] = (), **query: str) -> str:
    """The address of the next page of a list; empty after the last."""
    if not page.next_cursor:
        return ""
    told = {name: value for name, value in query.items() if value}
    return f"{reverse(url_name, args=args)}?{urlencode({**told, 'cursor': page.next_cursor})}"


def asked(request: HttpRequest, name: str, longest: int = 80) -> str:
    """One word of the address, trimmed and cut."""
    return request.GET.get(name, "").strip()[:longest]


def is_old(form: BaseForm) -> None:
    """Say that somebody else has changed it since."""
    form.add_error(None, str(FRESH_WORDS))


def rows_only(request: HttpRequest) -> bool:
    """Whether htmx asks for the next rows of a list."""
    return bool(request.headers.get("HX-Request") and request.GET.get("cursor"))
