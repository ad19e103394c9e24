"""Carriers and accounts with them: for the settings, for whoever asks a carrier for something, and for the doctor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q

from ramah.commerce.models import Order
from ramah.commerce.queries.terms import shop_profile
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.money import Money
from ramah.shipping.carriers.contract import (
    Account,
    Address,
    CarrierProvider,
    ParcelAsked,
    Rated,
    Tracked,
    provider_of,
    providers,
)
from ramah.shipping.carriers.sending import box_of, sender_of
from ramah.shipping.models import Carrier, CarrierAccount, CarrierTask, Flight, Shipment
from ramah.shipping.permissions import MANAGE_CARRIERS
from ramah.shipping.queries.accounts import account_told

K = CarrierTask.Kind
_DEFAULT_GRAMS = 500
_TASK_TONES = {"queued": "accent", "sending": "accent", "done": "kept", "refused": "broken", "uncertain": "risk"}


@dataclass(frozen=True, slots=True)
class AccountTold:
    """How an account does. `poll_lag`: for how long the parcel that waits longest should have been asked for already."""

    key: str
    name: str
    provider: str
    is_known: bool
    is_paused: bool
    is_failing: bool
    last_error: str
    last_error_at: datetime | None
    silent_since: datetime | None
    poll_lag: timedelta
    uncertain_tasks: int


@dataclass(frozen=True, slots=True)
class LabelLine:
    """A parcel on the page of its order. `task`: the last wish for a label, where there is something to say of it.

    `waits`: for the carrier, which has not got it yet.
    """

    shipment: Shipment
    task: CarrierTask | None
    can_label: bool
    waits: bool

    @property
    def has_file(self) -> bool:
        """Whether there is a label to be printed."""
        return bool(self.shipment.label)

    @property
    def tone(self) -> str:
        """Of the pill of the wish."""
        return _TASK_TONES.get(self.task.state, "") if self.task else ""


def accounts_for(actor: Actor) -> list[CarrierAccount]:
    """All accounts, for whoever sets them up; none for others."""
    rows = CarrierAccount.objects.select_related("carrier").order_by("name", "id")
    return list(rows) if actor.may(MANAGE_CARRIERS) else []


def account_for(actor: Actor, *, public_id: str) -> CarrierAccount:
    """The account. Raises `NotVisible`."""
    row = CarrierAccount.objects.select_related("carrier").filter(public_id=public_id).first()
    if row is None or not actor.may(MANAGE_CARRIERS):
        raise NotVisible
    return row


def carriers_for(actor: Actor) -> list[Carrier]:
    """All carriers with their services, for whoever sets them up; none for others."""
    rows = Carrier.objects.prefetch_related("services__delivery_option").order_by("name", "id")
    return list(rows) if actor.may(MANAGE_CARRIERS) else []


def carrier_for(actor: Actor, *, public_id: str) -> Carrier:
    """The carrier. Raises `NotVisible`."""
    row = Carrier.objects.filter(public_id=public_id).first()
    if row is None or not actor.may(MANAGE_CARRIERS):
        raise NotVisible
    return row


def can(shipment: Shipment) -> frozenset[str]:
    """The kinds of `CarrierTask` that may be asked for this parcel, as it stands now and as its account does. A query or two."""
    account = shipment.account
    provider = provider_of(account.provider) if account else None
    if account is None or provider is None or account.is_paused or shipment.state in Shipment.ENDED:
        return frozenset()
    found = set(provider.reroutes) if shipment.tracking_number and shipment.handed_over_at else set()
    if provider.label and not shipment.label_id and _is_label_open(shipment, provider):
        found.add(K.LABEL)
    if provider.cancel and shipment.label_id and shipment.handed_over_at is None:
        found.add(K.CANCEL)
    return frozenset(map(str, found))


def _is_label_open(shipment: Shipment, provider: CarrierProvider) -> bool:
    """Not where one may have been bought already: a number came from somewhere, or nobody knows what came of an earlier wish."""
    if shipment.tracking_number and not provider.is_local:
        return False
    uncertain = CarrierTask.objects.filter(shipment=shipment, kind=K.LABEL, state=CarrierTask.State.UNCERTAIN)
    return not uncertain.exists()


def label_lines(shipments: Sequence[Shipment]) -> list[LabelLine]:
    """What stands of their labels; two queries, and one or two for each that has an account and no label yet."""
    keys = [row.pk for row in shipments]
    wishes = CarrierTask.objects.filter(shipment__in=keys, kind__in=(K.LABEL, K.CANCEL)).order_by("id")
    newest = {task.shipment_id: task for task in wishes}
    accounts = CarrierAccount.objects.in_bulk({row.account_id for row in shipments if row.account_id})
    found = []
    for row in shipments:
        row.account = accounts.get(row.account_id or 0)
        task = newest.get(row.pk)
        is_asked = task is not None and task.state in (CarrierTask.State.QUEUED, CarrierTask.State.SENDING)
        can_label = not is_asked and K.LABEL in can(row)
        said = task if task and (task.state != CarrierTask.State.DONE or task.error) else None
        found.append(LabelLine(row, said, can_label, _waits(row)))
    return found


def _waits(shipment: Shipment) -> bool:
    return shipment.handed_over_at is None and shipment.state not in Shipment.ENDED


def accounts_with_labels() -> list[CarrierAccount]:
    """The accounts by which a label can be made now."""
    keys = [provider.key for provider in providers() if provider.label]
    rows = CarrierAccount.objects.select_related("carrier").filter(provider__in=keys, is_paused=False)
    return list(rows.order_by("name", "id"))


def parcel_asked(order: Order, account: Account, *, grams: int = 0, number: str = "") -> ParcelAsked:
    """A parcel of the order as a provider is told of it, from where the account says, or else from the shop."""
    shipped = order.shipping_address
    street = [shipped.get(name, "") for name in ("line1", "line2", "branch", "district")]
    goal = Address(
        street=", ".join(filter(None, street)),
        email=order.email,
        **{
            name: shipped.get(name, "")
            for name in ("name", "city", "country", "region", "postal_code", "phone", "company")
        },
    )
    is_cash = order.payment_method == "cod"
    due = order.total_amount - order.received_amount
    return ParcelAsked(
        origin=_origin(account),
        destination=goal,
        grams=grams or grams_of(order),
        value=Money(order.items_amount, order.currency),
        reference=order.number,
        cash=order.money(due) if is_cash and due > 0 else None,
        size_mm=box_of(account.settings),
        number=number,
    )


def grams_of(order: Order) -> int:
    """What the goods of an order weigh; half a kilogram where the catalog does not say."""
    lines = order.lines.select_related("variant")
    return sum(line.variant.weight_grams * line.quantity for line in lines if line.variant) or _DEFAULT_GRAMS


def _origin(account: Account) -> Address:
    told, shop = sender_of(account.settings), shop_profile()
    if told.street:
        return Address(**{**_fields(told), "name": told.name or shop.name})
    home = next(iter(shop.countries), "")
    return Address(
        name=told.name or shop.name, street=shop.address, city="", country=told.country or home, phone=shop.phone
    )


def _fields(address: Address) -> dict[str, str]:
    return {name: getattr(address, name) for name in Address.__slots__}


def rates_of(order: Order, row: CarrierAccount, *, at: datetime) -> list[Rated]:
    """What the account's services cost for the order, the cheapest first. Asks the provider: raises its `SendingError`s."""
    provider = provider_of(row.provider)
    if provider is None or provider.rate is None:
        return []
    account = account_told(row)
    return sorted(provider.rate(account, parcel_asked(order, account), at), key=lambda one: one.amount.amount)


def tracked(flights: list[Flight]) -> list[Tracked]:
    """What is told of parcels that are asked for; `shipment` and `carried_by` are loaded."""
    rows = [flight.shipment for flight in flights if flight.shipment]
    return [Tracked(row.tracking_number, row.carried_by.key if row.carried_by else "") for row in rows]


def carrier_accounts_told(*, at: datetime) -> list[AccountTold]:
    """How each account does, for `ramah doctor`: failing, silent, behind with asking, and tasks that a person has to decide."""
    now = int(at.timestamp())
    rows = list(CarrierAccount.objects.order_by("key"))
    due = Flight.objects.filter(poll_at__gt=0, poll_at__lt=now).order_by()
    oldest = dict(due.values_list("shipment__account").annotate(oldest=Min("poll_at")))
    uncertain: dict[int | None, int] = {}
    for key in CarrierTask.objects.filter(Q(state=CarrierTask.State.UNCERTAIN)).values_list(
        "shipment__account", flat=True
    ):
        uncertain[key] = uncertain.get(key, 0) + 1
    return [
        AccountTold(
            key=row.key,
            name=row.name,
            provider=row.provider,
            is_known=provider_of(row.provider) is not None,
            is_paused=row.is_paused,
            is_failing=row.state == CarrierAccount.State.FAILING,
            last_error=row.last_error,
            last_error_at=row.last_error_at,
            silent_since=row.silent_since,
            poll_lag=timedelta(seconds=now - oldest.get(row.pk, now)),
            uncertain_tasks=uncertain.get(row.pk, 0),
        )
        for row in rows
    ]
