"""Template tags of the look: `{% load ui %}`. See docs/guides/look.md."""

from functools import lru_cache
from itertools import groupby
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ramah.kernel.access import actor_of
from ramah.ui import elements, form_fields, navigation
from ramah.ui.desk_parts import desk_parts_of
from ramah.ui.errors import TROUBLES
from ramah.ui.preferences import THEME_COOKIE, THEMES

register = template.Library()
register.simple_tag(elements.icon)
register.simple_tag(elements.avatar)
register.simple_tag(elements.pill)
register.simple_tag(elements.ring)
register.simple_tag(elements.promise)
register.simple_tag(elements.money)
register.simple_tag(elements.when)
register.filter("clock_time", elements.clock_time)
register.simple_tag(form_fields.field)
register.simple_tag(form_fields.fields)
register.simple_tag(form_fields.form_errors)


@register.simple_tag
def brand_mark() -> SafeString:
    """The four leaves."""
    return elements.BRAND_MARK


@register.simple_tag(takes_context=True)
def theme_attribute(context: Context) -> SafeString:
    """Attribute of `<html>` if a person has chosen a theme; without it the device decides."""
    theme = chosen_theme(context)
    return SafeString("") if theme == "system" else format_html(' data-theme="{}"', theme)


@register.simple_tag(takes_context=True)
def chosen_theme(context: Context) -> str:
    """light, dark or system."""
    request: HttpRequest | None = context.get("request")
    theme = request.COOKIES.get(THEME_COOKIE, "") if request else ""
    return theme if theme in THEMES else "system"


@register.simple_tag
def page_words() -> SafeString:
    """Words and dialogs that `ui.js` needs in every page."""
    return _page_words(get_language() or "en")


@lru_cache(maxsize=8)
def _page_words(language: str) -> SafeString:
    return render_to_string("ui/_words.html", {"troubles": TROUBLES})


@register.simple_tag
def empty(title: str, text: str = "", url: str = "", label: str = "") -> SafeString:
    """What an empty list says: the fact, what to do next, and where."""
    return format_html(
        '<div class="empty">{}<b>{}</b>{}{}</div>',
        elements.BRAND_MARK,
        title,
        format_html("<p>{}</p>", text) if text else "",
        format_html('<a class="btn" href="{}">{}</a>', url, label) if url else "",
    )


@register.simple_tag
def show_more(url: str, label: str = "") -> SafeString:
    """The way to the next page of a list: a link, and with htmx the rows come in its place. Nothing without `url`."""
    if not url:
        return SafeString("")
    return format_html(
        '<div class="more"><a class="btn" href="{0}" hx-get="{0}" hx-target="closest .more" hx-swap="outerHTML">{1}</a></div>',
        url,
        label or _("Show more"),
    )


@register.simple_tag(takes_context=True)
def desk_parts(context: Context, place: str) -> SafeString:
    """What apps add to every page of the desk at this place (`ui.desk_parts`), as far as the actor may see it."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return SafeString("")
    actor = actor_of(request)
    shown = [name for name, permission in desk_parts_of(place) if actor.may(permission)]
    return SafeString("".join(render_to_string(name, request=request) for name in shown))


@register.simple_tag(takes_context=True)
def nav(context: Context, place: str = navigation.DESK) -> SafeString:
    """The links of a bar that the actor may follow, by group; the one whose page this is, is marked."""
    request: HttpRequest = context["request"]
    actor = actor_of(request)
    links = [link for link in navigation.links_of(place) if actor.may(link.permission)]
    return format_html_join(
        "",
        '<div class="stack" data-gap="1">{}{}</div>',
        (
            (
                format_html('<span class="label">{}</span>', group) if group else "",
                SafeString("".join(_nav_link(link, request.path) for link in members)),
            )
            for group, members in groupby(links, key=lambda link: str(link.group))
        ),
    )


def _nav_link(link: navigation.NavLink, path: str) -> SafeString:
    url = reverse(link.url_name)
    return format_html(
        '<a href="{}" title="{}"{}>{}<span class="nav-text">{}</span></a>',
        url,
        link.title,
        SafeString(' aria-current="page"') if path == url else "",
        elements.icon(link.icon),
        link.title,
    )


@register.filter
def percent(part: Any, whole: Any) -> int:
    """Whole percent of `part` in `whole`; 0 of nothing."""
    return round(100 * float(part) / float(whole)) if whole else 0
