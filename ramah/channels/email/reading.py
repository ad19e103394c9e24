"""E-mails of the intake become messages, or end with the reason why not.

Order matters: what a machine sent is told from what a person wrote before anybody is looked up, so that a bounce or an auto-reply
never makes a customer, opens a conversation or is answered.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from ramah.channels.commands import Outcome, register_reader
from ramah.channels.email.parsing import ParsedMail, parse_mail
from ramah.channels.email.proof import Authentication, read_authentication
from ramah.channels.email.recipients import AddressBook, inbox_of
from ramah.channels.email.tokens import conversation_of_addresses
from ramah.channels.email.traffic import Kind, Traffic, classify
from ramah.channels.models import IntakeItem
from ramah.conversations.commands import delivering
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.receiving import InboundMessage, Received, receive_messages
from ramah.conversations.models import Conversation, ExternalId
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint, Proof

S = IntakeItem.State
MOST_REFERENCES = 50
_REPLY_PREFIX = re.compile(
    r"\s*(?:(?:re|fw|fwd|aw|wg|sv|vs|antw|odp|rif|res|tr|enc|bls|balas|trs|відп|вд|пер|ответ|回复|回覆|转发)\s*(?:\[\d+\])?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_book = AddressBook()


class MailTooLarge(Exception):
    """Only the head of the mail was fetched, since it is larger than RAMAH_INTAKE_MAX_MB; the mailbox still has all of it."""


def read_emails(items: Sequence[IntakeItem], at: datetime) -> list[Outcome]:
    """Read raw mails. Raises whatever went wrong: the intake then reads them one by one and quarantines the one that fails."""
    letters = [_letter(item) for item in items]
    outcomes = [_outcome_of_machine(letter, at=at) for letter in letters]
    people = [letter for letter, outcome in zip(letters, outcomes, strict=True) if outcome is None]
    points = customers.meet_customers([_stranger(letter) for letter in people], at=at)
    inbounds = [_inbound(letter, point) for letter, point in zip(people, points, strict=True)]
    received = iter(zip(people, receive_messages(inbounds, at=at), strict=True))
    return [outcome or _outcome_of_person(*next(received)) for outcome in outcomes]


@dataclass(frozen=True, slots=True)
class _Letter:
    """An item with what was read from it."""

    item: IntakeItem
    raw: bytes
    mail: ParsedMail
    traffic: Traffic
    external_id: str
    proved: Authentication


def _letter(item: IntakeItem) -> _Letter:
    if size := item.envelope.get("left_out_bytes"):
        raise MailTooLarge(f"{size} bytes")
    raw = bytes(item.raw)
    mail = parse_mail(raw)
    proved = read_authentication(
        raw,
        mail,
        trusted_authserv_ids=settings.TRUSTED_AUTHSERV_IDS,
        dnsfunc=_dns_text if settings.VERIFY_DKIM else None,
    )
    traffic = classify(mail, is_ours=_is_ours, from_nobody=_came_from_nobody(item))
    return _Letter(item, raw, mail, traffic, _external_id(mail, raw), proved)


def _came_from_nobody(item: IntakeItem) -> bool:
    # Other transports do not know the sender of the envelope, or leave it out.
    return item.envelope.get("transport") in ("smtp", "lmtp") and not item.envelope.get("sender")


def _outcome_of_machine(letter: _Letter, *, at: datetime) -> Outcome | None:
    kind = letter.traffic.kind
    if kind is Kind.BOUNCE:
        return _read_bounce(letter.mail, letter.external_id, at=at)
    if kind is Kind.AUTO_REPLY:
        return _read_auto_reply(letter.mail, letter.external_id, letter.traffic.reason, at=at)
    if kind is Kind.LOOP:
        return Outcome(S.IGNORED, letter.external_id, reason=f"loop: {letter.traffic.reason}")
    return None


def _outcome_of_person(letter: _Letter, received: Received) -> Outcome:
    is_elsewhere = received.conversation.inbox_id != letter.item.inbox_id
    return Outcome.of(received, more="; also sent to this inbox" if is_elsewhere else "")


def _inbound(letter: _Letter, sender: ContactPoint) -> InboundMessage:
    item, mail = letter.item, letter.mail
    addresses = [a.email for a in (*mail.to, *mail.cc) if a.email]
    envelope = [str(address) for address in item.envelope.get("recipients", [])]
    subject = mail.subject[:250]
    bare = _REPLY_PREFIX.sub("", subject, count=1) if _REPLY_PREFIX.match(subject) else subject
    return InboundMessage(
        inbox=item.inbox,
        sender=sender,
        external_id=letter.external_id,
        digest=_digest(mail),
        subject=bare.strip(),
        text=mail.reply_text or mail.text,
        full_text=mail.text,
        html=mail.html,
        language=mail.language or sender.customer.language,
        author_name=mail.from_.name,
        sent_at=mail.date,
        to=[a.email for a in mail.to if a.email][:50],
        cc=[a.email.lower() for a in mail.cc if a.email and not _is_ours(a.email)][:50],
        reply_to=mail.reply_to.email.lower() if mail.reply_to and not _is_ours(mail.reply_to.email) else "",
        references=_references(mail),
        thread=conversation_of_addresses([*envelope, *mail.recipients, *addresses]),
        is_reply=bare != subject or bool(mail.in_reply_to),
        is_personal=letter.traffic.is_person,
        is_spam=mail.headers.first("x-spam-flag").strip().lower() == "yes",
        detail={"proof": "verified"} if letter.proved.aligned else {},
        files=[File(a.filename, a.content_type, a.content, a.content_id) for a in mail.attachments],
    )


def _stranger(letter: _Letter) -> customers.Stranger:
    """Whoever wrote. A mail without any address still has a customer, who cannot be answered by mail."""
    mail = letter.mail
    name = mail.from_.name[:160]
    address = (mail.from_.email or (mail.reply_to.email if mail.reply_to else "")).lower()
    if not address or len(address) > 254:
        nobody = f"mail:{hashlib.sha256(letter.raw).hexdigest()[:32]}"
        return customers.Stranger(ContactPoint.Kind.VISITOR, nobody, name)
    proof = Proof.CHANNEL_VERIFIED if letter.proved.aligned else Proof.CLAIMED
    return customers.Stranger(ContactPoint.Kind.EMAIL, address, name, mail.language, proof)


def _dns_text(name: bytes) -> bytes | None:
    from dkim.dnsplug import get_txt  # slow to import, and only where Ramah verifies signatures itself

    found: bytes | None = get_txt(name, timeout=3)  # type: ignore[no-untyped-call]  # dkimpy has no types
    return found


def _references(mail: ParsedMail) -> list[str]:
    """Ids this mail refers to, the nearest last, each once."""
    ids = [*mail.references[-MOST_REFERENCES:], *([mail.in_reply_to] if mail.in_reply_to else [])]
    nearest_last = dict.fromkeys(i for i in reversed(ids) if i and i != mail.message_id and len(i) <= 250)
    return list(nearest_last)[::-1]


def _external_id(mail: ParsedMail, raw: bytes) -> str:
    if mail.message_id and len(mail.message_id) <= 220:
        return mail.message_id
    return f"sha256:{hashlib.sha256(mail.message_id.encode() or raw).hexdigest()}"


def _digest(mail: ParsedMail) -> str:
    """Over what the sender wrote, not what servers add: the same mail delivered twice has the same digest."""
    parts = (mail.from_.email, mail.subject, str(mail.date), mail.text, mail.html)
    content = "\0".join(parts).encode(errors="replace") + b"\0".join(a.content for a in mail.attachments)
    return hashlib.sha256(content).hexdigest()[:16]


def _is_ours(address: str) -> bool:
    if not _book.is_fresh:
        _book.read()
    return bool(address) and inbox_of(address, _book.inboxes) is not None


def _read_bounce(mail: ParsedMail, external_id: str, *, at: datetime) -> Outcome:
    """Mark the message that came back; a hard bounce flags the address, if the message really went there."""
    bounce = mail.bounce
    delivery = None
    for candidate in dict.fromkeys([bounce.original_message_id, *_references(mail)]):
        delivery = delivery or (candidate and delivering.sent_as(candidate)) or None
    if delivery is None:
        return Outcome(S.IGNORED, external_id, reason="bounce of a message that is not ours")
    conversation = delivery.message.conversation
    reason = bounce.reason or "the message came back"
    if not bounce.hard:
        add_activity(conversation, "delayed", at=at, reason=reason[:300])
        return Outcome(S.IGNORED, external_id, f"bounce, may still arrive: {reason}", conversation)
    delivering.mark_bounced(delivery, reason=reason, at=at)
    failed = {failure.recipient.lower() for failure in bounce.failures if failure.hard}
    gone = [address for address in delivery.recipients if address.lower() in failed]
    for address in gone:
        customers.flag_bounced(kind=ContactPoint.Kind.EMAIL, value=address.lower(), reason=reason, at=at)
    add_activity(conversation, "bounced", at=at, reason=reason[:300], address=", ".join(gone))
    return Outcome(S.IGNORED, external_id, f"bounce: {reason}", conversation)


def _read_auto_reply(mail: ParsedMail, external_id: str, reason: str, *, at: datetime) -> Outcome:
    """Note an auto-reply in the thread it answers, if its sender takes part there. It changes nothing else."""
    conversation = _thread_of(mail)
    text = " ".join((mail.reply_text or mail.text).split())[:300]
    if conversation is not None:
        add_activity(conversation, "auto_reply", at=at, text=text)
    return Outcome(S.IGNORED, external_id, f"auto-reply: {reason}", conversation)


def _thread_of(mail: ParsedMail) -> Conversation | None:
    rows = ExternalId.objects.filter(value__in=_references(mail), is_expected=False)
    known = rows.select_related("message__conversation__customer").order_by("-id").first()
    if known is None:
        return None
    conversation = known.message.conversation
    point = ContactPoint.objects.filter(kind=ContactPoint.Kind.EMAIL, value=mail.from_.email.lower()).first()
    return conversation if point is not None and point.customer_id == conversation.customer_id else None


register_reader("email", read_emails)
