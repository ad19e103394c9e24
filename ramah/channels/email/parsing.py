"""Reading a raw mail: who wrote what to whom, the words, the files. Never raises, whatever the bytes; decides nothing.

What it says of sender, ids and recipients is what the mail claims. HTML comes as it was written: show it only through
`ramah.ui.sanitize`.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from ramah.channels.email import bounces, language
from ramah.channels.email.bodies import Attachment, read_body
from ramah.channels.email.bounces import Bounce
from ramah.channels.email.headers import Address, Headers, read_addresses, read_date, read_id, read_ids
from ramah.channels.email.mime import read_mail
from ramah.channels.email.reply_text import reply_of_mail, unmarked

MAX_SUBJECT = 1_000
_RECIPIENT_FIELDS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to", "x-rcpt-to")
_FORWARD = re.compile(
    r"(?:fwd?|wg|tr|i|enc|rv|vb|pd|ilt|doorst|terusan|пересл|пер|перен|转发|轉寄|転送|전달)\.?\s?[:：]", re.I
)
_AUTO_SUBMITTED = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail as it was written.

    `text` is all of its text (made from the HTML where it has only that), `reply_text` the part that its writer typed now,
    without `quoted` and `signature`. Ids carry their angle brackets. `date` is UTC by the sender's clock. `recipients` are
    addresses that servers on the way noted as the real ones. `auto_submitted` is the first word of that field in lower case,
    "" for `no`.
    """

    message_id: str
    from_: Address
    authors: int
    reply_to: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    recipients: tuple[str, ...]
    subject: str
    date: datetime | None
    in_reply_to: str
    references: tuple[str, ...]
    text: str
    html: str
    reply_text: str
    quoted: str
    signature: str
    attachments: tuple[Attachment, ...]
    auto_submitted: str
    list_id: str
    bounce: Bounce
    language: str
    headers: Headers


def parse_mail(raw: bytes) -> ParsedMail:
    """Read a raw mail. Takes time in proportion to its length and never raises."""
    root = read_mail(raw)
    headers = root.headers
    body = read_body(root)
    text = unmarked(body.text)
    subject = headers.text("subject")[:MAX_SUBJECT]
    reply = reply_of_mail(body.text, body.html, is_forward=bool(_FORWARD.match(subject)))
    authors = [address for value in headers.all("from") for address in read_addresses(value)]
    references = read_ids(" ".join(headers.all("references")))
    answered = headers.first("in-reply-to")
    in_reply_to = next(iter(read_ids(answered)), "") or (read_id(answered) if "@" in answered else "")
    return ParsedMail(
        message_id=read_id(headers.first("message-id")),
        from_=next((author for author in authors if author.email), authors[0] if authors else Address()),
        authors=len(authors),
        reply_to=next((address for address in _addresses(headers, "reply-to") if address.email), None),
        to=_addresses(headers, "to"),
        cc=_addresses(headers, "cc"),
        recipients=tuple(
            dict.fromkeys(a.email for name in _RECIPIENT_FIELDS for a in _addresses(headers, name) if a.email)
        ),
        subject=subject,
        date=read_date(headers.first("date")),
        in_reply_to=in_reply_to,
        references=references,
        text=text,
        html=body.html,
        reply_text=reply.reply_text,
        quoted=reply.quoted,
        signature=reply.signature,
        attachments=body.attachments,
        auto_submitted=_auto_submitted(headers),
        list_id=headers.text("list-id"),
        bounce=bounces.read_bounce(headers, root, text),
        language=language.detect(reply.reply_text or subject),
        headers=headers,
    )


def _addresses(headers: Headers, name: str) -> tuple[Address, ...]:
    return tuple(read_addresses(", ".join(headers.all(name)))) if name in headers else ()


def _auto_submitted(headers: Headers) -> str:
    found = _AUTO_SUBMITTED.search(headers.first("auto-submitted").lower())
    return found[0] if found and found[0] != "no" else ""
