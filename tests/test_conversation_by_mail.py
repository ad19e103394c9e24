"""A real conversation: by SMTP into Ramah, out by SMTP into a Dovecot mailbox, fetched from there by IMAP, answered again."""

import email
import email.policy
import json
import os
import smtplib
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from aiosmtpd.controller import Controller

from ramah.channels.email.tests import dovecot
from ramah.channels.email.tests.smtp_sink import FreePort
from ramah.desk.commands.acknowledging import MOST_IN_A_WHILE
from tests.support.browsing import Browser
from tests.support.running import once, open_shop
from tests.support.waiting import until

SUPPORT = "support@shop.example"
PEOPLE = ("dana", "eli", "olha", "imap", "robot-marked", "robot-from", "robot-unmarked")

pytestmark = [
    once,
    pytest.mark.skipif(
        dovecot.BINARY is None and os.environ.get("CI") != "true",
        reason="Dovecot is not installed (Debian: dovecot-imapd)",
    ),
]


class Postman:
    """The customers' mail server: takes mail by SMTP and puts it into their Dovecot mailboxes."""

    def __init__(self, mailboxes):
        self.mailboxes = mailboxes

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            self.mailboxes.deliver(envelope.original_content, user=address.partition("@")[0])
        return "250 OK"


@pytest.fixture(scope="module")
def mailboxes():
    server = dovecot.Dovecot()
    with (server.home / "users").open("a") as users:
        users.writelines(f"{name}:{{plain}}secret\n" for name in PEOPLE)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def shop(mailboxes, tmp_path_factory):
    """`ramah run` with the customers' mail server behind it."""
    postman: Controller = FreePort(Postman(mailboxes), hostname="127.0.0.1", port=0, server_hostname="mail.example")
    postman.start()
    with open_shop(tmp_path_factory.mktemp("shop"), EMAIL_URL=f"smtp://127.0.0.1:{postman.port}") as shop:
        shop.ask("fetch_by_imap", "sales", str(mailboxes.port))
        yield shop
    assert "Traceback" not in shop.all_output
    postman.stop()


@pytest.fixture(scope="module")
def ben(shop):
    return Browser(shop.url).log_in("ben@shop.example")


class Person:
    """A customer with a mail program: `write` sends, `inbox` fetches, `answer` replies to a mail as this program does."""

    def __init__(self, name, shop, mailboxes):
        self.name, self.shop, self.mailboxes = name, shop, mailboxes
        self.address = f"{name}@mail.example"

    def write(self, subject, text, *, to=SUPPORT, sender=None, **headers):
        mail = EmailMessage()
        mail["From"] = f"{self.name.title()} <{self.address}>"
        mail["To"], mail["Subject"], mail["Message-ID"] = to, subject, make_msgid(domain="mail.example")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text + "\n")
        with smtplib.SMTP("127.0.0.1", self.shop.smtp_port, local_hostname="mail.example") as server:
            server.send_message(mail, from_addr=self.address if sender is None else sender, to_addrs=[to])
        return mail

    def inbox(self):
        client = self.mailboxes.client(self.name)
        _, (numbers,) = client.search(None, "ALL")
        found = [client.fetch(number, "(RFC822)")[1][0][1] for number in numbers.split()]
        client.logout()
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in found]

    def gets(self, count):
        return until(lambda: len(mails := self.inbox()) >= count and mails, otherwise=lambda: self.shop.output)[
            count - 1
        ]

    def quoting(self, mail, text):
        quoted = "".join(f"> {line}\n" for line in mail.get_body(("plain",)).get_content().splitlines())
        return f"{text}\n\nOn Monday {mail['From']} wrote:\n{quoted}"


@pytest.fixture
def person(shop, mailboxes):
    return lambda name: Person(name, shop, mailboxes)


def by_references(dana, mail, text):
    """Answers to the plain address, as clients do that drop the +detail; the ids are kept."""
    return dana.write(
        f"Re: {mail['Subject']}",
        text,
        In_Reply_To=mail["Message-ID"],
        References=f"{mail['References']} {mail['Message-ID']}",
    )


def by_token(dana, mail, text):
    """Keeps nothing but the address that it was asked to answer to."""
    return dana.write("about that thing", text, to=mail["Reply-To"].addresses[0].addr_spec)


def by_subject(dana, mail, text):
    """Rewrites the ids and answers to the plain address: only sender and subject are left."""
    return dana.write(
        f"Re: {mail['Subject']}", text, In_Reply_To="<rewritten@gateway.example>", References="<a@gateway.example>"
    )


def thread_of(shop, address):
    lines = shop.call("conversations", "--customer", address, "--json").stdout.splitlines()
    return [json.loads(shop.call("conversations", "--id", json.loads(line)["id"], "--json").stdout) for line in lines]


@pytest.mark.parametrize(("name", "answer"), [("dana", by_references), ("eli", by_token), ("olha", by_subject)])
def test_a_conversation_stays_one_thread(shop, ben, person, name, answer):
    customer = person(name)
    subject = f"Where is the parcel of {name}?"

    first = customer.write(subject, "It should have been here on Tuesday.")
    acknowledgement = customer.gets(1)
    second = answer(customer, acknowledgement, customer.quoting(acknowledgement, "It is the order 1042."))
    until(lambda: "It is the order 1042." in ben.open_conversation(subject))
    ben.submit("/reply/", text="It comes tomorrow.", then="")
    assert (ben.status, "It comes tomorrow." in ben.page) == (200, True)
    reply = customer.gets(2)
    until(lambda: "Sent" in ben.open_conversation(subject))
    ben.submit("/status/", status="resolved")
    third = answer(customer, reply, customer.quoting(reply, "It came, and it is broken."))
    until(lambda: "It came, and it is broken." in ben.open_conversation(subject))

    assert acknowledgement["In-Reply-To"] == acknowledgement["References"] == first["Message-ID"]
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert acknowledgement["Subject"] == f"Re: {subject}"
    assert reply["In-Reply-To"] == second["Message-ID"]
    assert reply["References"].split() == [first["Message-ID"], acknowledgement["Message-ID"], second["Message-ID"]]
    assert reply["Auto-Submitted"] is None
    assert reply["Reply-To"] == acknowledgement["Reply-To"]
    assert reply["Reply-To"].addresses[0].username.startswith("support+")
    assert reply["From"].addresses[0].addr_spec == SUPPORT
    assert reply.get_body(("plain",)).get_content().startswith("It comes tomorrow.")

    (thread,) = thread_of(shop, customer.address)
    said = [(m["author"], m["message_ids"]) for m in thread["messages"] if m["kind"] == "message"]
    mails = (first, acknowledgement, second, reply, third)
    assert said == list(
        zip(
            ("customer", "system", "customer", "agent", "customer"),
            [[mail["Message-ID"]] for mail in mails],
            strict=True,
        )
    )
    assert thread["messages"][-1]["text"] == "It came, and it is broken."
    assert (thread["status"], thread["resolved_at"]) == ("open", None)
    assert "reopened_by_customer" in [m["activity"] for m in thread["messages"]]
    assert [p["kind"] for p in thread["promises"] if p["state"] == "open"].count("next_reply") == 1
    assert len(customer.inbox()) == 2  # acknowledged once


def test_mail_that_is_fetched_by_imap_is_answered_alike(shop, ben, person, mailboxes):
    customer = person("imap")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = customer.address, "sales@shop.example", "Do you have it in green?"
    mail["Message-ID"] = "<green@mail.example>"
    mail.set_content("I like green.\n")
    mailboxes.deliver(mail.as_bytes(), user="sales")

    acknowledgement = customer.gets(1)
    until(lambda: "I like green." in ben.open_conversation("Do you have it in green?"))
    ben.submit("/reply/", text="Since yesterday.", then="")
    reply = customer.gets(2)

    assert acknowledgement["In-Reply-To"] == "<green@mail.example>"
    assert reply["References"].split() == ["<green@mail.example>", acknowledgement["Message-ID"]]
    assert reply["From"].addresses[0].addr_spec == "sales@shop.example"
    assert mailboxes.flags("sales") == {1: {"\\Seen"}}


AUTOMATIC = {
    "marked": ({"Auto_Submitted": "auto-replied"}, 1),
    "from nobody": ({"sender": ""}, 1),
    "unmarked": ({}, MOST_IN_A_WHILE),
}


@pytest.mark.parametrize("kind", AUTOMATIC)
def test_two_machines_do_not_answer_each_other_for_ever(shop, person, kind):
    """The customer's program answers whatever arrives, each time under a new subject and without any reference."""
    how, most = AUTOMATIC[kind]
    robot = person(f"robot-{kind.partition(' ')[0]}")
    robot.write("A real question", "Where is it?")

    for answered in range(most + 1):
        until(lambda answered=answered: len(robot.inbox()) > answered or shop.is_idle())
        if len(robot.inbox()) == answered:
            break
        robot.write(f"I am at the sea {answered}", "Back on Monday.", **how)

    until(lambda: shop.is_idle())
    assert len(robot.inbox()) == most
