"""Customers that come from elsewhere in numbers: one batch is a handful of queries, whatever its size.

People are known by their id in the shop they come from, by e-mail address or by phone number, never by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import IntegrityError, transaction

from ramah.customers.models import ContactPoint, Customer
from ramah.kernel import audit
from ramah.kernel.actors import Actor

Address = tuple[str, str]


class Person(Protocol):
    """What is told of a person. `email` is lower case, `phone` E.164; empty where not known."""

    @property
    def external_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def note(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one imported thing: created, updated, unchanged, or failed with a reason."""

    result: str
    reason: str = ""
    column: str = ""


CREATED, UPDATED, UNCHANGED = Saved("created"), Saved("updated"), Saved("unchanged")
FIELDS = ("name", "language", "time_zone", "note")


def save_imported_customers(
    *, actor: Actor, people: Sequence[Person], at: datetime, dry_run: bool = False
) -> list[Saved]:
    """Create or update customers as another shop has them; the answers stand in the order of `people`.

    What the import leaves empty stays as it is. Nobody is merged: an address that belongs to somebody else is refused. With
    `dry_run` everything is tried and nothing stays.
    """
    try:
        with transaction.atomic():
            book = _Book(people, at=at)
            saved = [book.enter(person) for person in people]
            book.write()
            counts = {result: sum(each.result == result for each in saved) for result in ("created", "updated")}
            if any(counts.values()):
                audit.record(actor, "customer.import", "customers", at=at, **counts)
            transaction.set_rollback(dry_run)
    except IntegrityError as error:
        # Somebody else met one of them at the same moment: the smaller batch looks again and finds that customer.
        if len(people) == 1:
            return [Saved("failed", f"the database refused it: {error}")]
        middle = len(people) // 2
        return [
            one
            for half in (people[:middle], people[middle:])
            for one in save_imported_customers(actor=actor, people=half, at=at, dry_run=dry_run)
        ]
    return saved


def meet_people(*, people: Sequence[Person], at: datetime) -> list[Customer]:
    """The customers of these people, found or made, in their order; only empty fields of known ones are filled.

    For commands that bring in what belongs to people (orders): call it inside their transaction. An address that belongs
    to somebody else is left with them. Raises IntegrityError when another worker made one of them meanwhile.
    """
    book = _Book(people, at=at)
    customers = [book.meet(person) for person in people]
    book.write()
    return customers


class _Book:
    """The customers that a batch touches, by shop id and by address, with those made on the way."""

    def __init__(self, people: Sequence[Person], *, at: datetime) -> None:
        self.at = at
        self.new: list[Customer] = []
        self.changed: dict[int, Customer] = {}
        self.points: list[ContactPoint] = []
        ids = {person.external_id for person in people} - {""}
        known = Customer.objects.select_related("merged_into").filter(external_id__in=ids)
        self.by_id = {str(one.external_id): one.merged_into or one for one in known}
        self.by_address: dict[Address, Customer] = {}
        for kind in (ContactPoint.Kind.EMAIL, ContactPoint.Kind.PHONE):
            values = {value for person in people for of, value in _addresses(person) if of == kind}
            for point in ContactPoint.objects.select_related("customer").filter(kind=kind, value__in=values):
                self.by_address[kind, point.value] = point.customer

    def find(self, person: Person) -> Customer | None:
        """By id; else by e-mail address; by phone number only without one: families share numbers."""
        found, addresses = self.by_id.get(person.external_id), _addresses(person)
        return found or (self.by_address.get(addresses[0]) if addresses else None)

    def meet(self, person: Person) -> Customer:
        customer = self.find(person) or self._make(person)
        self._fill(customer, {field: getattr(person, field) for field in FIELDS if not getattr(customer, field)})
        self._add_addresses(customer, person)
        return customer

    def enter(self, person: Person) -> Saved:
        customer = self.find(person)
        if customer and customer.external_id and person.external_id and person.external_id not in self.by_id:
            return Saved("failed", f"the address belongs to customer {customer.external_id}", "email or phone")
        for kind, value in _addresses(person):
            owner = self.by_address.get((kind, value))
            if owner and owner is not customer and (customer is None or owner.pk != customer.pk):
                return Saved("failed", "it belongs to another customer; customers are merged by people only", kind)
        if customer is None:
            self._add_addresses(self._make(person), person)
            return CREATED
        changed = self._fill(customer, {field: getattr(person, field) for field in FIELDS})
        changed |= self._adopt_id(customer, person.external_id)
        return UPDATED if self._add_addresses(customer, person) or changed else UNCHANGED

    def write(self) -> None:
        """Store what was entered: at most three statements per kind of row."""
        Customer.objects.bulk_create(self.new)
        Customer.objects.bulk_create(
            list(self.changed.values()),
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*FIELDS, "external_id"],
        )
        for point in self.points:
            point.customer_id = point.customer.pk  # known only since the customer was stored
        ContactPoint.objects.bulk_create(self.points)

    def _make(self, person: Person) -> Customer:
        fields = {field: getattr(person, field) for field in FIELDS}
        customer = Customer(external_id=person.external_id or None, created_at=self.at, **fields)
        self.new.append(customer)
        if person.external_id:
            self.by_id[person.external_id] = customer
        return customer

    def _fill(self, customer: Customer, fields: dict[str, str]) -> bool:
        news = {name: value for name, value in fields.items() if value and getattr(customer, name) != value}
        for name, value in news.items():
            setattr(customer, name, value)
        return self._note_change(customer, changed=bool(news))

    def _adopt_id(self, customer: Customer, external_id: str) -> bool:
        fresh = bool(external_id) and customer.external_id is None
        if fresh:
            customer.external_id = external_id
            self.by_id[external_id] = customer
        return self._note_change(customer, changed=fresh)

    def _note_change(self, customer: Customer, *, changed: bool) -> bool:
        if changed and customer.pk:
            self.changed[customer.pk] = customer
        return changed

    def _add_addresses(self, customer: Customer, person: Person) -> bool:
        fresh = [key for key in _addresses(person) if key not in self.by_address]
        for kind, value in fresh:
            self.by_address[kind, value] = customer
            self.points.append(ContactPoint(customer=customer, kind=kind, value=value, created_at=self.at))
        return bool(fresh)


def _addresses(person: Person) -> list[Address]:
    pairs = ((ContactPoint.Kind.EMAIL, person.email), (ContactPoint.Kind.PHONE, person.phone))
    return [(str(kind), value) for kind, value in pairs if value]
