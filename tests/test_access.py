"""Every route against every role: who gets in, who is sent away, and that whoever is sent away learns nothing.

A new route needs no line here unless it shows an object; then it needs one in `objects`, or the test names it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, get_resolver

from ramah.accounts.models import Invitation, User
from ramah.accounts.testing import actor_of_agent, client_of, make_agent, make_team
from ramah.channels.commands import take_in
from ramah.channels.models import IntakeItem
from ramah.channels.phone.testing import make_call
from ramah.commerce.models import Category, DeliveryOption, DeliveryRate, Question, Refund, Review, SizeGuide, Voucher
from ramah.commerce.testing import make_order, make_product
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers.commands import merge_customers
from ramah.customers.testing import make_customer
from ramah.desk.models import SLAPolicy
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry, HandlerRun
from ramah.kernel.permissions import permission_table
from ramah.notices.models import Suppression
from ramah.notices.testing import make_rule
from ramah.promises.testing import make_calendar
from ramah.shipping.models import CarrierTask, Claim
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "Zebra-7391"
# Decorated by allauth itself; `ramah/accounts/tests` holds what is open there.
FOREIGN = ("allauth.",)
ROLES = {line.name: set(line.roles) for line in permission_table()}


def routes() -> list[tuple[str, str, Any]]:
    """(path pattern, url name, view) of every route."""

    def walk(resolver: Any, prefix: str) -> Iterator[tuple[str, str, Any]]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLPattern):
                yield prefix + str(pattern.pattern), pattern.name or "", pattern.callback
            else:
                yield from walk(pattern, prefix + str(pattern.pattern))

    return [route for route in walk(get_resolver(), "") if not route[2].__module__.startswith(FOREIGN)]


GUARDED = [(path, name, view) for path, name, view in routes() if not view.access.startswith("public: ")]


def test_every_route_states_its_access():
    silent = [path for path, _name, view in routes() if not getattr(view, "access", "")]

    assert silent == []


def test_every_stated_permission_is_in_the_table():
    unknown = {view.access for _path, _name, view in GUARDED} - set(ROLES)

    assert unknown == set()


@pytest.fixture
def shop(db):
    """Everything there is once, in Ben's inbox; Cleo and the other contractor are of another team."""
    team, other = make_team("Jakarta care"), make_team("Returns")
    people = {
        "owner": make_agent(name="Ada", role="owner"),
        "lead": make_agent(name="Lia", role="lead"),
        "agent": make_agent(name="Ben", teams=[team]),
        "contractor": make_agent(name="Chris", role="contractor", teams=[team]),
        "agent of another team": make_agent(name="Cleo", teams=[other]),
        "contractor of another team": make_agent(name="Cris", role="contractor", teams=[other]),
    }
    inbox = make_inbox("support", name=SECRET, teams=[team])
    customer = make_customer(SECRET, email="dana@mail.example")
    conversation = make_conversation(inbox, customer=customer, subject=SECRET, text=SECRET)
    message = post_reply(
        actor=actor_of_agent(people["agent"]),
        conversation=conversation,
        text=SECRET,
        files=[File("a.txt", "text/plain", b"words")],
        at=NOON,
    )
    item = take_in(inbox_id=inbox.pk, raws=[(f"Subject: {SECRET}\n\n{SECRET}".encode(), {})], at=NOON)[0]
    IntakeItem.objects.update(state="quarantined", next_attempt_at=None)
    run = HandlerRun.objects.create(
        handler="x", name="conversation.changed", subject="x", payload={}, state="failed", published_at=NOON
    )
    invitation = Invitation.objects.create(
        email="new@mail.example", role="agent", invited_by=people["owner"], expires_at=NOON, created_at=NOON
    )
    policy = SLAPolicy.objects.create(name="P", inbox=inbox, created_at=NOON)
    guest = Client()
    guest.force_login(User.objects.create(email="eli@mail.example", created_at=NOON))
    return {
        "clients": {role: client_of(agent) for role, agent in people.items()},
        "customer": guest,
        "anonymous": Client(),
        "objects": {
            "desk/c/": conversation.public_id,
            "desk/team/": team.public_id,
            "desk/deliveries/": message.delivery.public_id,
            "desk/messages/": message.public_id,
            "desk/attachments/": message.attachments.get().public_id,
            "desk/settings/outbox/": message.delivery.public_id,
            "desk/settings/quarantine/": item.public_id,
            "desk/settings/failures/": run.pk,
            "desk/settings/sla/": policy.public_id,
            "desk/settings/calendars/": make_calendar().public_id,
            "desk/settings/mailboxes/": inbox.public_id,
            "desk/settings/inboxes/": make_inbox("chat", channel="chat", address="chat:chat").public_id,
            "desk/settings/inboxes/new/": "chat",
            "desk/settings/agents/invitations/": invitation.public_id,
            "desk/settings/agents/": people["agent"].public_id,
            "desk/settings/teams/": team.public_id,
            "desk/settings/profile/sessions/": 1,
            **shop_objects(make_order(customer=customer)),
            **delivery_objects(make_order(customer=customer)),
            "desk/calls/": make_call(conversation, at=NOON).public_id,
            "desk/panels/": customer.public_id,
            "desk/settings/phone/": make_inbox("hotline", channel="phone").public_id,
            "desk/customers/": customer.public_id,
            "desk/customer-addresses/": customer.contact_points.get().pk,
            "desk/customer-merges/": merge_customers(
                actor=SYSTEM, kept=customer, merged=make_customer("Old"), at=NOON
            ).public_id,
        },
    }


def shop_objects(order: Any) -> dict[str, Any]:
    """One of everything that the merchant's pages show."""
    product = make_product()
    option = DeliveryOption.objects.create(names={"en": "JNE"}, created_at=NOON)
    rate = DeliveryRate.objects.create(option=option, country="ID", currency="IDR", amount=Decimal(1))
    words = {"product": product, "text": SECRET, "language": "en", "created_at": NOON}
    return {
        "desk/shop/orders/": order.public_id,
        "desk/shop/refunds/": Refund.objects.create(order=order, amount=Decimal(1), created_at=NOON).public_id,
        "desk/shop/products/": product.public_id,
        "desk/shop/variants/": product.variants.get().public_id,
        "desk/shop/categories/": Category.objects.create(slug="a", path="a", created_at=NOON).public_id,
        "desk/shop/size-guides/": SizeGuide.objects.create(name="Shirts", created_at=NOON).public_id,
        "desk/shop/voices/reviews/": Review.objects.create(rating=5, author_name="Dana", **words).public_id,
        "desk/shop/voices/questions/": Question.objects.create(**words).public_id,
        "desk/shop/vouchers/": Voucher.objects.create(code="A", kind="free_shipping", created_at=NOON).public_id,
        "desk/shop/delivery/": option.public_id,
        "desk/shop/delivery-rates/": rate.pk,
    }


def delivery_objects(order: Any) -> dict[str, Any]:
    """One of everything that the pages of deliveries and notices show."""
    parcel = make_shipment(order, at=NOON, label=ContentFile(b"%PDF-1.4", "label.pdf"))
    claim = Claim.objects.create(shipment=parcel, kind="lost", amount=1, currency="IDR", created_at=NOON)
    task = CarrierTask.objects.create(shipment=parcel, kind="date", state="uncertain", made_by="x", created_at=NOON)
    spared = Suppression.objects.create(customer=order.customer, actor="x", created_at=NOON)
    return {
        "desk/shop/parcels/": parcel.public_id,
        "desk/delivery/claims/": claim.public_id,
        "desk/delivery/tasks/": task.public_id,
        "desk/settings/carriers/": make_carrier(at=NOON).public_id,
        "desk/settings/carriers/accounts/": make_carrier_account(at=NOON).public_id,
        "desk/settings/carriers/accounts/new/": "table",
        "desk/notices/": make_rule(at=NOON).key,
        "desk/settings/notices/spare/": spared.public_id,
    }


# What belongs to an inbox is invisible from other teams; the rest is the shop's as a whole.
OF_AN_INBOX = (
    "desk/c/",
    "desk/calls/<",
    "desk/team/",
    "desk/deliveries/",
    "desk/messages/",
    "desk/attachments/",
    "desk/settings/outbox/<",
    "desk/settings/quarantine/<",
)


def address(path: str, shop: dict[str, Any]) -> str:
    """The address of a route, its object filled in."""
    if path.startswith("desk/^"):
        return "/desk/open/"
    if "<" not in path:
        return f"/{path}"
    before, _, rest = path.partition("<")
    key = max((key for key in shop["objects"] if before.startswith(key)), key=len, default=None)
    assert key is not None, f"{path} shows an object: say in `objects` which one to try"
    tail = rest.partition(">")[2].replace("<slug:name>", "cancel")
    assert "<" not in tail, f"{path} shows two objects: place it in this test"
    return f"/{before}{shop['objects'][key]}{tail}"


def ask(client: Client, url: str) -> Any:
    """GET, or POST without fields where the route only takes that."""
    response = client.get(url)
    return client.post(url) if response.status_code == 405 else response


@pytest.mark.parametrize(("path", "name", "view"), GUARDED, ids=[path for path, _, _ in GUARDED])
def test_strangers_and_customers_get_nowhere(shop, path, name, view):
    url = address(path, shop)

    sent_to_log_in, refused = ask(shop["anonymous"], url), ask(shop["customer"], url)

    assert (sent_to_log_in.status_code, refused.status_code) == (302, 403)
    assert sent_to_log_in["Location"].startswith("/accounts/login/")
    assert SECRET not in refused.content.decode() + sent_to_log_in.content.decode()


@pytest.mark.parametrize(("path", "name", "view"), GUARDED, ids=[path for path, _, _ in GUARDED])
def test_each_role_gets_in_where_the_table_says(shop, path, name, view):
    url = address(path, shop)
    for role, client in shop["clients"].items():
        audited = AuditEntry.objects.count()
        if role.split()[0] not in ROLES[view.access]:
            response = ask(client, url)
            assert response.status_code == 403, role
            assert SECRET not in response.content.decode(), role
            assert AuditEntry.objects.count() == audited, role
        elif "another team" in role and path.startswith(OF_AN_INBOX):
            response = ask(client, url)
            assert response.status_code == 404, role
            assert SECRET not in response.content.decode(), role
            assert AuditEntry.objects.count() == audited, role
        else:
            assert client.get(url).status_code in (200, 302, 405), role


def test_lists_of_another_team_show_nothing(shop):
    for role in ("agent of another team", "contractor of another team"):
        client = shop["clients"][role]
        for url in ("/desk/open/", "/desk/unassigned/", "/desk/search/?q=R-1", "/desk/nav/"):
            page = client.get(url).content.decode()
            assert SECRET not in page, (role, url)


def test_a_contractor_sees_no_address(shop):
    page = shop["clients"]["contractor"].get(f"/desk/c/{shop['objects']['desk/c/']}/").content.decode()
    panel = (
        shop["clients"]["contractor"]
        .get(f"/desk/customers/{shop['objects']['desk/customers/']}/panel/")
        .content.decode()
    )

    assert SECRET in page
    assert "d•••@mail.example" in panel
    assert "dana@mail.example" not in page + panel
