"""Telling what somebody wrote now from what was quoted below or between, and from the signature.

Text in doubt stays: losing a customer's words is worse than showing a quotation. Every rule looks at a few lines, so the time
grows with the length only. The words of each language stand in `reply_words`.
"""

import re
from dataclasses import dataclass

from ramah.channels.email import reply_words as words
from ramah.ui.markup import Tag, html_to_text

MAX_SIGNATURE_LINES = 15
MAX_LINES_SEARCHED = 3_000
MAX_QUOTATIONS = 300

# Lines that stand in text made from HTML where its markup says what follows. Control characters never come from outside.
_INTRODUCES, _QUOTES, _SIGNS = "\x02introduces", "\x02quotes", "\x02signs"
_MARKS = frozenset({_INTRODUCES, _QUOTES, _SIGNS})
_MARK_LINE = re.compile("^\x02[a-z]+\n?", re.M)
_FOREIGN_MARKS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")

_QUOTED_NAMES = re.compile(
    r"\b(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|OutlookMessageHeader|mail-editor-reference-message-container"
    r"|ms-outlook-mobile-reference-message|yahoo_quoted|zmail_extra|isReplyContent|qqmail_quote|mailruapp_quote)"
)
_INTRODUCING_NAMES = re.compile(
    r"\b(?:gmail_quote|gmail_attr|moz-cite-prefix|protonmail_quote|reply-intro|tutanota_quote)"
)
_SIGNING_NAMES = re.compile(
    r"(?:gmail_signature|moz-signature|ms-outlook-mobile-signature|protonmail_signature_block|^Signature\b)"
)
_OUTLOOK_LINE = re.compile(r"border-top:\s*solid\s+#?[\w()]+\s+1\.0pt", re.I)
_HTML_HINTS = (
    "gmail_quote",
    "divRplyFwdMsg",
    "appendonsend",
    "reference-message",
    "border-top:solid",
    'type="cite"',
    "moz-cite-prefix",
    "protonmail_quote",
    "yahoo_quoted",
    "OLK_SRC_BODY",
    "OutlookMessageHeader",
)

_EMAIL = r"[^\s<>@\"'(]{1,80}@[^\s<>@]{1,100}"
_HAS_EMAIL = re.compile(_EMAIL)
_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)|\b\d{1,2}[./-]\d{1,2}[./-]\d\d(?:\d\d)?\b")
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.hH時时点시]\s?\d{2}(?!\d)|\d{1,2}\s?(?:[ap]\.?m\b|Uhr\b)", re.I)
_WROTE = re.compile(
    rf"(?:(?:^|[\s,.<>)\"”'`]|(?<=[^\x00-\u024f]))(?:{words.WROTE})\b|写道|寫道|のメール|작성).{{0,120}}$", re.I | re.S
)
_ON = re.compile(rf"[\s*_\"“«‪‫]*(?:(?:{words.ON})[\s,.，、:]|\d|[^\n:]{{1,60}}<{_EMAIL}>)", re.I)
_NAMED_LAST = re.compile(rf"{_EMAIL}[\s>)\]*\u200e\u200f\u202a-\u202e]*[:：]?\W{{0,4}}$")
_BAR = r"[\s>]*+[-_=–—~*•]{2,}+[\s>]*+"
_ORIGINAL = re.compile(
    rf"(?:{_BAR}(?:{words.ORIGINAL})[\s:]*[-_=–—~*•]{{2,}}|>?\s*\*?(?:{words.ORIGINAL})\*?\s*:?)\s*$", re.I
)
_FORWARDED = re.compile(rf"(?:{_BAR})?(?:{words.FORWARDED})[^\n]{{0,80}}$", re.I)
_REPLY_ABOVE = re.compile(words.REPLY_ABOVE, re.I)
_BARRED = re.compile(r"\s*-{3,}[^\n]{10,300}-{3,}\s*$")
_RULE = re.compile(r"[\s>]*(?:_{10,}|-{20,}|={20,}|---)\s*$")
_FIELD = re.compile(r"[>\s*_|\"]*+([^:：\n]{1,25}?)\s*+[*_]*+\s?[:：]")
_ROLES = {key.replace("\u00a0", " "): role for role, keys in words.FIELDS.items() for key in keys.split(" ")}
_SENT = re.compile(
    rf"[\s*_(\[]*(?:(?:{words.SENT_FIRST}).{{0,50}}(?:{words.DEVICES})|.{{0,50}}(?:{words.DEVICES}).{{0,20}}(?:{words.SENT_LAST}))",
    re.I,
)
_CONFIDENTIAL = re.compile(rf"[\s*_(\[]*(?:{words.CONFIDENTIAL})", re.I)
_DASHES = re.compile(r"\s{0,3}(?:--|—|––)\s*$")


@dataclass(frozen=True, slots=True)
class ReplyParts:
    """A text taken apart: what was written now, what was quoted, and the signature."""

    reply_text: str
    quoted: str = ""
    signature: str = ""


def reply_text(text: str, *, is_forward: bool = False) -> ReplyParts:
    """What the writer of `text` wrote now. A forward, and a mail that is only a quotation, keep everything."""
    return _parts(_FOREIGN_MARKS.sub("", text.replace("\r\n", "\n")), is_forward)


def reply_text_of_html(html: str, *, is_forward: bool = False) -> ReplyParts:
    """What the writer of `html` wrote now, as text; the markup of mail programs helps to tell."""
    return _parts(marked_text(html), is_forward)


def marked_text(html: str) -> str:
    """The text of HTML with marks where its markup says that a quotation or a signature follows; see `unmarked`."""
    return html_to_text(_FOREIGN_MARKS.sub("", html), quote_mark=_mark)


def unmarked(text: str) -> str:
    """Text without the marks that `marked_text` has set."""
    return _MARK_LINE.sub("", text).strip() if "\x02" in text else text


def reply_of_mail(text: str, html: str, *, is_forward: bool = False) -> ReplyParts:
    """What the writer of a mail wrote now: from its (marked) text, or from its HTML where only that shows the quotation."""
    parts = _parts(text, is_forward)
    if parts.quoted or is_forward or "\x02" in text or not any(hint in html for hint in _HTML_HINTS):
        return parts
    by_markup = reply_text_of_html(html[:1_000_000])
    return by_markup if by_markup.quoted else parts


def _mark(tag: Tag) -> str:
    if "=" not in tag.source:
        return ""
    attributes = tag.attributes
    name = f"{attributes.get('id', '')} {attributes.get('class', '')}".strip()
    if name:
        if _QUOTED_NAMES.search(name):
            return _QUOTES
        if _INTRODUCING_NAMES.search(name):
            return _INTRODUCES
        if _SIGNING_NAMES.search(name):
            return _SIGNS
    return _QUOTES if _OUTLOOK_LINE.search(attributes.get("style", "")) else ""


def _parts(text: str, is_forward: bool) -> ReplyParts:
    whole = unmarked(text).strip("\n").rstrip()
    if is_forward:
        return ReplyParts(whole)
    lines = text.split("\n")
    cut, is_forwarded = _find_cut(lines)
    if is_forwarded:
        return ReplyParts(whole)
    kept, quoted = _without_quotations(lines[:cut])
    quoted += lines[cut:]
    kept, signature = _without_signature(kept)
    reply = _joined(kept)
    if not reply:
        return ReplyParts(whole)
    return ReplyParts(reply, _joined(quoted), _joined(signature))


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n\s*\n\s*\n", "\n\n", "\n".join(line for line in lines if line not in _MARKS)).strip("\n").rstrip()


def _find_cut(lines: list[str]) -> tuple[int, bool]:
    """The line from which all is quoted without `>` (or the end), and whether a forwarded mail begins there."""
    for position, line in enumerate(lines[:MAX_LINES_SEARCHED]):
        if not line or line.lstrip()[:1] == ">":
            continue
        if len(line) < 200 and _FORWARDED.match(line):
            return position, True
        if _begins_quotation(lines, position):
            return _with_rule(lines, position), False
    return len(lines), False


def _begins_quotation(lines: list[str], position: int) -> bool:
    line = lines[position]
    if line == _QUOTES:
        return not _is_forward_ahead(lines, position)
    if len(line) > 500:
        return False
    if _BARRED.match(line) and all(sign.search(line) for sign in (_HAS_EMAIL, _YEAR, _TIME)):
        return True
    if _is_header_block(lines, position) or (_ORIGINAL.match(line) and _has_fields_or_end(lines, position)):
        return True
    if line.rstrip()[-1:] in ":：‬" and not _quotes_follow(lines, position + 1):
        return _introduction(lines, position, alone=True) is not None
    return line.lstrip()[:1] in "#-=_*" and bool(_REPLY_ABOVE.search(line))


def _is_forward_ahead(lines: list[str], position: int) -> bool:
    return any(_FORWARDED.match(line) for line in lines[position + 1 : position + 6] if len(line) < 200)


def _with_rule(lines: list[str], position: int) -> int:
    """The cut moved up over the rule, the blank lines and the wrapped introduction that stand right above it."""
    if lines[position].rstrip()[-1:] in ":：‬":
        start = _introduction(lines, position, alone=True)
        position = position if start is None else start
    above = position
    while above and position - above < 4 and (not lines[above - 1].strip() or lines[above - 1] in _MARKS):
        above -= 1
    return above - 1 if above and _RULE.match(lines[above - 1]) else position


def _has_fields_or_end(lines: list[str], position: int) -> bool:
    """Whether after "Original Message" a mail header follows; words alone could be a customer's heading."""
    if re.match(_BAR, lines[position]):
        return True
    return any(_role(line) for line in lines[position + 1 : position + 4])


def _role(line: str) -> str:
    found = _FIELD.match(line)
    return _ROLES.get(found[1].lower().strip("*_ "), "") if found else ""


def _is_header_block(lines: list[str], position: int) -> bool:
    """From, Sent, To, Subject as Outlook sets them above what it quotes, in any language, also spaced or wrapped."""
    if not _role(lines[position]):
        return False
    roles: set[str] = set()
    strangers = 0
    block = lines[position : position + 14]
    for index, line in enumerate(block):
        role = _role(line)
        strangers += bool(line.strip()) and not role
        if strangers > 2:
            block = block[:index]
            break
        roles.add(role)
    if "from" not in roles:
        return False
    if "subject" in roles:
        return "date" in roles or "to" in roles
    return {"date", "to"} <= roles and any(_HAS_EMAIL.search(line) for line in block)


def _introduction(lines: list[str], end: int, *, alone: bool) -> int | None:
    """Where "On <date> <somebody> wrote:" begins that ends in line `end`; None if it is none.

    `alone`: no `>` follows, so it must be beyond doubt.
    """
    joined = ""
    found = None
    for start in range(end, max(end - 4, -1), -1):
        line = lines[start].strip()
        if not line or line[0] == ">" or line in _MARKS or len(joined) + len(line) > 400:
            break
        joined = f"{line} {joined}".strip()
        if _is_introduction(joined, alone):
            found = start
            if _ON.match(line):
                break
    return found


def _is_introduction(text: str, alone: bool) -> bool:
    has_email, has_year, has_time = (bool(sign.search(text)) for sign in (_HAS_EMAIL, _YEAR, _TIME))
    if has_year and has_time and has_email and (not alone or _NAMED_LAST.search(text) or _WROTE.search(text)):
        return bool(_ON.match(text)) or not alone
    if not _WROTE.search(text):
        return False
    if alone:
        return bool(_ON.match(text)) and (has_time or has_email) and (has_year or has_email)
    return has_email or has_year or has_time


def _quotes_follow(lines: list[str], position: int) -> bool:
    for line in lines[position : position + 4]:
        if line.strip() and line not in _MARKS:
            return line.lstrip()[0] == ">"
    return False


def _without_quotations(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines without those that begin with `>` and without what introduces them; and these."""
    kept: list[str] = []
    quoted: list[str] = []
    introduced = -1
    quotations = 0
    was_quoted = False
    for line in lines:
        if line == _INTRODUCES:
            introduced = len(kept) if introduced < 0 else introduced
            continue
        is_quoted = line.lstrip()[:1] == ">" and not line.lstrip().startswith((">>>", ">_<", ">.<"))
        if is_quoted and not was_quoted and quotations < MAX_QUOTATIONS:
            _move_introduction(kept, quoted, introduced)
            introduced = -1
            quotations += 1
        (quoted if is_quoted else kept).append(line)
        was_quoted = is_quoted
    return kept, quoted


def _move_introduction(kept: list[str], quoted: list[str], introduced: int) -> None:
    last = len(kept)
    while last and not kept[last - 1].strip():
        last -= 1
    if 0 <= introduced < last and last - introduced <= 5:
        start: int | None = introduced
    else:
        start = _introduction(kept, last - 1, alone=False) if last and kept[last - 1].rstrip()[-1:] in ":：‬" else None
    if start is not None:
        quoted += kept[start:]
        del kept[start:]


def _without_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    for start in range(max(0, end - MAX_SIGNATURE_LINES - 1), end):
        line = lines[start]
        is_sign = line == _SIGNS or _DASHES.match(line) or (len(line) < 1_000 and _CONFIDENTIAL.match(line))
        if is_sign and any(before.strip() for before in lines[:start] if before not in _MARKS):
            above, further = _without_sent_from(lines[:start])
            return above, further + lines[start:]
    return _without_sent_from(lines[:end])


def _without_sent_from(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines without "Sent from my ..." and its like among the last three that are not blank."""
    seen = 0
    for position in range(len(lines) - 1, -1, -1):
        line = lines[position].strip()
        if not line or line in _MARKS:
            continue
        seen += 1
        if len(line) < 120 and _SENT.match(line) and not line.endswith("?"):
            return lines[:position], lines[position:]
        if seen == 3:
            break
    return lines, []
