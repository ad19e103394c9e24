"""Mails as they really look, all invented, made in code: what a mail holds stands beside what is expected of it."""

import base64
import quopri
import struct
from dataclasses import dataclass, field
from typing import Any

HEAD = b"From: Dana Doe <dana@example.com>\r\nTo: shop@example.org\r\nSubject: Order 1001\r\nMessage-ID: <m1@example.com>\r\n"
DATE = b"Date: Tue, 1 Jul 2025 10:00:00 +0700\r\n"


@dataclass(frozen=True)
class Sample:
    """A raw mail and what reading it must give: names of fields of the parsed mail, dotted for those inside."""

    raw: bytes
    expected: dict[str, Any] = field(default_factory=dict)


def encoded(text: str, charset: str, *, transfer: str = "8bit", name: str | None = None, head: bytes = HEAD) -> bytes:
    """A plain mail in `charset`, labeled `name` (default: rightly)."""
    content = text.encode(charset)
    if transfer == "base64":
        content = base64.encodebytes(content)
    elif transfer == "quoted-printable":
        content = quopri.encodestring(content)
    label = charset if name is None else name
    kind = f"Content-Type: text/plain; charset={label}\r\n" if label else ""
    return head + f"{kind}Content-Transfer-Encoding: {transfer}\r\n\r\n".encode() + content


def multipart(
    *parts: bytes, kind: str = "mixed", boundary: str = "=_b1", head: bytes = HEAD, close: bool = True
) -> bytes:
    """A multipart mail of parts that bring their own header."""
    mark = boundary.encode()
    body = b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)
    end = b"--" + mark + b"--\r\n" if close else b""
    return (
        head
        + f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
        + body
        + end
    )


def text_part(text: str, kind: str = "plain", extra: str = "") -> bytes:
    """A part of UTF-8 text."""
    return f"Content-Type: text/{kind}; charset=utf-8\r\n{extra}\r\n{text}".encode()


def file_part(name: str, content: bytes = b"PNG", kind: str = "image/png", extra: str = "") -> bytes:
    """A part that is a file; `name` is the whole of the parameters of its disposition."""
    head = f"Content-Type: {kind}\r\nContent-Disposition: attachment; {name}\r\nContent-Transfer-Encoding: base64\r\n{extra}\r\n"
    return head.encode() + base64.encodebytes(content)


def tnef(*, filename: str = "invoice.pdf", content: bytes = b"%PDF-1.4", body: str = "Please see") -> bytes:
    """A winmail.dat with a body and one file."""

    def attribute(level: int, name: int, value: bytes) -> bytes:
        return struct.pack("<BHHI", level, name, 0, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)

    long_name = filename.encode("utf-16-le") + b"\0\0"
    padded = long_name + b"\0" * (-len(long_name) % 4)
    properties = struct.pack("<IHHII", 1, 0x1F, 0x3707, 1, len(long_name)) + padded
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x9007, struct.pack("<II", 1252, 0))
        + attribute(1, 0x800C, body.encode() + b"\0")
        + attribute(2, 0x9002, b"\0" * 14)
        + attribute(2, 0x8010, b"INVOIC~1.PDF\0")
        + attribute(2, 0x800F, content)
        + attribute(2, 0x9005, properties)
    )


UKRAINIAN = "Добрий день! Де моє замовлення? Чекаю вже тиждень."
INDONESIAN = "Halo Kak, paket saya belum sampai. Tolong dicek ya."
JAPANESE = "注文した商品がまだ届きません。"

MAILS: dict[str, Sample] = {
    "plain": Sample(
        HEAD + DATE + b"\r\nWhere is my order?\r\n",
        {
            "message_id": "<m1@example.com>",
            "from_.name": "Dana Doe",
            "from_.email": "dana@example.com",
            "subject": "Order 1001",
            "text": "Where is my order?",
            "html": "",
            "language": "en",
            "attachments": (),
        },
    ),
    "no header at all": Sample(
        b"Where is my order?\r\nIt is late.", {"text": "Where is my order?\nIt is late.", "from_.email": ""}
    ),
    "only a header": Sample(HEAD, {"text": "", "subject": "Order 1001"}),
    "empty": Sample(b"", {"text": "", "message_id": "", "date": None}),
    "no From, no Date, no Message-ID": Sample(
        b"Subject: x\n\nhello there", {"from_.email": "", "date": None, "message_id": ""}
    ),
    "mailbox line above": Sample(
        b"From dana@example.com Tue Jul  1 10:00:00 2025\n" + HEAD + b"\nhi there", {"text": "hi there"}
    ),
    "line ends of old Macs": Sample(
        (HEAD + b"\r\nhi\r\nthere").replace(b"\r\n", b"\r"), {"text": "hi\nthere", "subject": "Order 1001"}
    ),
    "broken line between headers": Sample(
        b"Subject: x\nthis is broken\nTo: a@example.org\n\nhi", {"text": "hi", "to.0.email": "a@example.org"}
    ),
    "Indonesian": Sample(encoded(INDONESIAN, "utf-8"), {"text": INDONESIAN, "language": "id"}),
    "Ukrainian UTF-8 base64": Sample(
        encoded(UKRAINIAN, "utf-8", transfer="base64"), {"text": UKRAINIAN, "language": "uk"}
    ),
    "Ukrainian KOI8-U": Sample(encoded(UKRAINIAN, "koi8-u"), {"text": UKRAINIAN, "language": "uk"}),
    "Ukrainian windows-1251": Sample(
        encoded(UKRAINIAN, "windows-1251", transfer="quoted-printable"), {"text": UKRAINIAN}
    ),
    "windows-1251 without a label": Sample(encoded(UKRAINIAN, "windows-1251", name=""), {"text": UKRAINIAN}),
    "KOI8-U labeled latin-1": Sample(encoded(UKRAINIAN, "koi8-u", name="iso-8859-1"), {"text": UKRAINIAN}),
    "windows-1251 labeled utf-8": Sample(encoded(UKRAINIAN, "windows-1251", name="utf-8"), {"text": UKRAINIAN}),
    "UTF-8 labeled latin-1": Sample(encoded(UKRAINIAN, "utf-8", name="iso-8859-1"), {"text": UKRAINIAN}),
    "charset that does not exist": Sample(encoded(UKRAINIAN, "utf-8", name="x-klingon"), {"text": UKRAINIAN}),
    "charset that is no charset": Sample(encoded("hello there", "utf-8", name="zlib"), {"text": "hello there"}),
    "UTF-16": Sample(encoded(UKRAINIAN, "utf-16", transfer="base64"), {"text": UKRAINIAN}),
    "UTF-16 without byte order mark": Sample(
        encoded(UKRAINIAN, "utf-16-le", transfer="base64", name=""), {"text": UKRAINIAN}
    ),
    "UTF-7": Sample(encoded("Grüße", "utf-7", transfer="7bit"), {"text": "Grüße"}),
    "ISO-2022-JP": Sample(encoded(JAPANESE, "iso-2022-jp", transfer="7bit"), {"text": JAPANESE, "language": "ja"}),
    "Shift-JIS without a label": Sample(encoded(JAPANESE, "shift-jis", name=""), {"text": JAPANESE}),
    "GB2312": Sample(encoded("我的订单在哪里？", "gb2312"), {"text": "我的订单在哪里？", "language": "zh"}),
    "one bad byte in UTF-8": Sample(
        HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + UKRAINIAN.encode() + b"\xff",
        {"text": UKRAINIAN + "\ufffd"},
    ),
    "header in raw windows-1251": Sample(
        b"Subject: " + "Замовлення".encode("cp1251") + b"\n\nhi", {"subject": "Замовлення"}
    ),
    "header in raw UTF-8": Sample(
        "Subject: Замовлення\nFrom: Дана <dana@example.com>\n\nhi".encode(),
        {"subject": "Замовлення", "from_.name": "Дана"},
    ),
    "encoded word cut inside a letter": Sample(
        b"Subject: =?UTF-8?B?0JTQ?= =?UTF-8?B?sNC90LA=?=\n\n", {"subject": "Дана"}
    ),
    "encoded words side by side": Sample(
        b"Subject: =?utf-8?Q?Order?= =?utf-8?Q?_1001?= today\n\n", {"subject": "Order 1001 today"}
    ),
    "encoded word with a raw question mark": Sample(
        b"Subject: =?utf-8?Q?Where_is_it??=\n\n", {"subject": "Where is it?"}
    ),
    "encoded word that never ends": Sample(b"Subject: =?utf-8?Q?Where\n\n", {"subject": "=?utf-8?Q?Where"}),
    "line break smuggled into the subject": Sample(
        b"Subject: =?utf-8?Q?a=0D=0ABcc:_x@example.com?=\n\n", {"subject": "a Bcc: x@example.com", "cc": ()}
    ),
    "NUL bytes": Sample(b"Subject: a\0b\n\nhel\0lo there", {"subject": "ab", "text": "hello there"}),
    "address hidden in the name": Sample(
        b"From: =?utf-8?Q?evil=40example.net_=3Cx=40example.net=3E?= <dana@example.com>\n\nhi",
        {"from_.email": "dana@example.com", "from_.name": "evil@example.net <x@example.net>"},
    ),
    "two From fields": Sample(
        b"From: a@example.com\nFrom: b@example.com\n\nhi", {"from_.email": "a@example.com", "authors": 2}
    ),
    "two addresses in From": Sample(
        b"From: A <a@example.com>, b@example.com\n\nhi", {"from_.email": "a@example.com", "authors": 2}
    ),
    "comma in a quoted name": Sample(
        b'From: "Doe, Dana" <dana@example.com>\n\nhi', {"from_.name": "Doe, Dana", "authors": 1}
    ),
    "quote that never ends": Sample(b'From: "Dana <dana@example.com>\n\nhi', {"from_.email": "dana@example.com"}),
    "group of recipients": Sample(
        b"To: Team: a@example.org, B <b@example.org>;, c@example.org\n\nhi", {"to.2.email": "c@example.org"}
    ),
    "undisclosed recipients": Sample(b"To: undisclosed-recipients:;\n\nhi", {"to": ()}),
    "international address": Sample(
        "From: Дана <дана@приклад.укр>\n\nhi".encode(), {"from_.email": "дана@приклад.укр"}
    ),
    "look-alike letters stay": Sample("From: аda@exаmple.com\n\nhi".encode(), {"from_.email": "аda@exаmple.com"}),
    "Reply-To": Sample(
        b"Reply-To: Dana <d2@example.com>\n\nhi", {"reply_to.email": "d2@example.com", "reply_to.name": "Dana"}
    ),
    "real recipient": Sample(
        b"To: list@example.org\nDelivered-To: shop@example.org\n\nhi", {"recipients": ("shop@example.org",)}
    ),
    "ids of the thread": Sample(
        b"In-Reply-To: <2@example.org> (Ada's message)\nReferences: <1@example.org>\n\t<2@example.org> <1@example.org>\n\nhi",
        {"in_reply_to": "<2@example.org>", "references": ("<1@example.org>", "<2@example.org>")},
    ),
    "Message-ID without brackets": Sample(b"Message-ID: abc @example.com\n\nhi", {"message_id": "<abc@example.com>"}),
    "date without a zone": Sample(b"Date: Tue, 1 Jul 2025 10:00:00 -0000\n\nhi", {"date.hour": 10}),
    "date that is none": Sample(b"Date: yesterday\n\nhi", {"date": None}),
    "date beyond time": Sample(b"Date: Fri, 31 Dec 9999 23:59:59 -1400\n\nhi", {"date": None}),
    "base64 in pieces": Sample(
        HEAD
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(b"Hello")
        + b"\r\n"
        + base64.b64encode(b" there")
        + b"\r\n",
        {"text": "Hello there"},
    ),
    "base64 that is none": Sample(
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nWhere is my order? It is late.",
        {"text": "Where is my order? It is late."},
    ),
    "flowed": Sample(
        HEAD
        + b"Content-Type: text/plain; format=flowed\r\n\r\nThis is one \r\nlong line.\r\n From home"
        + b"\r\n> it is \r\n> quoted\r\n-- \r\nDana",
        {
            "text": "This is one long line.\nFrom home\n> it is quoted\n-- \nDana",
            "reply_text": "This is one long line.\nFrom home",
        },
    ),
    "flowed with words cut": Sample(
        HEAD + b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nThis is one lo \r\nng line.",
        {"text": "This is one long line."},
    ),
    "alternative": Sample(
        multipart(text_part("Hello there"), text_part("<p>Hello <b>there</b></p>", "html"), kind="alternative"),
        {"text": "Hello there", "html": "<p>Hello <b>there</b></p>", "attachments": ()},
    ),
    "only HTML": Sample(
        HEAD
        + b"Content-Type: text/html; charset=utf-8\r\n\r\n<style>p{}</style><p>Hello<br>there</p><p>Dana</p><script>x</script>",
        {"text": "Hello\nthere\n\nDana"},
    ),
    "HTML with its charset inside": Sample(
        HEAD + b'Content-Type: text/html\r\n\r\n<meta charset="windows-1251"><p>' + UKRAINIAN.encode("cp1251"),
        {"text": UKRAINIAN},
    ),
    "HTML without a type": Sample(HEAD + b"\r\n<html><body><p>Hello</p></body></html>", {"text": "Hello"}),
    "plain text says there is HTML": Sample(
        multipart(
            text_part("Your program cannot show HTML."), text_part("<p>Real words</p>", "html"), kind="alternative"
        ),
        {"text": "Real words"},
    ),
    "text goes on after a picture": Sample(
        multipart(text_part("Before"), file_part("filename=a.png"), text_part("After")),
        {"text": "Before\n\nAfter", "attachments.0.filename": "a.png"},
    ),
    "text file stays a file": Sample(
        multipart(
            text_part("See file"), text_part("a;b", "csv", "Content-Disposition: attachment; filename=orders.csv\r\n")
        ),
        {"text": "See file", "attachments.0.filename": "orders.csv", "attachments.0.content": b"a;b"},
    ),
    "picture shown in the text": Sample(
        multipart(
            text_part('<p>See <img src="cid:pic@1"></p>', "html"),
            file_part("filename=p.png", extra="Content-ID: <pic@1>\r\n"),
            kind="related",
        ),
        {"attachments.0.is_inline": True, "attachments.0.content_id": "pic@1", "attachments.0.size": 3},
    ),
    "mail in a mail": Sample(
        multipart(text_part("See below"), b"Content-Type: message/rfc822\r\n\r\nSubject: Inner one\r\n\r\nInner words"),
        {
            "text": "See below",
            "attachments.0.filename": "Inner one.eml",
            "attachments.0.content_type": "message/rfc822",
        },
    ),
    "invitation": Sample(
        multipart(text_part("Come"), text_part("BEGIN:VCALENDAR", "calendar"), kind="alternative"),
        {"text": "Come", "attachments.0.filename": "attachment.ics"},
    ),
    "last boundary missing": Sample(
        multipart(text_part("Words"), file_part("filename=a.png"), close=False),
        {"text": "Words", "attachments.0.size": 3},
    ),
    "boundary not named": Sample(
        HEAD + b"Content-Type: multipart/mixed\r\n\r\n--xyz\r\nContent-Type: text/plain\r\n\r\nWords\r\n--xyz--\r\n",
        {"text": "Words"},
    ),
    "boundary nowhere": Sample(
        HEAD + b"Content-Type: multipart/mixed; boundary=no\r\n\r\nJust words", {"text": "Just words"}
    ),
    "one boundary begins like the other": Sample(
        multipart(multipart(text_part("Inner"), boundary="=_b12", head=b""), text_part("Outer")),
        {"text": "Inner\n\nOuter"},
    ),
    "file name with a path": Sample(
        multipart(file_part('filename="../../etc/passwd"')), {"attachments.0.filename": "passwd"}
    ),
    "file name of Windows": Sample(
        multipart(file_part('filename="C:\\\\temp\\\\a.exe"')), {"attachments.0.filename": "a.exe"}
    ),
    "file name turned around": Sample(
        multipart(file_part('filename="invoice\u202efdp.exe"')), {"attachments.0.filename": "invoicefdp.exe"}
    ),
    "file name RFC 2231": Sample(
        multipart(file_part("filename*0*=utf-8''%D1%80%D0%B0%D1%85%D1; filename*1*=%83%D0%BD; filename*2=ok.pdf")),
        {"attachments.0.filename": "рахунok.pdf"},
    ),
    "file name RFC 2047": Sample(
        multipart(file_part('filename="=?utf-8?B?0YTQvtGC0L4=?=.png"')), {"attachments.0.filename": "фото.png"}
    ),
    "file name missing": Sample(multipart(file_part("x=y")), {"attachments.0.filename": "attachment.png"}),
    "file name without letters": Sample(
        multipart(file_part('filename=".."')), {"attachments.0.filename": "attachment.png"}
    ),
    "winmail.dat": Sample(
        multipart(text_part(""), file_part("filename=winmail.dat", tnef(), "application/ms-tnef")),
        {
            "text": "Please see",
            "attachments.0.filename": "winmail.dat",
            "attachments.1.filename": "invoice.pdf",
            "attachments.1.content": b"%PDF-1.4",
        },
    ),
    "winmail.dat that is broken": Sample(
        multipart(text_part("Words"), file_part("filename=winmail.dat", tnef()[:60], "application/ms-tnef")),
        {"text": "Words", "attachments.0.filename": "winmail.dat"},
    ),
    "uuencoded": Sample(
        HEAD + b"\r\nSee\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n", {"text": "See\nbegin 644 a.txt\n#0V%T\n`\nend"}
    ),
    "forwarded": Sample(
        HEAD.replace(b"Subject: ", b"Subject: Fwd: ")
        + b"\r\nPlease look\r\n\r\nFrom: X <x@example.com>\r\nSent: Tuesday\r\nTo: Y\r\nSubject: Bill\r\n\r\nPay 5",
        {"reply_text": "Please look\n\nFrom: X <x@example.com>\nSent: Tuesday\nTo: Y\nSubject: Bill\n\nPay 5"},
    ),
    "answer whose quotation only the HTML shows": Sample(
        multipart(
            text_part("Still waiting.\n\nXx Ada\nYour parcel"),
            text_part('<p>Still waiting.</p><div id="appendonsend"></div><p>Xx Ada</p><p>Your parcel</p>', "html"),
            kind="alternative",
        ),
        {"reply_text": "Still waiting."},
    ),
}
