"""Mails taken in, read, promised and acknowledged: how many in a second, and CPU for each.

Floor: the same mails parsed by the standard library's default policy and stored as one row each, fifty to a commit.
"""

import email
import email.policy
from email.message import EmailMessage
from typing import Any

from bench import ground

WORDS = "Halo, paket saya belum sampai padahal sudah seminggu. Mohon bantuannya, terima kasih banyak. " * 6
BIG = 1_000_000


def make_mails(
    prefix: str, count: int, *, answered: list[str] | None = None, senders: list[str] | None = None
) -> list[bytes]:
    """`count` mails: seven in ten plain, the others with HTML, one in twenty with a file; answers when `answered` is given."""
    mails = []
    for n in range(count):
        mail = EmailMessage()
        mail["From"] = senders[n] if senders else f"Customer {n} <{prefix}{n}@mail.example>"
        mail["To"] = "support@shop.example"
        mail["Subject"] = ("Re: " if answered else "") + f"Pesanan {n}"
        mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0700"
        mail["Message-ID"] = f"<{prefix}.{n}@mail.example>"
        if answered:
            mail["In-Reply-To"] = mail["References"] = answered[n]
        mail.set_content(f"{WORDS}\n\n{prefix} {n}\n")
        if n % 10 >= 7:
            mail.add_alternative(f"<html><body><p>{WORDS}</p><p>{n}</p></body></html>", subtype="html")
        if n % 20 == 19:
            mail.add_attachment(
                b"%PDF-1.4 " + bytes(20_000), maintype="application", subtype="pdf", filename="bukti.pdf"
            )
        mails.append(mail.as_bytes())
    return mails


def take(inbox: Any, mails: list[bytes]) -> None:
    """All of it: stored, read, threaded, promised, acknowledged (queued)."""
    from ramah.channels import commands
    from ramah.kernel import clock, outbox

    for start in range(0, len(mails), 50):
        at = clock.now()
        raws: list[tuple[bytes, dict[str, object]]] = [(raw, {}) for raw in mails[start : start + 50]]
        items = commands.take_in(inbox_id=inbox.pk, raws=raws, at=at, claimed=True)
        for item in items:
            item.inbox = inbox
        commands.process(items, at=at)
        outbox.drain()


def floor_of(mails: list[bytes]) -> tuple[float, float]:
    """The floor: parse with the standard library and store one row."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        blob = "bytea" if connection.vendor == "postgresql" else "blob"
        cursor.execute(f"CREATE TABLE IF NOT EXISTS bench_floor (sender text, subject text, body text, raw {blob})")

    def work() -> None:
        for start in range(0, len(mails), 50):
            with transaction.atomic(), connection.cursor() as cursor:
                for raw in mails[start : start + 50]:
                    mail = email.message_from_bytes(raw, policy=email.policy.default)
                    body = mail.get_body(("plain",))
                    row = (str(mail["From"]), str(mail["Subject"]), body.get_content() if body else "", raw)
                    cursor.execute("INSERT INTO bench_floor VALUES (%s, %s, %s, %s)", row)

    return ground.timed(work)


def measure(name: str, inbox: Any, mails: list[bytes]) -> None:
    """Print mails a second and CPU per mail."""
    floor_wall, floor_cpu = floor_of(mails)
    wall, cpu = ground.timed(lambda: take(inbox, mails))
    count = len(mails)
    ground.figure(f"mail.{name}.rate", count / wall, "mails/s", floor=count / floor_wall)
    ground.figure(f"mail.{name}.cpu", cpu / count * 1000, "ms CPU/mail", floor=floor_cpu / count * 1000)


def check(expected: int) -> None:
    """A figure over mails that were lost would be worth nothing."""
    from ramah.channels.queries import intake_sum

    total = intake_sum()
    if not total.closes or total.accepted != expected:
        raise SystemExit(f"bench.mail: the intake does not close: {total}")


def main() -> None:
    """New mails and replies, into an empty and into a big database."""
    ground.start()
    inbox, ben, _lia = ground.make_shop()
    count = ground.OPTIONS["mails"]
    take(inbox, make_mails("warm", 100))
    measure("new.empty", inbox, make_mails("new", count))
    own = [f"<new.{n}@mail.example>" for n in range(count)]
    measure(
        "reply.empty",
        inbox,
        make_mails("answer", count, answered=own, senders=[f"new{n}@mail.example" for n in range(count)]),
    )
    big = max(int(size) for size in ground.OPTIONS["sizes"].split(","))
    ground.grow(inbox, ben, first=1, last=big, messages=1)
    measure(f"new.{big}", inbox, make_mails("late", count))
    spread = [1 + n * (big // count) for n in range(count)]
    known = [f"<bench.{n}@bench.example>" for n in spread]
    measure(
        f"reply.{big}",
        inbox,
        make_mails("again", count, answered=known, senders=[f"c{n}@bench.example" for n in spread]),
    )
    check(100 + 4 * count)


if __name__ == "__main__":
    main()
