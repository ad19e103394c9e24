"""Questions to the database of a running shop, answered by a process beside it: `python -m tests.support.shop`.

Each function answers with something that fits JSON; `Ramah.ask` calls them, by lines of JSON to and fro.
"""

import hashlib
import json
import logging
import sys
import traceback
from collections import Counter
from datetime import timedelta

PASSWORD = "a long enough pass phrase"


def seed():
    """A shop with one inbox, a policy around the clock, Ada (owner), Ben (agent) and Chris (contractor)."""
    from ramah.accounts.testing import make_agent, make_team
    from ramah.conversations.testing import make_inbox
    from ramah.desk.models import SLAPolicy
    from ramah.kernel import clock

    care = make_team("Care")
    inbox = make_inbox("support", name="Toko Laut", teams=[care], signature="Toko Laut")
    SLAPolicy.objects.create(
        name="Around the clock",
        inbox=inbox,
        first_reply_minutes=60,
        next_reply_minutes=120,
        resolution_minutes=1440,
        created_at=clock.now(),
    )
    make_agent(name="Ada", role="owner", email="ada@shop.example", password=PASSWORD)
    make_agent(name="Ben", teams=[care], email="ben@shop.example", password=PASSWORD)
    make_agent(name="Chris", role="contractor", teams=[care], email="chris@shop.example", password=PASSWORD)


def seed_goods():
    """The goods and terms of the demo shop, without its past conversations. Answers with a product that has sizes in stock."""
    from ramah.commerce.demo import seed as seed_shop
    from ramah.commerce.models import Product, Variant
    from ramah.kernel import clock
    from ramah.promises.demo import seed as seed_calendars

    seed_calendars(clock.now())
    seed_shop(clock.now())
    product = Product.objects.get(external_id="demo-shirt-1")
    Variant.objects.filter(product=product).update(stock=50)
    return product.slug


def seed_chat(key="shop", *origins):
    """Live chat with the care team, on the shop's own pages and on those of `origins`."""
    from ramah.accounts.models import Team
    from ramah.channels.chat.models import ChatSettings
    from ramah.conversations.testing import make_inbox

    inbox = make_inbox(key, channel="chat", address=f"chat:{key}", name="Toko Laut", teams=Team.objects.all())
    ChatSettings.objects.create(inbox=inbox, origins=list(origins))


def chat_lines():
    """The messages of all chats, by key: key, text, names of files, author."""
    from ramah.conversations.models import Message

    rows = Message.objects.filter(kind="message", conversation__inbox__channel="chat").order_by("pk")
    files = {row.pk: [file.filename for file in row.attachments.order_by("pk")] for row in rows}
    return [[row.pk, row.text, files[row.pk], row.author] for row in rows]


def chat_said():
    """What visitors have said in chats, by key: key, text, the conversation, and the contact point that said it."""
    from ramah.conversations.models import Message

    rows = Message.objects.filter(author="customer", conversation__inbox__channel="chat").order_by("pk")
    return list(rows.values_list("pk", "text", "conversation", "contact_point"))


def orders():
    """Every order that was placed in the shop itself, the newest first."""
    from ramah.commerce.models import Order

    rows = Order.objects.filter(checkout_key__isnull=False).order_by("-id").prefetch_related("lines")
    return [
        {
            "number": order.number,
            "public_id": order.public_id,
            "email": order.email,
            "state": order.state,
            "language": order.language,
            "total": str(order.total_amount),
            "currency": order.currency,
            "lines": [[line.sku, line.quantity] for line in order.lines.all()],
            "promised": str(order.promised_to),
        }
        for order in rows
    ]


def thread_about(number):
    """The conversation about an order: its messages, who wrote them, oldest first."""
    from ramah.commerce.models import Order
    from ramah.conversations.models import Message

    order = Order.objects.get(number=number)
    rows = Message.objects.filter(conversation__about=f"order:{order.pk}", kind="message").order_by("id")
    return [[row.author, row.text, row.conversation_id] for row in rows]


def fetch_by_imap(key, port):
    """An inbox more, fetched from the mailbox of that name on this machine."""
    from ramah.accounts.models import Team
    from ramah.channels.models import Mailbox
    from ramah.conversations.testing import make_inbox
    from ramah.desk.models import SLAPolicy
    from ramah.kernel import clock

    inbox = make_inbox(key, name=key.title(), teams=Team.objects.all())
    SLAPolicy.objects.create(name=key, inbox=inbox, first_reply_minutes=60, created_at=clock.now())
    Mailbox.objects.create(
        inbox=inbox,
        host="127.0.0.1",
        port=int(port),
        security="plain",
        username=key,
        password="secret",
        is_active=True,
        poll_seconds=1,
        next_attempt_at=clock.now(),
    )


def waiting():
    """How much is on its way: mails to be read, events, handlers to be tried again, mails to go out."""
    from ramah.channels.models import IntakeItem
    from ramah.conversations.models import MessageDelivery
    from ramah.kernel.models import HandlerRun, OutboxEvent

    return {
        "intake": IntakeItem.objects.filter(state="waiting").count(),
        "events": OutboxEvent.objects.count(),
        "handlers": HandlerRun.objects.count(),
        "deliveries": MessageDelivery.objects.filter(state__in=("queued", "sending")).count(),
    }


def let_time_pass():
    """Let every lease run out and every pause be over, as they would in a while."""
    from ramah.channels.models import IntakeItem, Mailbox
    from ramah.conversations.models import MessageDelivery
    from ramah.kernel import clock
    from ramah.kernel.models import HandlerRun, OutboxLane

    # Row by row: one statement over many would wait for the workers' transactions, and they for it.
    past = clock.now() - timedelta(seconds=1)
    for column, models in (
        ("claimed_until", (IntakeItem, Mailbox, MessageDelivery, HandlerRun, OutboxLane)),
        ("next_attempt_at", (IntakeItem, Mailbox, MessageDelivery, HandlerRun)),
    ):
        for model in models:
            rows = model.objects.filter(**{f"{column}__gt": past})
            for key in list(rows.values_list("pk", flat=True)):
                rows.filter(pk=key).update(**{column: past})


def census():
    """What stands in the database after a storm, counted in the ways in which something could be lost or doubled."""
    from ramah.channels.models import IntakeItem
    from ramah.conversations.models import Attachment, Conversation, Message, MessageDelivery
    from ramah.promises.models import Promise

    said = Message.objects.filter(kind="message", author="customer").values_list("text", "conversation_id")
    acknowledged = Message.objects.filter(author="system", client_id="acknowledgement")
    promises = Promise.objects.filter(kind="first_reply")
    return {
        "said": [(text.split()[0], conversation) for text, conversation in said],
        "conversations": list(Conversation.objects.values_list("id", flat=True)),
        "acknowledged": list(acknowledged.values_list("conversation_id", flat=True)),
        "noted_as_acknowledged": Conversation.objects.exclude(acknowledged_at=None).count(),
        "first_replies": [int(subject.split(":")[1]) for subject in promises.values_list("subject", flat=True)],
        "deliveries": list(MessageDelivery.objects.values_list("public_id", "state", "is_uncertain", "attempts")),
        "attachments": [
            hashlib.sha256(row.file.read()).hexdigest() == row.sha256 for row in Attachment.objects.order_by("id")
        ],
        "quarantined": list(IntakeItem.objects.filter(state="quarantined").values_list("reason", "error")),
        "states": Counter(IntakeItem.objects.values_list("state", flat=True)),
    }


def attempts(address):
    """How often each mail to this address was tried."""
    from ramah.conversations.models import MessageDelivery

    rows = MessageDelivery.objects.filter(message__conversation__customer__contact_points__value=address)
    return list(rows.order_by("id").values_list("attempts", flat=True))


def count_of(subject):
    """How many messages of customers stand under this subject."""
    from ramah.conversations.models import Message

    return Message.objects.filter(author="customer", conversation__subject=subject).count()


def troubles():
    """State, reason and attempts of the items of the intake that could not be read."""
    from ramah.channels.models import IntakeItem

    return list(IntakeItem.objects.exclude(reason="").order_by("id").values_list("state", "reason", "attempts"))


def main():
    """Answer line by line."""
    import django

    django.setup()
    logging.disable()  # the answers stand alone on the output
    for line in sys.stdin:
        question, *arguments = json.loads(line)
        try:
            answer = {"answer": globals()[question](*arguments)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
