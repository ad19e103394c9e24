"""What WhatsApp posts beside messages and reports: each ends with the reason why nothing came of it, or with what was noted."""

from datetime import datetime

from ramah.channels.commands import Outcome
from ramah.channels.models import IntakeItem
from ramah.channels.whatsapp.errors import words_of
from ramah.channels.whatsapp.models import WhatsAppTemplate
from ramah.channels.whatsapp.people import number_of
from ramah.conversations.models import Inbox
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint
from ramah.kernel.providers.json import Object, text_in

S = IntakeItem.State


def words_of_error(error: Object) -> str:
    """What an error says that is about no message."""
    return words_of(error)


def read_rest(said: Object, *, kind: str, thing: Object, external_id: str, inbox: Inbox, at: datetime) -> Outcome:
    """End an item that is neither message nor report."""
    field = text_in(said, "field", most=60)
    if kind == "preference":
        return _read_preference(thing, external_id, at=at)
    if kind == "echo":
        return Outcome(S.IGNORED, external_id, reason="written by the shop in the WhatsApp Business app")
    if kind == "message":
        return Outcome(S.IGNORED, external_id, reason=_why_no_message(thing))
    if field == "message_template_status_update":
        return _read_template_status(thing, external_id, inbox)
    return Outcome(S.IGNORED, external_id, reason=f"events of the kind {field or 'unknown'!r} are not read")


def _why_no_message(thing: Object) -> str:
    kind = text_in(thing, "type", most=40)
    if kind == "system":
        return f"system: {text_in(thing, 'system', 'body', most=160) or 'no words'}"
    if kind == "request_welcome":
        return "the customer has opened the chat and said nothing yet"
    return "no message: it does not say from whom" if thing else "no message: not an object"


def _read_preference(thing: Object, external_id: str, *, at: datetime) -> Outcome:
    """They have stopped or taken up marketing messages in WhatsApp itself: as good as a word."""
    value = text_in(thing, "value", most=20)
    address = number_of(text_in(thing, "wa_id", most=60)) or text_in(thing, "user_id", most=150)
    rows = ContactPoint.objects.select_related("customer")
    point = rows.filter(kind=ContactPoint.Kind.WHATSAPP, value=address).first()
    if point is None or value not in ("stop", "resume"):
        return Outcome(S.IGNORED, external_id, reason="preference of nobody who is known")
    follow = customers.opt_out if value == "stop" else customers.opt_in
    follow(contact_point=point, source="whatsapp", at=at)
    return Outcome(S.IGNORED, external_id, reason=f"noted: marketing messages, {value}")


def _read_template_status(thing: Object, external_id: str, inbox: Inbox) -> Outcome:
    name, language = text_in(thing, "message_template_name"), text_in(thing, "message_template_language", most=20)
    event = text_in(thing, "event", most=30)
    if event:
        WhatsAppTemplate.objects.filter(inbox=inbox, name=name, language=language).update(status=event)
    return Outcome(S.IGNORED, external_id, reason=f"template {name} ({language}): {event}")
