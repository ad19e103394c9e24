"""`{% load promises %}`: the ring of a promise with its words, and the words alone. Rings never stand without words."""

from datetime import UTC, datetime

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from ramah.kernel import clock
from ramah.promises import wording
from ramah.promises.models import Promise
from ramah.ui.elements import promise as mark

register = template.Library()


@register.simple_tag
def promise_ring(promise: Promise, now: datetime | None = None, kind: str = "") -> SafeString:
    """`{% promise_ring promise now=now kind="chip" %}`: the mark of a promise at `now` (default: the present moment)."""
    now = now or clock.now()
    return mark(
        wording.ring_state(promise, now), wording.promise_words(promise, now), wording.share_left(promise, now), kind
    )


@register.simple_tag
def promise_words(promise: Promise, now: datetime | None = None) -> str:
    """`{% promise_words promise %}`: what the ring says, without the ring."""
    return wording.promise_words(promise, now or clock.now())


@register.simple_tag
def moment_words(at: datetime, now: datetime | None = None) -> str:
    """`{% moment_words opening %}`: `Monday 10:30 WIB`, on the clock of the zone that the moment is given in."""
    zone = at.tzinfo or UTC
    return wording.absolute_words(at, zone, get_language() or "en", now=now or clock.now())
