"""Writing the mail of a delivery: headers, text and HTML, signature, attachments. Reads; changes nothing, sends nothing.

What a customer or an agent typed can reach a header only as one line of text: names and subjects are flattened, while addresses,
ids and further headers with a line break in them are refused.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy
from email.utils import format_datetime
from functools import partial

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _

from ramah.channels.email.models import Mailbox
from ramah.channels.email.tokens import reply_address
from ramah.channels.email.transports import WIRE
from ramah.conversations.commands.sealing import unsealed
from ramah.conversations.models import Attachment, Inbox, Message, MessageDelivery

MOST_REFERENCES = 20
LOOP_HEADER = "X-Ramah-Loop"
_ALLOWED_HEADERS = re.compile(r"In-Reply-To|References|Auto-Submitted|Precedence|List-[A-Za-z-]+|X-[A-Za-z0-9-]+")
# https://www.rfc-editor.org/rfc/rfc8058: mail programs offer one click where both are there and signed (DKIM).
UNSUBSCRIBE, UNSUBSCRIBE_POST, ONE_CLICK = "List-Unsubscribe", "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
_UNSUBSCRIBE = re.compile(r"<(?:https?://|mailto:)[!-+\--;=?-~]{1,900}>")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,248}>")
_ADDRESS = re.compile(r"[^\s<>\"(),:;\\@]+@[^\s<>\"(),:;\\@]+")


class Unsendable(Exception):
    """The delivery cannot be made into a mail; the text says why, for people."""


class _WholeHeader(UnstructuredHeader, BaseHeader):
    """Ids or addresses, once, folded between them; the standard class would break a long one up into encoded words."""

    max_count = 1

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: " + f"{policy.linesep} ".join(str(self).split()) + policy.linesep


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("in-reply-to", "references", "message-id", UNSUBSCRIBE.lower(), UNSUBSCRIBE_POST.lower()):
        registry.map_to_type(name, _WholeHeader)
    return registry


_POLICY = WIRE.clone(header_factory=_registry())


def compose(delivery: MessageDelivery) -> EmailMessage:
    """The mail of a delivery, ready to be handed over to `delivery.recipients`.

    To and Cc show who was written to; nobody else is named, whoever the recipients are. Raises `Unsendable`, and OSError when
    an attachment cannot be read.
    """
    message, inbox = delivery.message, delivery.inbox
    mailbox = Mailbox.objects.filter(inbox=inbox).first() or Mailbox(inbox=inbox)
    mail = EmailMessage(policy=_POLICY)
    try:
        _address_it(mail, delivery, mailbox)
        _thread_it(mail, delivery)
        language = _refuse_breaks(message.language or inbox.language)
    except (ValueError, IndexError) as error:
        raise Unsendable(_("A header of this message cannot be sent as it is.")) from error
    _write_bodies(mail, message, inbox, language)
    for attachment in Attachment.objects.filter(message=message).order_by("id"):
        _attach(mail, attachment)
    mail["Content-Language"] = language  # last: adding parts would move it into the first of them
    return mail


def _address_it(mail: EmailMessage, delivery: MessageDelivery, mailbox: Mailbox) -> None:
    message, inbox = delivery.message, delivery.inbox
    mail["From"] = _mail_address(inbox.address, _sender_name(message, inbox, mailbox))
    # What was said in a chat and goes by mail was not written to a mail address.
    to = [address for address in message.to if "@" in address] or delivery.recipients[:1]
    mail["To"] = [_mail_address(address) for address in to]
    if message.cc:
        mail["Cc"] = [_mail_address(address) for address in message.cc]
    if mailbox.has_reply_tokens:
        mail["Reply-To"] = _mail_address(reply_address(inbox.address, message.conversation_id), inbox.name)
    mail["Subject"] = _subject(message, inbox, is_reply="In-Reply-To" in delivery.headers)
    mail["Date"] = format_datetime(message.created_at)


def _sender_name(message: Message, inbox: Inbox, mailbox: Mailbox) -> str:
    if mailbox.names_agent and message.author == Message.Author.AGENT and message.author_name:
        with translation.override(message.language or inbox.language):
            return _("%(agent)s via %(inbox)s") % {"agent": message.author_name, "inbox": inbox.name}
    return inbox.name


def _subject(message: Message, inbox: Inbox, *, is_reply: bool) -> str:
    subject = _one_line(message.subject) or inbox.name
    return subject if not is_reply or re.match(r"(?i)re\s*(\[\d+\])?:", subject) else f"Re: {subject}"


def _thread_it(mail: EmailMessage, delivery: MessageDelivery) -> None:
    mail["Message-ID"] = _ids(delivery.external_id, most=1)
    mail[LOOP_HEADER] = delivery.inbox.address
    for name, value in delivery.headers.items():
        if not _ALLOWED_HEADERS.fullmatch(name) or name == LOOP_HEADER:
            raise ValueError(name)
        mail[name] = _WRITTEN.get(name.lower(), _refuse_breaks)(value)
    if UNSUBSCRIBE_POST in mail and "<http" not in str(mail[UNSUBSCRIBE]):
        raise ValueError("there is no address to post to")


def _ids(value: str, *, most: int) -> str:
    # The first id names the thread; after it the newest count.
    ids = _MESSAGE_ID.findall(_refuse_breaks(value))
    return " ".join(ids if len(ids) <= most else [*ids[: most > 1], *ids[-(most - 1 or 1) :]])


def _unsubscribe(value: str) -> str:
    """The addresses behind one another, with what mail programs need between them."""
    addresses = [address.strip() for address in _refuse_breaks(value).split(",")]
    if not all(map(_UNSUBSCRIBE.fullmatch, addresses)):
        raise ValueError("not an address to unsubscribe at")
    return ", ".join(addresses)


def _one_click(value: str) -> str:
    if value != ONE_CLICK:
        raise ValueError("not what is posted to unsubscribe")
    return value


_WRITTEN: Mapping[str, Callable[[str], str]] = {
    "in-reply-to": partial(_ids, most=1),
    "references": partial(_ids, most=MOST_REFERENCES),
    UNSUBSCRIBE.lower(): _unsubscribe,
    UNSUBSCRIBE_POST.lower(): _one_click,
}


def _mail_address(address: str, name: str = "") -> Address:
    if not _ADDRESS.fullmatch(_refuse_breaks(address)):
        raise Unsendable(_("%(address)s is not an address that mail can go to.") % {"address": _one_line(address)})
    local, _at, domain = address.rpartition("@")
    try:
        return Address(_one_line(name), local, domain.encode("idna").decode())
    except UnicodeError as error:
        raise Unsendable(_("%(address)s is not an address that mail can go to.") % {"address": address}) from error


def _refuse_breaks(value: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in value):
        raise ValueError("control character in a header")
    return value


def _one_line(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text).split())


def _write_bodies(mail: EmailMessage, message: Message, inbox: Inbox, language: str) -> None:
    signature = inbox.signature.strip()
    text = unsealed(message, message.text).replace("\r\n", "\n").strip()
    if message.html and message.author == Message.Author.SYSTEM:
        # A mail of the shop as it was laid out; what customers wrote as HTML never goes out again.
        mail.set_content(f"{text}\n")
        mail.add_alternative(unsealed(message, message.html, spell=escape), subtype="html")
        return
    mail.set_content(f"{text}\n\n-- \n{signature}\n" if signature else f"{text}\n")
    with translation.override(language):
        html = render_to_string(
            "channels/email/message.html",
            {"text": text, "signature": signature, "inbox": inbox, "language": language, "subject": mail["Subject"]},
        )
    mail.add_alternative(html, subtype="html")


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    maintype, _slash, subtype = attachment.content_type.partition("/")
    if maintype in ("multipart", "message") or not subtype:
        maintype, subtype = "application", "octet-stream"
    with attachment.file.open("rb") as file:
        mail.add_attachment(
            file.read(), maintype=maintype, subtype=subtype, filename=_one_line(attachment.filename) or "file"
        )
