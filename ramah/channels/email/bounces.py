"""Reading mail that says that another mail did not arrive: delivery status notifications (RFC 3464) and free-form bounces.

All that a bounce names is a claim: before anything is marked, the named recipient and message must be found among our own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ramah.channels.email.headers import Headers, one_line, read_addresses, read_headers, read_id
from ramah.channels.email.mime import Part

MAX_RECIPIENTS = 100
MAX_REASON = 200

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ORIGINAL_TYPES = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ #-])")
_FULL = re.compile(
    r"mailbox (?:is )?(?:full|over)|quota|out of storage|storage (?:space|limit)|insufficient (?:system )?storage"
    r"|kotak (?:surat|masuk) penuh|скринька переповнена|ящик переполнен",
    re.I,
)
_GONE = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox|address|domain)|does(?: not|n't) exist|not exist"
    r"|invalid (?:recipient|mailbox|address)|(?:recipient|address) (?:address )?rejected|mailbox (?:not found"
    r"|unavailable)"
    r"|(?:host|domain|user|address|recipient) (?:name )?(?:was |is )?not found|unrout(?:e)?able|permanent|fatal error"
    r"|could ?n[o']t be (?:delivered|found)|account (?:is |has been )?(?:disabled|closed|inactive)|given up",
    re.I,
)
_LATER = re.compile(
    r"delayed|will (?:be )?retr|will try|still trying|keep trying|warning message only|temporar|not yet been "
    r"delivered",
    re.I,
)
_DAEMONS = re.compile(r"(?:mailer[-_]?daemon|mail[-_]?daemon|postmaster|mail-?delivery|mdaemon|bounces?)\b", re.I)
_SUBJECTS = re.compile(
    r"undeliver|undelivered|delivery (?:status|fail|problem|has failed|incomplete|delayed)|returned (?:mail|to "
    r"sender)|failure notice"
    r"|mail (?:delivery|system) (?:fail|error)|mail delivery|non[- ]?delivery|not delivered|delayed mail"
    r"|(?:message|mail|delivery)(?: is| was| has been)? delayed|could not be delivered"
    r"|unzustellbar|nicht zugestellt|не доставлен|недоставлен|не вдалося доставити|доставк|tidak (?:dapat )?terkirim"
    r"|gagal (?:ter)?kirim|non remis|échec de|no entregado|no se pudo entregar|mancata consegna|niedostarczon"
    r"|onbestelbaar",
    re.I,
)
_COPY_BEGINS = re.compile(
    r"^(?:-{2,}[^\n]{0,80}(?:copy|original|returned|header|message)[^\n]{0,80}|Return-Path:|Received:"
    r"|Message-I[dD]:)",
    re.M,
)
_NAMED = re.compile(
    r"^[ \t>*]*(?:<([^\s<>@]{1,128}@[^\s<>@]{1,255})>|([^\s<>@:;,]{1,128}@[^\s<>@:;,()]{1,255}))\)?:?(?=\s|\Z)", re.M
)
_FAILED_TO = re.compile(
    r"(?:to|address(?:es)?|recipients?)[: ]+<?([^\s<>@:;,()]{1,128}@[^\s<>@:;,()]{1,255}?)>?[.,]?(?=\s|\Z)", re.I
)
_COPIED_ID = re.compile(r"^[ \t>]*Message-ID:[ \t]*(<[^<>\s]{1,900}>)", re.I | re.M)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a bounce says of one recipient. `hard`: the address will not take mail later either."""

    recipient: str
    hard: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail says of the failed or late delivery of another one."""

    is_bounce: bool = False
    failures: tuple[Failure, ...] = ()
    original_message_id: str = ""

    @property
    def hard(self) -> bool:
        """Whether any of the recipients is gone for good."""
        return any(failure.hard for failure in self.failures)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom the mail did not reach, or not yet."""
        return tuple(failure.recipient for failure in self.failures if failure.recipient)

    @property
    def reason(self) -> str:
        """The first diagnosis, short; that of a hard failure before others."""
        ordered = sorted(self.failures, key=lambda failure: not failure.hard)
        return ordered[0].reason if ordered else ""


NO_BOUNCE = Bounce()


def read_bounce(headers: Headers, root: Part, text: str) -> Bounce:
    """What the mail (its headers, its parts, its text) says about the delivery of another one."""
    status = next((part for part in root.walk() if part.content_type in _STATUS_TYPES), None) if root.parts else None
    if status:
        failures = tuple(_failures(status.content))
        return Bounce(True, failures, _original_id(root, text)) if failures else NO_BOUNCE
    if "x-failed-recipients" not in headers and not _is_from_daemon(headers):
        return NO_BOUNCE
    return _free_form(headers, root, text)


def _failures(content: bytes) -> Iterator[Failure]:
    position = 0
    found = 0
    while position < len(content) and found < MAX_RECIPIENTS:
        fields, following = read_headers(content, position, len(content))
        position = following if following > position else len(content)
        recipient = _recipient(fields)
        action = fields.first("action").lower().split(" ")[0]
        if not recipient or action in ("delivered", "relayed", "expanded"):
            continue
        found += 1
        diagnosis = one_line(fields.first("diagnostic-code").partition(";")[2] or fields.first("diagnostic-code"))
        status = one_line(fields.first("status"))
        hard = action != "delayed" and _is_hard(
            f"{status} {diagnosis}" if status[:1] in "45" else diagnosis, assume=True
        )
        yield Failure(recipient, hard, (diagnosis or f"{action} {status}".strip())[:MAX_REASON])


def _recipient(fields: Headers) -> str:
    for name in ("original-recipient", "final-recipient"):
        value = fields.first(name)
        addresses = read_addresses(value.rpartition(";")[2])
        if addresses and addresses[0].email:
            return addresses[0].email
    return ""


def _is_hard(diagnosis: str, *, assume: bool) -> bool:
    """RFC 3463: 5.x.x is for good, 4.x.x for now; a full mailbox (5.2.2) is emptied one day."""
    codes = _ENHANCED.findall(diagnosis)
    if "5.2.2" in codes or _FULL.search(diagnosis):
        return False
    if codes:
        return bool(codes[0].startswith("5"))
    reply = _REPLY_CODE.search(diagnosis)
    if reply:
        return reply[1].startswith("5")
    return not _LATER.search(diagnosis) and (assume or bool(_GONE.search(diagnosis)))


def _original_id(root: Part, text: str) -> str:
    for part in root.walk():
        if part.content_type in _ORIGINAL_TYPES:
            content = part.content
            found = read_id(read_headers(content, 0, min(len(content), 500_000))[0].first("message-id"))
            if found:
                return found
    copied = _COPIED_ID.search(text)
    return copied[1] if copied else ""


def _is_from_daemon(headers: Headers) -> bool:
    sender = headers.first("from")
    local = next((address.email.partition("@")[0] for address in read_addresses(sender)), "")
    is_from_nobody = headers.first("return-path").replace(" ", "") == "<>"
    is_answer = bool(_SUBJECTS.search(headers.text("subject")))
    return (bool(_DAEMONS.match(local or sender)) and (is_answer or is_from_nobody)) or (is_from_nobody and is_answer)


def _free_form(headers: Headers, root: Part, text: str) -> Bounce:
    copy = _COPY_BEGINS.search(text)
    said = text[: copy.start() if copy else len(text)][:20_000]
    named = [address.email for value in headers.all("x-failed-recipients") for address in read_addresses(value)]
    named = named or [bracketed or bare for bracketed, bare in _NAMED.findall(said)] or _FAILED_TO.findall(said)
    own = {address.email.lower() for name in ("to", "from") for address in read_addresses(headers.first(name))}
    recipients = [name.strip(".,") for name in dict.fromkeys(named) if name.lower().strip(".,") not in own][
        :MAX_RECIPIENTS
    ]
    subject = headers.text("subject")
    hard = not _LATER.search(subject) and _is_hard(said, assume=False)
    reason = _diagnosis(said) or subject
    failures = tuple(Failure(recipient, hard, reason) for recipient in recipients or [""])
    original = _original_id(root, text) or read_id(headers.first("in-reply-to"))
    return Bounce(True, failures, original)


def _diagnosis(said: str) -> str:
    for pattern in (_ENHANCED, _REPLY_CODE, _FULL, _GONE, _LATER):
        found = pattern.search(said)
        if found:
            start = said.rfind("\n", 0, found.start()) + 1
            end = said.find("\n", found.end())
            return one_line(said[start : end if end > 0 else len(said)])[:MAX_REASON]
    return ""
