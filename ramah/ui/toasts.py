"""A toast after an htmx request: a pleasant fact that leaves by itself. What went wrong is never a toast."""

from typing import TypeVar

from django.http import HttpResponseBase
from django_htmx.http import trigger_client_event

R = TypeVar("R", bound=HttpResponseBase)


def with_toast(response: R, text: str) -> R:
    """`response`, at whose arrival `ui.js` shows `text`. Without htmx use Django's messages, which the bases show alike."""
    trigger_client_event(response, "ramah:toast", {"text": text})
    return response
