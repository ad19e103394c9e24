"""Reads on customers: their door, finding them, and whether an actor is one of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from ramah.accounts.models import User
from ramah.customers import permissions
from ramah.customers.addresses import NUMBERS, PHONE, NotAnAddress, local_part, normalized, region_of
from ramah.customers.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerLogin,
    CustomerMerge,
    CustomersApart,
    OneTimeCode,
    begins,
)
from ramah.customers.proof import (
    ANONYMOUS,
    CHANNEL_VERIFIED,
    CLAIMED,
    LEVELS,
    ORDER_VERIFIED,
    SIGNED_IN,
    CustomerActor,
)
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.paging import Page, keyset_page

__all__ = [
    "ANONYMOUS",
    "CHANNEL_VERIFIED",
    "CLAIMED",
    "ORDER_VERIFIED",
    "SIGNED_IN",
    "Candidate",
    "CustomerActor",
    "address_of",
    "consent_to",
    "consents_of",
    "contact_point_for",
    "contact_points_of",
    "customer_acting",
    "customer_for",
    "customers_named",
    "customers_page",
    "is_proved",
    "link_suggestions",
    "merge_candidates",
    "merge_for",
    "merges_of",
    "own_customer",
    "own_phone",
    "point_of",
    "signed_in_as",
    "told_of",
]

PAGE = 25
_MOST_CANDIDATES = 10
_POINTS = Prefetch("contact_points", ContactPoint.objects.order_by("id"))


def customer_for(actor: Actor, *, public_id: str) -> Customer:
    """The customer, where `actor` may know of them: agents who may see customers, and a customer of themselves.

    Of a customer who was merged into another it is the other one, so that old links work. Raises `NotVisible`.
    """
    own = customer_acting(actor)
    if not public_id.isalnum() or (own is None and not actor.may(permissions.VIEW)):
        raise NotVisible
    found = Customer.objects.select_related("merged_into").filter(public_id=public_id).first()
    if found is None or (own is not None and own.customer_id not in (found.pk, found.merged_into_id)):
        raise NotVisible
    return found.merged_into or found


def customer_acting(actor: Actor) -> CustomerActor | None:
    """`actor` as a customer, or None when it is an agent or the system."""
    return actor if isinstance(actor, CustomerActor) else None


def signed_in_as(user: User) -> CustomerActor | None:
    """The customer whose log-in `user` is, in one query; None for whoever is none (an agent) or may no longer log in."""
    if not user.is_active:
        return None
    login = CustomerLogin.objects.select_related("customer").filter(user_id=user.pk).first()
    return CustomerActor(login.customer_id, SIGNED_IN, login.customer.name) if login else None


def own_customer(actor: CustomerActor) -> Customer:
    """The customer who acts, as they are now."""
    return Customer.objects.get(pk=actor.customer_id)


def own_phone(customer_id: int) -> ContactPoint | None:
    """The number that a customer gave last; None without any."""
    return ContactPoint.objects.filter(customer=customer_id, kind=PHONE).order_by("-id").first()


def consent_to(customer_id: int, purpose: str) -> Consent | None:
    """What a customer decided last on a purpose (`Consent.Purpose`); None: nothing, so it is not allowed."""
    return Consent.objects.filter(customer=customer_id, purpose=purpose).order_by("-id").first()


def consents_of(customer_id: int) -> dict[str, list[Consent]]:
    """All decisions of a customer by purpose, the newest first, in one query. Every purpose is a key."""
    decided: dict[str, list[Consent]] = {purpose: [] for purpose in Consent.Purpose.values}
    for row in Consent.objects.filter(customer=customer_id).order_by("-id"):
        decided.setdefault(row.purpose, []).append(row)
    return decided


def customers_page(actor: Actor, words: str = "", *, cursor: str = "", size: int = PAGE) -> Page[Customer]:
    """Customers with their contact points, newest first: all, or those whom `words` find.

    Words are a whole e-mail address or phone number, or the beginning of a name. Whoever may not see addresses may still find
    the customer who names one. Raises `BadCursor`.
    """
    rows = _seen_by(actor).filter(_finding(words.strip())).prefetch_related(_POINTS)
    return keyset_page(rows, order=("-id",), cursor=cursor, size=size)


def _seen_by(actor: Actor) -> QuerySet[Customer]:
    if customer_acting(actor) or not actor.may(permissions.VIEW):
        return Customer.objects.none()
    return Customer.objects.filter(merged_into=None)


def _finding(words: str) -> Q:
    if not words:
        return Q()
    if "@" in words:
        points = ContactPoint.objects.filter(kind=ContactPoint.Kind.EMAIL, value=words.lower())
    elif any(sign.isdigit() for sign in words) and not any(sign.isalpha() for sign in words):
        points = ContactPoint.objects.filter(kind__in=NUMBERS, value=_number(words))
    else:
        # Apart, so that SQLite enters the index on names instead of walking all customers in the order of the list.
        return Q(pk__in=Customer.objects.filter(_named(words)).values("pk"))
    return Q(pk__in=points.values("customer_id"))


def _number(words: str) -> str:
    try:
        return normalized(PHONE, words, region=region_of(settings.SHOP_TIME_ZONE))
    except NotAnAddress:
        return "+" + "".join(sign for sign in words if sign.isdigit())


def _named(beginning: str) -> Q:
    either = Q()
    for name in {beginning, beginning.capitalize(), beginning.title()}:
        either |= begins("name", name)
    return either


def customers_named(beginning: str) -> QuerySet[Customer]:
    """Customers whose name begins so (as it is written, or capitalized): served by the index on names."""
    return Customer.objects.filter(_named(beginning), merged_into=None)


def contact_points_of(customer: Customer) -> list[ContactPoint]:
    """The addresses of a customer, the first known first."""
    return list(customer.contact_points.order_by("id"))


def point_of(actor: CustomerActor, *, kind: str) -> ContactPoint | None:
    """Where the customer is met on a channel, the best proved first; None where they are not."""
    points = (
        ContactPoint.objects.filter(customer=actor.customer_id, kind=kind).select_related("customer").order_by("id")
    )
    return max(points, key=lambda point: LEVELS.index(point.proof), default=None)


def address_of(actor: CustomerActor, *, kind: str) -> str:
    """The address of `point_of`; empty where there is none."""
    point = point_of(actor, kind=kind)
    return point.value if point else ""


def is_proved(point: ContactPoint, level: str) -> bool:
    """Whether the proof of an address is at least `level`."""
    return LEVELS.index(point.proof) >= LEVELS.index(level)


def contact_point_for(actor: Actor, *, key: int) -> ContactPoint:
    """The contact point with its customer, for agents who may see customers. Raises `NotVisible`."""
    if customer_acting(actor) or not actor.may(permissions.VIEW):
        raise NotVisible
    found = ContactPoint.objects.select_related("customer").filter(pk=key).first()
    if found is None:
        raise NotVisible
    return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be the same person, and why: `number`, `email` (the part before the @) or `name`."""

    customer: Customer
    reasons: list[str]


def merge_candidates(actor: Actor, customer: Customer) -> list[Candidate]:
    """Who may be the same person as `customer`, the best grounds first; at most ten."""
    reasons: dict[int, dict[str, None]] = {}
    for reason, keys in _grounds(customer):
        for key in keys[:_MOST_CANDIDATES]:
            reasons.setdefault(key, {})[reason] = None
    found = _candidates(actor, customer, reasons)
    return sorted(found, key=lambda one: (-len(one.reasons), one.customer.pk))[:_MOST_CANDIDATES]


def _candidates(actor: Actor, customer: Customer, reasons: dict[int, dict[str, None]]) -> list[Candidate]:
    """Those of them who were not said to be somebody else."""
    keys = set(reasons) - {customer.pk}
    if not keys:
        return []
    apart = CustomersApart.objects.filter(Q(one=customer.pk) | Q(other=customer.pk)).values_list("one", "other")
    keys -= {key for pair in apart for key in pair}
    rows = _seen_by(actor).filter(pk__in=keys).prefetch_related(_POINTS)
    return [Candidate(row, list(reasons[row.pk])) for row in rows]


def link_suggestions(
    actor: Actor, customer: Customer, *, points: Sequence[ContactPoint] | None = None
) -> list[Candidate]:
    """Who is the same person by all that is proved: the same number or e-mail address, verified on both sides.

    What anybody can type is no ground here. For those who may merge; nothing is merged by itself. `points` are the customer's
    addresses, where the caller has them. At most ten.
    """
    if customer_acting(actor) or not actor.may(permissions.MERGE):
        return []
    reasons: dict[int, dict[str, None]] = {}
    for key, reason in _proved_grounds(customer, contact_points_of(customer) if points is None else points):
        if len(reasons) < _MOST_CANDIDATES:
            reasons.setdefault(key, {})[reason] = None
    return sorted(_candidates(actor, customer, reasons), key=lambda one: one.customer.pk)


def _proved_grounds(customer: Customer, points: Sequence[ContactPoint]) -> Iterator[tuple[int, str]]:
    """Keys of others with the reason, in two queries."""
    proved = LEVELS[LEVELS.index(CHANNEL_VERIFIED) :]
    sure = [point for point in points if point.proof in proved]
    mails = {point.value for point in sure if point.kind == ContactPoint.Kind.EMAIL}
    own = set()
    # A log-in keeps the address it was proved with, whoever has the contact point today.
    logins = CustomerLogin.objects.filter(Q(customer=customer.pk) | Q(user__email__in=mails)).order_by("pk")
    for key, address in logins.values_list("customer_id", "user__email"):
        if key == customer.pk:
            own.add(address.lower())
        else:
            yield key, "verified_email"
    # One number is met by phone and by WhatsApp, each with its own proof, and Telegram vouches for whose it is.
    numbers = {point.value for point in sure if point.kind in NUMBERS} | _own_numbers(points)
    same = Q(kind__in=NUMBERS, value__in=numbers) | Q(kind=ContactPoint.Kind.EMAIL, value__in=own)
    if numbers or own:
        others = ContactPoint.objects.filter(Q(same, proof__in=proved) | Q(own_number__in=numbers))
        found = others.exclude(customer=customer.pk).order_by("pk").values_list("customer_id", "kind")
        for key, kind in found[:_MOST_CANDIDATES]:
            yield key, "verified_email" if kind == ContactPoint.Kind.EMAIL else "verified_number"


def _own_numbers(points: Sequence[ContactPoint]) -> set[str]:
    return {point.own_number for point in points} - {""}


def _grounds(customer: Customer) -> Iterator[tuple[str, QuerySet[Any, int]]]:
    """Why two may be one, with the keys of the customers of whom it is true."""
    points = contact_points_of(customer)
    others = ContactPoint.objects.exclude(customer=customer.pk)
    numbers = {point.value for point in points if point.kind in NUMBERS} | _own_numbers(points)
    if numbers:
        same = others.filter(Q(kind__in=NUMBERS, value__in=numbers) | Q(own_number__in=numbers))
        yield "number", same.values_list("customer_id", flat=True)
    names = {local_part(point.value) for point in points if point.kind == ContactPoint.Kind.EMAIL}
    alike = Q()
    for name in names:
        alike |= begins("value", f"{name}@") | begins("value", f"{name}+")
    if alike:
        yield "email", others.filter(alike, kind=ContactPoint.Kind.EMAIL).values_list("customer_id", flat=True)
    if customer.name:
        named = Customer.objects.filter(name=customer.name, merged_into=None).exclude(pk=customer.pk)
        yield "name", named.values_list("pk", flat=True)


def merges_of(actor: Actor, customer: Customer) -> list[CustomerMerge]:
    """Merges that stand and made `customer` what it is, newest first; those it took over from one merged into it among them."""
    if not actor.may(permissions.MERGE):
        return []
    rows = CustomerMerge.objects.filter(Q(kept=customer) | Q(kept__merged_into=customer), undone_at=None)
    return list(rows.select_related("kept", "merged").order_by("-id"))


def merge_for(actor: Actor, *, public_id: str) -> CustomerMerge:
    """The merge, for those who may merge. Raises `NotVisible`."""
    if not public_id.isalnum() or not actor.may(permissions.MERGE):
        raise NotVisible
    found = CustomerMerge.objects.select_related("kept", "merged").filter(public_id=public_id).first()
    if found is None:
        raise NotVisible
    return found


def told_of(customer_id: int) -> dict[str, Any]:
    """All that is kept of a customer here, as JSON: for the customer's own copy of their data."""
    people = Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id)).order_by("id")
    points = ContactPoint.objects.filter(customer__in=people.values("pk")).order_by("id")
    return {
        "customers": [
            {
                "id": person.public_id,
                "name": person.name,
                "language": person.language,
                "time_zone": person.time_zone,
                "shop_id": person.external_id or "",
                "note": person.note,
                "since": person.created_at.isoformat(),
            }
            for person in people
        ],
        "contact_points": [
            {
                "kind": point.kind,
                "address": point.value,
                "proof": point.proof,
                "own_number": point.own_number,
                "known_since": point.created_at.isoformat(),
                "bounced_at": point.bounced_at.isoformat() if point.bounced_at else "",
                "opted_out_at": point.opted_out_at.isoformat() if point.opted_out_at else "",
            }
            for point in points
        ],
        **_told_of_account(list(people.values_list("pk", flat=True)), [point.value for point in points]),
    }


def _told_of_account(keys: list[int], addresses: list[str]) -> dict[str, Any]:
    logins = list(CustomerLogin.objects.select_related("user").filter(customer__in=keys).order_by("id"))
    known = {*addresses, *(login.user.email.lower() for login in logins)}
    codes = OneTimeCode.objects.filter(address__in=known).order_by("id")
    return {
        "logins": [
            {"address": login.user.email, "language": login.user.language, "since": login.created_at.isoformat()}
            for login in logins
        ],
        "consents": [
            {"purpose": row.purpose, "granted": row.granted, "at": row.at.isoformat(), "source": row.source}
            for row in Consent.objects.filter(customer__in=keys).order_by("id")
        ],
        "codes_sent": [
            {"address": code.address, "purpose": code.purpose, "at": code.created_at.isoformat()} for code in codes
        ],
    }
