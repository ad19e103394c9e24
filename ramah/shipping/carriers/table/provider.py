"""The merchant's own carrier: registered when the app starts.

What it costs and how long it takes stands in the delivery options that its services point at; the label is ours. It tells nothing
of parcels: those are moved by hand, by import, or by somebody who posts our own JSON.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.commerce.queries.delivery import Quote, quotes_for
from ramah.kernel.money import Money
from ramah.kernel.providers.contract import Refused, Setting, Unreadable
from ramah.shipping.carriers import sending
from ramah.shipping.carriers.contract import Account, CarrierProvider, Labeled, ParcelAsked, Rated, register_provider
from ramah.shipping.carriers.facts import Told
from ramah.shipping.labels import paper_of, pdf_of
from ramah.shipping.models import Carrier, CarrierService


def rate(account: Account, parcel: ParcelAsked, at: datetime) -> list[Rated]:
    """What each service of the carrier costs by its delivery option, and the days between which it arrives."""
    return [
        Rated(
            service=service.key,
            name=service.name,
            amount=Money(quote.amount, quote.currency),
            arrives_from=quote.promised_from,
            arrives_to=quote.promised_to,
        )
        for service, quote in _quoted(account, parcel, at)
    ]


def label(account: Account, parcel: ParcelAsked, *, service: str, key: str) -> Labeled:
    """The label, with the number that the parcel has, or one made of `key`: the same one each time."""
    carrier = Carrier.objects.filter(key=account.carrier).first()
    if carrier is None:
        raise Refused(_("No carrier is chosen in the settings of this account."))
    if not parcel.destination.city:
        raise Refused(_("The address of the order has no city or no country."))
    named = CarrierService.objects.filter(carrier=carrier, key=service).values_list("name", flat=True).first()
    number = parcel.number or _number(account.settings.get("prefix", ""), key)
    paper = paper_of(parcel, carrier=carrier.name, service=named or "", number=number)
    pdf = pdf_of(paper, size="A4" if account.settings.get("is_a4") else "A6")
    return Labeled(tracking_number=number, label_id=key, pdf=pdf, carrier=carrier.name)


def cancel(account: Account, *, number: str, label_id: str, key: str) -> None:
    """Nothing was bought."""


def parse(raw: bytes, account: Account) -> Sequence[Told]:
    """Nobody posts here."""
    raise Unreadable("nothing is posted here")


def _quoted(account: Account, parcel: ParcelAsked, at: datetime) -> list[tuple[CarrierService, Quote]]:
    goal = parcel.destination
    quotes = quotes_for(
        country=goal.country,
        region=goal.region,
        postal_code=goal.postal_code,
        currency=parcel.value.currency.code,
        items_amount=parcel.value.amount,
        grams=parcel.grams,
        at=at,
    )
    by_option = {quote.option_key: quote for quote in quotes}
    services = CarrierService.objects.filter(carrier__key=account.carrier, delivery_option__isnull=False).order_by("id")
    return [(one, by_option[one.delivery_option_id]) for one in services if one.delivery_option_id in by_option]


def _number(prefix: str, key: str) -> str:
    """Capitals of the prefix, ten digits, and the last of them a check digit as EAN has it."""
    digits = f"{int(sha256(key.encode()).hexdigest(), 16) % 10**9:09}"
    weighed = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(digits))
    start = "".join(sign for sign in prefix.upper() if sign.isascii() and sign.isalnum())[:6] or "RM"
    return f"{start}{digits}{-weighed % 10}"


register_provider(
    CarrierProvider(
        key="table",
        name=gettext_lazy("Own carrier, by tables"),
        parse=parse,
        rate=rate,
        label=label,
        cancel=cancel,
        is_local=True,
        settings=(
            Setting(
                "prefix",
                gettext_lazy("Numbers begin with"),
                gettext_lazy("Letters and digits, six at most. Empty: RM."),
                is_required=False,
            ),
            Setting("is_a4", gettext_lazy("Labels on A4 instead of A6"), is_required=False),
            *sending.SETTINGS[:-1],
        ),
        steps=(
            gettext_lazy(
                "Set up the carrier, and point each of its services at a delivery option: that is where its rates are."
            ),
            gettext_lazy("Choose the carrier below and save."),
            gettext_lazy("Labels are made on the page of an order."),
        ),
    )
)
