"""What customers did not ask for, by WhatsApp: in free words within the 24 hours, else by the approved template of its kind.

The template of a kind is called `ramah_<kind>`, in each language that customers speak. The address behind its button is the
shop's own with `{{1}}` behind it, such as https://shop.example/{{1}}.
"""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from ramah.channels.sending import check_sending
from ramah.channels.whatsapp.models import WhatsAppTemplate
from ramah.channels.whatsapp.templates import (
    LONGEST_VALUE,
    MARKETING,
    check_wanted,
    filled_in,
    prepared_with,
    variable_keys,
)
from ramah.channels.whatsapp.window import open_until
from ramah.conversations.commands.outlets import TEXT, Announcement, NotPossible
from ramah.conversations.models import Inbox
from ramah.customers.models import ContactPoint

PREFIX = "ramah_"


def announce(
    inbox: Inbox, contact_point: ContactPoint, announcement: Announcement, at: datetime
) -> Mapping[str, object]:
    """How it goes. Raises `NotPossible`: no approved template says it, or the customer wants no marketing."""
    check_sending(inbox)
    until = open_until(inbox, contact_point.value)
    if until is not None and at < until:
        return {}
    template = _template_for(inbox, announcement)
    check_wanted(template, contact_point.value)
    values = _values_for(template, announcement.values)
    return {TEXT: filled_in(template, values), **prepared_with(template, values)}


def _template_for(inbox: Inbox, announcement: Announcement) -> WhatsAppTemplate:
    """That of the kind in the customer's language: `en-GB` where there is one, else any English."""
    named = {"name": PREFIX + announcement.kind}
    wanted = announcement.language.replace("-", "_").lower()
    base = wanted.partition("_")[0]
    rows = WhatsAppTemplate.objects.filter(inbox=inbox, language__istartswith=base, **named).order_by("language")
    speaking = [row for row in rows if row.can_be_sent and row.language.lower().partition("_")[0] == base]
    if not base or not speaking:
        raise NotPossible(_("WhatsApp has approved no template %(name)s in the customer’s language.") % named)
    found = next((row for row in speaking if row.language.lower() == wanted), speaking[0])
    if announcement.is_promotion and found.category != MARKETING:
        raise NotPossible(_("The template %(name)s is not approved for marketing.") % named)
    return found


def _values_for(template: WhatsAppTemplate, values: Mapping[str, str]) -> dict[str, str]:
    given = {key: " ".join(_value_at(key, values).split())[:LONGEST_VALUE] for key in variable_keys(template)}
    if missing := [key for key, value in given.items() if not value]:
        facts = {"name": template.name, "places": ", ".join(missing)}
        raise NotPossible(_("Nothing is known for these places of the template %(name)s: %(places)s.") % facts)
    return given


def _value_at(key: str, values: Mapping[str, str]) -> str:
    """The value of a place: by name, by number in their order, behind a button the link."""
    part, _dot, name = key.partition(".")
    if part == "button":
        return values.get("link", "")
    if name.isdecimal():
        return next((value for place, value in enumerate(values.values(), 1) if place == int(name)), "")
    return values.get(name, "")
