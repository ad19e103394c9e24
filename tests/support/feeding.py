"""Mail for a storm, and the other mail servers that bring it: they send until they hear 250, as mail servers do."""

import random
import smtplib
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage
from queue import Empty, Queue

INBOX = "support@shop.example"


@dataclass(frozen=True)
class Storm:
    """`mails` are to arrive once each, `again` are exact copies of some; `opening` says how many of them open a conversation."""

    mails: dict[str, bytes]
    again: list[str]
    opening: int
    with_files: int


def make_storm(count: int, chance: random.Random) -> Storm:
    """A mixture: a third with a file, a quarter replies to earlier mails, a tenth delivered twice; every fifth writes again."""
    mails: dict[str, bytes] = {}
    opened: list[tuple[str, str, str]] = []
    with_files = 0
    for number in range(count):
        mail = EmailMessage()
        key = f"storm-{number}"
        replies = bool(opened) and chance.random() < 0.25
        answered, subject, sender = (
            chance.choice(opened) if replies else ("", f"Where is {key}", f"c{number % (count * 4 // 5)}")
        )
        mail["From"] = f"{sender.title()} <{sender}@mail.example>"
        mail["To"] = INBOX
        mail["Subject"] = f"Re: {subject}" if replies else subject
        mail["Message-ID"] = f"<{key}@mail.example>"
        mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
        if replies:
            mail["In-Reply-To"] = mail["References"] = answered
        else:
            opened.append((mail["Message-ID"], subject, sender))
        mail.set_content(f"{key} has not arrived, and it should have been here on Tuesday.\n")
        if chance.random() < 0.33:
            with_files += 1
            mail.add_attachment(
                f"{key} ".encode() * chance.randrange(1, 8000),
                maintype="application",
                subtype="pdf",
                filename=f"{key}.pdf",
            )
        mails[key] = mail.as_bytes()
    return Storm(mails, chance.sample(list(mails), count // 10), len(opened), with_files)


class Senders:
    """Several mail servers that bring the storm side by side, some hundred mails a second.

    What is not acknowledged they send again, to whoever listens then.
    """

    def __init__(self, storm: Storm, port: int, chance: random.Random, *, count: int = 4) -> None:
        self.storm, self.port = storm, port
        self.acknowledged: list[str] = []
        self._chance = chance
        self.tries = 0
        self._queue: Queue[str] = Queue()
        keys = list(storm.mails)
        for key in storm.again:
            keys.insert(chance.randrange(len(keys)), key)
        for key in keys:
            self._queue.put(key)
        self.total = len(keys)
        self._threads = [threading.Thread(target=self._send_all, daemon=True) for _ in range(count)]
        self._gave_up = threading.Event()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.1, end - time.monotonic()))
        self._gave_up.set()
        assert len(self.acknowledged) == self.total, f"{len(self.acknowledged)} of {self.total} mails were taken"

    def _send_all(self) -> None:
        server = None
        while not self._gave_up.is_set():
            try:
                key = self._queue.get_nowait()
            except Empty:
                return
            while not self._gave_up.is_set():
                try:
                    self.tries += 1
                    server = server or smtplib.SMTP(
                        "127.0.0.1", self.port, local_hostname="mx.mail.example", timeout=30
                    )
                    server.sendmail("sender@mail.example", INBOX, self.storm.mails[key])
                    self.acknowledged.append(key)
                    time.sleep(self._chance.uniform(0, 0.06))
                    break
                except (OSError, smtplib.SMTPException):
                    server = None
                    time.sleep(0.05)
