"""WhatsApp's approved templates: in the settings of an inbox, as they stand there; at the desk, choosing one and sending it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise as LazyString
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from ramah.channels.models import WhatsAppTemplate
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.channels.queries import account_for, inbox_for
from ramah.channels.whatsapp.templates import (
    LONGEST_VALUE,
    MARKETING,
    MissingValues,
    TemplateNotUsable,
    filled_in,
    send_template,
    sync_templates,
    variable_keys,
)
from ramah.conversations import permissions
from ramah.conversations.commands.outlets import NotPossible, outlet_of
from ramah.conversations.commands.replying import NoAddress, TextTooLong, ThreadChanged, way_back
from ramah.conversations.models import Conversation, Inbox
from ramah.conversations.queries import conversation_for, newest_message_id
from ramah.desk.commands.acknowledging import language_for
from ramah.desk.queries import register_template_page
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.ids import new_public_id
from ramah.kernel.paging import BadCursor, keyset_page
from ramah.kernel.providers.contract import SendingError
from ramah.ui.errors import error_page

WHATSAPP = "whatsapp"
LONGEST_SEARCH = 100
_STATES: Mapping[str, tuple[LazyString, str]] = {
    "APPROVED": (_("Approved"), "kept"),
    "PENDING": (_("In review"), "risk"),
    "IN_APPEAL": (_("In review"), "risk"),
    "PAUSED": (_("Paused by WhatsApp"), "risk"),
    "REJECTED": (_("Rejected"), "broken"),
    "DISABLED": (_("Disabled by WhatsApp"), "broken"),
}
_CATEGORIES: Mapping[str, LazyString] = {
    MARKETING: _("Marketing"),
    "UTILITY": _("Service"),
    "AUTHENTICATION": _("Codes"),
}
_OBSTACLES: Mapping[str, LazyString] = {
    "media": _("It begins with a picture or a file, which cannot be added here."),
    "buttons": _("It has a button that cannot be filled in here."),
    "parts": _("It has parts that cannot be filled in here."),
}
# What can keep a template from being sent, and what the agent is told.
_REFUSALS: Mapping[type[Exception], LazyString | str] = {
    MissingValues: _("Fill in what is empty."),
    TemplateNotUsable: _("WhatsApp does not let this template go any more. Choose another one."),
    ThreadChanged: _("Something was said meanwhile, and nothing was sent. Read what is new, then send again."),
    NotPossible: "%(what)s",
    TextTooLong: _("Filled in, it is longer than the %(what)s characters that WhatsApp takes."),
}


@require_GET
@access(MANAGE_INBOXES)
def inbox_templates(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The templates of a WhatsApp inbox with their states and languages, as they were fetched last."""
    inbox = inbox_for(actor_of(request), public_id=public_id)
    if inbox.channel != WHATSAPP:
        return redirect("channels-inbox", public_id=public_id)
    rows = WhatsAppTemplate.objects.filter(inbox=inbox)
    try:
        page = keyset_page(rows, order=("name", "language", "pk"), cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return error_page(request, 400)
    newest = rows.order_by("-synced_at").values_list("synced_at", flat=True).first()
    shown = {
        "inbox": inbox,
        "lines": [_line(row) for row in page.rows],
        "next_cursor": page.next_cursor,
        "fetched_at": newest,
    }
    part = "channels/whatsapp/_inbox_templates.html"
    return render(request, part if _is_part(request) else "channels/whatsapp/inbox_templates.html", shown)


@require_POST
@access(MANAGE_INBOXES)
def fetch_templates(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Fetch them anew from WhatsApp."""
    actor = actor_of(request)
    account = account_for(actor, public_id=public_id)
    if account.inbox.channel != WHATSAPP:
        raise NotVisible
    try:
        count = sync_templates(actor=actor, account=account, at=clock.now())
    except SendingError as error:
        messages.error(request, str(error))
    else:
        words = ngettext("%(count)d template was fetched.", "%(count)d templates were fetched.", count)
        messages.success(request, words % {"count": count})
    return redirect("channels-inbox-templates", public_id=public_id)


@require_GET
@access(permissions.REPLY)
def choose_template(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The approved templates that may answer a conversation, those in its customer's language first."""
    actor = actor_of(request)
    row = conversation_for(actor, public_id=public_id)
    inbox = _inbox_of(row)
    if inbox is None:
        return redirect("desk_conversation", public_id=public_id)
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    rows = _usable(row, inbox)
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(body__icontains=search))
    try:
        page = keyset_page(rows, order=("rank", "name", "language", "pk"), cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return error_page(request, 400)
    shown = {"lines": [_line(one) for one in page.rows], "next_cursor": page.next_cursor, "search": search}
    if request.GET.get("cursor") and _is_part(request):
        return render(request, "channels/whatsapp/_choices.html", {**shown, "conversation": row})
    return _part(request, "_choose", row, {**shown, **_surroundings(actor, row, inbox)})


@require_http_methods(["GET", "POST"])
@access(permissions.REPLY)
def fill_template(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Fill in the `template` that was chosen, see what the customer will read, and send it."""
    actor = actor_of(request)
    row = conversation_for(actor, public_id=public_id)
    inbox = _inbox_of(row)
    chosen = request.POST.get("template") or request.GET.get("template", "")
    if inbox is None or not chosen:
        return redirect("channels-templates", public_id=public_id)
    template = _usable(row, inbox).filter(pk=_number(chosen) or 0).first()
    if template is None:
        raise NotVisible
    values = {name: request.POST.get(name, "")[:LONGEST_VALUE] for name in variable_keys(template)}
    if "preview" in request.POST and _is_part(request):
        return render(request, "channels/whatsapp/_preview.html", _preview(template, values))
    if request.method != "POST" or "preview" in request.POST:
        return _form(request, row, template, values)
    try:
        send_template(
            actor=actor,
            conversation=row,
            template=template,
            values=values,
            client_id=request.POST.get("client_id", "")[:64] or None,
            seen=_number(request.POST.get("seen", "")),
            at=clock.now(),
        )
    except tuple(_REFUSALS) as refusal:
        return _form(request, row, template, values, refusal=refusal)
    url = reverse("desk_conversation", args=[public_id])
    return HttpResponseClientRedirect(url) if _is_part(request) else redirect(url)


def _inbox_of(row: Conversation) -> Inbox | None:
    """The WhatsApp inbox by which the conversation is answered; None where it is answered otherwise, or not at all."""
    try:
        inbox, _address = way_back(row)
    except NoAddress:
        return None
    return inbox if inbox.channel == WHATSAPP and row.merged_into_id is None else None


def _usable(row: Conversation, inbox: Inbox) -> QuerySet[WhatsAppTemplate]:
    theirs = When(language__istartswith=language_for(row), then=Value(0))
    return WhatsAppTemplate.objects.filter(inbox=inbox, status="APPROVED", obstacle="").annotate(
        rank=Case(theirs, default=Value(1))
    )


def _surroundings(actor: Actor, row: Conversation, inbox: Inbox) -> dict[str, Any]:
    """Why no free answer can go, where that is so; and for those who may fetch templates, where."""
    try:
        outlet_of(inbox.channel).check(row, clock.now())
        trouble = ""
    except NotPossible as why:
        trouble = str(why.words)
    settings_url = reverse("channels-inbox-templates", args=[inbox.public_id]) if actor.may(MANAGE_INBOXES) else ""
    return {"why": trouble, "settings_url": settings_url}


def _form(
    request: HttpRequest,
    row: Conversation,
    template: WhatsAppTemplate,
    values: Mapping[str, str],
    *,
    refusal: Exception | None = None,
) -> HttpResponse:
    missing = refusal.keys if isinstance(refusal, MissingValues) else []
    seen = newest_message_id(row) if request.method == "GET" or isinstance(refusal, ThreadChanged) else None
    shown = {
        **_preview(template, values),
        "fields": [
            _field(template, variable, value, is_wrong=name in missing)
            for variable, (name, value) in zip(template.variables, values.items(), strict=True)
        ],
        "trouble": str(_REFUSALS[type(refusal)]) % {"what": refusal} if refusal else "",
        "seen": seen if seen is not None else request.POST.get("seen", ""),
        "client_id": request.POST.get("client_id") or new_public_id(),
        "longest": LONGEST_VALUE,
    }
    return _part(request, "_fill", row, shown, status=422 if refusal else 200)


def _preview(template: WhatsAppTemplate, values: Mapping[str, str]) -> dict[str, Any]:
    said = {name: " ".join(value.split()) for name, value in values.items()}
    return {**_line(template), "preview": filled_in(template, said)}


def _field(template: WhatsAppTemplate, variable: Mapping[str, str], value: str, *, is_wrong: bool) -> dict[str, Any]:
    part, name = variable["part"], variable["name"]
    if part == "button":
        label = _("End of the link behind “%(button)s”") % {"button": template.buttons[int(name)]}
    else:
        label = (_("Heading: {{%(name)s}}") if part == "header" else _("Text: {{%(name)s}}")) % {"name": name}
    return {
        "name": f"{part}.{name}",
        "id": f"value-{part}-{name}",
        "label": label,
        "example": variable.get("example", ""),
        "value": value,
        "is_wrong": is_wrong,
    }


def _line(row: WhatsAppTemplate) -> dict[str, Any]:
    words, tone = _STATES.get(row.status, (row.status.replace("_", " ").capitalize(), ""))
    return {
        "template": row,
        "state": words,
        "tone": tone,
        "category": _CATEGORIES.get(row.category, row.category.capitalize()),
        "obstacle": _OBSTACLES.get(row.obstacle, row.obstacle and _OBSTACLES["parts"]),
        "lang": row.language.replace("_", "-"),
        "language": _language_words(row.language),
    }


def _language_words(language: str) -> str:
    """`Indonesian (id)`; the code alone where its language is not known."""
    try:
        return f"{str(get_language_info(language.replace('_', '-'))['name_translated']).capitalize()} ({language})"
    except KeyError:
        return language


def _part(
    request: HttpRequest, name: str, row: Conversation, shown: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """The inside of the desk's dialog, or with a page around it."""
    context = {**shown, "conversation": row, "part": f"channels/whatsapp/{name}.html", "is_part": _is_part(request)}
    if not context["is_part"]:
        return render(request, "channels/whatsapp/templates.html", context, status=status)
    return reswap(retarget(render(request, context["part"], context, status=status), "#actions-body"), "innerHTML")


def _is_part(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request")) and "HX-History-Restore-Request" not in request.headers


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


# Whoever knows these pages' addresses serves the desk too, so that here is early enough.
register_template_page(WHATSAPP, "channels-templates")
