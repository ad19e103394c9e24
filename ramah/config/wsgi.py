"""The WSGI application: static files first, Django behind them. All HTTP goes through it, in every run mode."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.urls import resolve
from servestatic import ServeStatic

# What the manifest storage puts into names: such a file never changes.
_HASHED = r"^.+\.[0-9a-f]{12}\..+$"


def _with_static_files(django: Any) -> Callable[..., Any]:
    if settings.DEBUG:
        return StaticFilesHandler(django)  # straight from the source folders
    return ServeStatic(
        django,
        root=str(settings.STATIC_ROOT),
        prefix=settings.STATIC_URL,
        max_age=300,
        immutable_file_test=_HASHED,
        allow_all_origins=False,
        add_headers_function=_sniff_nothing,
    )


def _sniff_nothing(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


application = _with_static_files(get_wsgi_application())
resolve("/healthz")  # loads all pages now: a broken one stops the start, and the first visitor does not wait for it
