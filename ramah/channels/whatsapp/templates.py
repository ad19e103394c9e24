"""Approved templates: fetching them, filling them in, and sending one where a free answer may not go.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils.translation import gettext as _

from ramah.channels.models import ChannelAccount
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.channels.whatsapp.api import Api, api_of
from ramah.channels.whatsapp.models import WhatsAppTemplate
from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.commands.replying import post_reply, way_back
from ramah.conversations.models import Conversation, Message
from ramah.customers.models import ContactPoint
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.providers.contract import Refused
from ramah.kernel.providers.json import Object, object_in, objects_in, text_in

PAGE, MOST_PAGES = 100, 100
MARKETING = "MARKETING"
LONGEST_VALUE = 1000
_VARIABLE = re.compile(r"\{\{\s*(\w{1,64})\s*\}\}")


class TemplateNotUsable(Exception):
    """WhatsApp has not approved the template, or it has parts that cannot be filled in here."""


class MissingValues(Exception):
    """Variables of the template were left empty: `keys` says which, as in `variable_keys`."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


def sync_templates(*, actor: Actor, account: ChannelAccount, at: datetime) -> int:
    """Fetch all templates of the account's business anew; those that are gone there are gone here. Returns how many there are.

    Must not run inside a transaction. Raises `SendingError`s, `PermissionDenied`.
    """
    require(actor, MANAGE_INBOXES)
    rows = {(row.name, row.language): row for row in _fetched(api_of(account), account, at=at)}
    with transaction.atomic():
        standing = WhatsAppTemplate.objects.filter(inbox=account.inbox_id)
        known = {(row.name, row.language): row for row in standing.select_for_update()}
        for key, row in rows.items():
            row.pk = known[key].pk if key in known else None
            row.save()
        standing.exclude(pk__in=[row.pk for row in rows.values()]).delete()
        audit.record(actor, "whatsapp.sync_templates", f"inbox:{account.inbox_id}", at=at, templates=len(rows))
    return len(rows)


def _fetched(api: Api, account: ChannelAccount, *, at: datetime) -> Iterator[WhatsAppTemplate]:
    if not api.business_id:
        raise Refused(_("The settings do not name the WhatsApp Business account."))
    after = ""
    for _page in range(MOST_PAGES):
        asked = {"limit": str(PAGE), **({"after": after} if after else {})}
        found = api.get(f"{quote(api.business_id)}/message_templates?{urlencode(asked)}")
        for one in objects_in(found, "data"):
            if text_in(one, "name") and text_in(one, "language"):
                yield _template(one, account, at=at)
        before, after = after, text_in(found, "paging", "cursors", "after", most=2000)
        if not after or after == before or not text_in(found, "paging", "next"):
            return


def _template(one: Object, account: ChannelAccount, *, at: datetime) -> WhatsAppTemplate:
    row = WhatsAppTemplate(
        inbox_id=account.inbox_id,
        provider_id=text_in(one, "id", most=40),
        name=text_in(one, "name", most=512),
        language=text_in(one, "language", most=20),
        category=text_in(one, "category", most=20),
        status=text_in(one, "status", most=30),
        variables=[],
        buttons=[],
        synced_at=at,
    )
    for component in objects_in(one, "components"):
        _READERS.get(text_in(component, "type", most=40).upper(), _unknown)(row, component)
    return row


def _header(row: WhatsAppTemplate, component: Object) -> None:
    if text_in(component, "format", most=20).upper() != "TEXT":
        row.obstacle = "media"
        return
    row.header = text_in(component, "text", most=200)
    row.variables += _variables("header", row.header, object_in(component, "example"))


def _body(row: WhatsAppTemplate, component: Object) -> None:
    row.body = text_in(component, "text", most=4096)
    row.variables += _variables("body", row.body, object_in(component, "example"))


def _footer(row: WhatsAppTemplate, component: Object) -> None:
    row.footer = text_in(component, "text", most=200)


def _buttons(row: WhatsAppTemplate, component: Object) -> None:
    for place, button in enumerate(objects_in(component, "buttons")):
        kind = text_in(button, "type", most=40).upper()
        row.buttons.append(text_in(button, "text", most=100))
        if kind == "URL":
            found = _variables("button", text_in(button, "url"), {})
            row.variables += [{**variable, "name": str(place)} for variable in found]
        elif kind not in ("QUICK_REPLY", "PHONE_NUMBER"):
            row.obstacle = row.obstacle or "buttons"


def _unknown(row: WhatsAppTemplate, component: Object) -> None:
    row.obstacle = row.obstacle or "parts"


_READERS = {"HEADER": _header, "BODY": _body, "FOOTER": _footer, "BUTTONS": _buttons}


def _variables(part: str, text: str, example: Object) -> list[dict[str, str]]:
    names = list(dict.fromkeys(_VARIABLE.findall(text)))
    if all(name.isdecimal() for name in names):
        names.sort(key=int)
    return [
        {"part": part, "name": name, "example": _example(example, part, name, place)}
        for place, name in enumerate(names)
    ]


def _example(example: Object, part: str, name: str, place: int) -> str:
    for one in objects_in(example, f"{part}_text_named_params"):
        if text_in(one, "param_name", most=64) == name:
            return text_in(one, "example", most=100)
    found: Any = example.get(f"{part}_text")
    while isinstance(found, list) and found and isinstance(found[0], list):
        found = found[0]
    return str(found[place])[:100] if isinstance(found, list) and place < len(found) else ""


def variable_keys(template: WhatsAppTemplate) -> list[str]:
    """The names under which values are given: `body.1`, `header.name`, `button.0`; in the order in which to ask for them."""
    return [f"{variable['part']}.{variable['name']}" for variable in template.variables]


def filled_in(template: WhatsAppTemplate, values: Mapping[str, str]) -> str:
    """What the customer will read; a value that is not given yet stays as the template has it."""
    parts = []
    for part, text in (("header", template.header), ("body", template.body), ("footer", template.footer)):
        parts.append(_VARIABLE.sub(lambda m, part=part: values.get(f"{part}.{m[1]}") or m[0], text))  # type: ignore[misc]
    return "\n\n".join(part for part in parts if part)


def prepared_with(template: WhatsAppTemplate, values: Mapping[str, str]) -> dict[str, object]:
    """What goes in place of free words, with a value for each of `variable_keys`."""
    told = {"name": template.name, "language": template.language, "values": values, "variables": template.variables}
    return {"template": told}


def send_template(
    *,
    actor: Actor,
    conversation: Conversation,
    template: WhatsAppTemplate,
    values: Mapping[str, str],
    client_id: str | None = None,
    seen: int | None = None,
    at: datetime,
) -> Message:
    """Answer with an approved template, filled in by `values` (see `variable_keys`), within the 24 hours or after.

    Raises `TemplateNotUsable`, `MissingValues`, `NotPossible` (another inbox answers here; they want no marketing), and what
    `post_reply` raises.
    """
    inbox, address = way_back(conversation)
    if not template.can_be_sent:
        raise TemplateNotUsable
    if template.inbox_id != inbox.pk:
        raise NotPossible(_("This conversation is answered by another inbox than the template’s."))
    check_wanted(template, address)
    given = {key: " ".join(values.get(key, "").split())[:LONGEST_VALUE] for key in variable_keys(template)}
    if missing := [key for key, value in given.items() if not value]:
        raise MissingValues(missing)
    return post_reply(
        actor=actor,
        conversation=conversation,
        text=filled_in(template, given),
        client_id=client_id,
        seen=seen,
        prepared=prepared_with(template, given),
        at=at,
    )


def check_wanted(template: WhatsAppTemplate, address: str) -> None:
    """Raise `NotPossible` for marketing to somebody who wants none."""
    points = ContactPoint.objects.filter(kind=ContactPoint.Kind.WHATSAPP, value=address)
    if template.category == MARKETING and points.exclude(opted_out_at=None).exists():
        raise NotPossible(_("The customer wants no marketing messages here."))


def template_fields(template: Mapping[str, Any]) -> dict[str, object]:
    """The fields of a message that sends a template, from what stands in the delivery."""
    values = object_in(template, "values")
    components: list[dict[str, object]] = []
    for part in ("header", "body"):
        found = [one for one in objects_in(template, "variables") if one.get("part") == part]
        if found:
            components.append({"type": part, "parameters": [_parameter(one, values) for one in found]})
    for one in objects_in(template, "variables"):
        if one.get("part") == "button":
            parameters = [{"type": "text", "text": values.get(f"button.{one['name']}", "")}]
            components.append({"type": "button", "sub_type": "url", "index": one["name"], "parameters": parameters})
    fields: dict[str, object] = {"name": template["name"], "language": {"code": template["language"]}}
    if components:
        fields["components"] = components
    return {"type": "template", "template": fields}


def _parameter(variable: Object, values: Object) -> dict[str, object]:
    name = str(variable["name"])
    parameter: dict[str, object] = {"type": "text", "text": values.get(f"{variable['part']}.{name}", "")}
    return parameter if name.isdecimal() else {**parameter, "parameter_name": name}
