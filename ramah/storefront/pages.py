"""How a page of the shop is put together: who sells, who visits and the way through the catalog go into every one."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ramah.channels.queries import chat_inbox_key
from ramah.commerce.queries.terms import category_tree
from ramah.storefront.visiting import visitor_of


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render `template` with `shop`, `visitor`, `departments` (the listed categories of the top level) and `chat` (the inbox
    of live chat, if there is one) beside `context`."""
    visitor = visitor_of(request)
    departments = [(node.path, node.name_in(visitor.language)) for node in category_tree().listed()]
    shared = {"shop": visitor.shop, "visitor": visitor, "departments": departments, "chat": chat_inbox_key()}
    return render(request, template, {**shared, **(context or {})}, status=status)
