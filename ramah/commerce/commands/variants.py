"""Making and changing variants: SKU, options, prices in every currency, weight, whether it is offered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max

from ramah.commerce import permissions
from ramah.commerce.commands.products import told_of_it
from ramah.commerce.commands.variant_changes import Price, offered_again, price_changes, prices_of
from ramah.commerce.models import Product, Variant
from ramah.commerce.seen import mark_of, require_unchanged
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish_all
from ramah.kernel.money import Money, round_money

FIELDS = (
    "sku", "options", "price_amount", "compare_at_amount", "currency", "other_prices", "weight_grams", "barcode",
    "is_active", "position",
)  # fmt: skip
PRICE_FIELDS = ("price_amount", "compare_at_amount", "currency", "other_prices")


class SkuTaken(Exception):
    """Another variant has this SKU. Carries the SKU."""


class OptionsTaken(Exception):
    """Another variant of the product has these options. Carries its SKU."""


class WrongPrice(ValueError):
    """An amount is negative, or a price before the reduction is not above the price. Carries the currency."""


@dataclass(frozen=True, slots=True)
class VariantTold:
    """What a merchant says of a variant. `prices` by currency, the first being its own."""

    sku: str
    prices: Mapping[str, Price]
    options: Mapping[str, str] = field(default_factory=dict)
    weight_grams: int = 0
    barcode: str = ""
    is_active: bool = True
    position: int | None = None


def variant_mark(variant: Variant) -> str:
    """The mark that a form of the whole variant carries; see `seen`. Stock is not part of it: it changes with every sale."""
    return mark_of(variant, FIELDS)


def price_mark(variant: Variant) -> str:
    """The mark that a form of the prices alone carries."""
    return mark_of(variant, PRICE_FIELDS)


@transaction.atomic
def create_variant(*, actor: Actor, product: Product, told: VariantTold, at: datetime) -> Variant:
    """One more variant of a product, without stock. Raises `SkuTaken`, `OptionsTaken` and `WrongPrice`."""
    require(actor, permissions.MANAGE_CATALOG)
    product = Product.objects.select_for_update().get(pk=product.pk)
    variant = Variant(product=product, created_at=at, position=_next_position(product))
    _fill(variant, told)
    _save(variant)
    _forget_import(product)
    told_of_it(product, actor=actor, at=at, fields=["variants"], sku=variant.sku)
    return variant


@transaction.atomic
def change_variant(*, actor: Actor, variant: Variant, told: VariantTold, seen: str = "", at: datetime) -> Variant:
    """Change what a variant is and costs; its stock is changed by `change_stock`.

    Raises `SkuTaken`, `OptionsTaken`, `WrongPrice` and `ChangedMeanwhile`.
    """
    variant, before = _locked(actor, variant)
    require_unchanged(variant, FIELDS, seen)
    _fill(variant, told)
    return _changed(actor, variant, before, at=at)


@transaction.atomic
def set_prices(*, actor: Actor, variant: Variant, prices: Mapping[str, Price], seen: str = "", at: datetime) -> Variant:
    """Change the prices of a variant in these currencies; those in others stay. Raises `WrongPrice`, `ChangedMeanwhile`."""
    variant, before = _locked(actor, variant)
    require_unchanged(variant, PRICE_FIELDS, seen)
    _set_prices(variant, {**prices_of(variant), **_checked(prices)})
    return _changed(actor, variant, before, at=at)


@transaction.atomic
def offer_variant(*, actor: Actor, variant: Variant, is_active: bool, at: datetime) -> Variant:
    """Offer a variant in the shop, or no longer."""
    variant, before = _locked(actor, variant)
    variant.is_active = is_active
    return _changed(actor, variant, before, at=at)


def _locked(actor: Actor, variant: Variant) -> tuple[Variant, Variant]:
    """The variant as it is now with its product locked, and the same once more to compare with."""
    require(actor, permissions.MANAGE_CATALOG)
    product = Product.objects.select_for_update().get(pk=variant.product_id)
    variant = Variant.objects.select_for_update().get(pk=variant.pk)
    variant.product = product
    before = Variant(**{name: getattr(variant, name) for name in FIELDS})
    before.options, before.other_prices = dict(variant.options), dict(variant.other_prices)
    return variant, before


def _changed(actor: Actor, variant: Variant, before: Variant, *, at: datetime) -> Variant:
    changed = sorted(name for name in FIELDS if getattr(before, name) != getattr(variant, name))
    if not changed:
        return variant
    _save(variant)
    _forget_import(variant.product)
    audit.record(actor, "variant.change", f"variant:{variant.pk}", at=at, fields=changed)
    told_of_it(variant.product, actor=actor, at=at, fields=["variants"], sku=variant.sku)
    publish_all(price_changes(before, variant) + offered_again(before, variant))
    return variant


def _fill(variant: Variant, told: VariantTold) -> None:
    if not told.prices:
        raise WrongPrice("")
    variant.sku, variant.barcode = told.sku, told.barcode
    variant.options = dict(told.options)
    variant.weight_grams, variant.is_active = told.weight_grams, told.is_active
    if told.position is not None:
        variant.position = told.position
    variant.currency = next(iter(told.prices))
    _set_prices(variant, _checked(told.prices))


def _checked(prices: Mapping[str, Price]) -> dict[str, Price]:
    """The prices, rounded to what their currencies count in. Raises `WrongPrice`."""
    found = {}
    for code, price in prices.items():
        amount, compare_at = _rounded(price.amount, code), _rounded(price.compare_at, code)
        if amount is None or amount < 0 or (compare_at is not None and compare_at <= amount):
            raise WrongPrice(code)
        found[code] = Price(amount, compare_at)
    return found


def _rounded(amount: Decimal | None, code: str) -> Decimal | None:
    # Two places as the column holds them: a row that was just written then equals the same row read again.
    return None if amount is None else round_money(Money(amount, code)).amount.quantize(Decimal("0.01"))


def _set_prices(variant: Variant, prices: Mapping[str, Price]) -> None:
    own = prices[variant.currency]
    variant.price_amount, variant.compare_at_amount = own.amount, own.compare_at
    variant.other_prices = {
        code: [str(price.amount), None if price.compare_at is None else str(price.compare_at)]
        for code, price in prices.items()
        if code != variant.currency
    }


def _next_position(product: Product) -> int:
    last = product.variants.aggregate(last=Max("position"))["last"]
    return 0 if last is None else min(int(last) + 1, 32_000)


def _save(variant: Variant) -> None:
    others = Variant.objects.exclude(pk=variant.pk)
    if others.filter(sku=variant.sku).exists():
        raise SkuTaken(variant.sku)
    for other in others.filter(product=variant.product):
        if other.options == variant.options:
            raise OptionsTaken(other.sku)
    try:
        with transaction.atomic():
            if variant.pk is None:
                variant.save()
            else:
                variant.save(update_fields=list(FIELDS))  # never the stock, which sales change meanwhile
    except IntegrityError as error:  # the same SKU, written at the same moment
        raise SkuTaken(variant.sku) from error


def _forget_import(product: Product) -> None:
    if product.import_digest:
        product.import_digest = ""
        product.save(update_fields=["import_digest"])
