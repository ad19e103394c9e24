"""Products, variants and prices as the merchant changes them."""

from decimal import Decimal

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands.products import (
    Fact,
    ProductTold,
    SlugTaken,
    change_product,
    create_product,
    product_mark,
    set_facts,
)
from ramah.commerce.commands.variant_changes import Price
from ramah.commerce.commands.variants import (
    OptionsTaken,
    SkuTaken,
    VariantTold,
    WrongPrice,
    change_variant,
    create_variant,
    offer_variant,
    price_mark,
    set_prices,
    variant_mark,
)
from ramah.commerce.events import ProductChanged, VariantPriceChanged
from ramah.commerce.models import Product, Variant
from ramah.commerce.seen import ChangedMeanwhile
from ramah.commerce.testing import AT, make_product
from ramah.kernel.actors import PermissionDenied
from ramah.kernel.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db
IDR_400 = {"IDR": Price(Decimal(400000))}


@pytest.fixture
def lia():
    return actor_of_agent(make_agent(name="Lia", role="lead"))


@pytest.fixture
def told(monkeypatch):
    """What is published, whoever listens."""
    facts = []
    for module in ("products", "variants"):
        for name in ("publish", "publish_all"):
            monkeypatch.setattr(
                f"ramah.commerce.commands.{module}.{name}",
                lambda given, subject="", facts=facts: facts.extend([(given, subject)] if subject else list(given)),
                raising=False,
            )
    return facts


def test_a_product_is_made_with_an_address_of_its_own(lia):
    first = create_product(actor=lia, told=ProductTold({"en": " Sanur shirt "}), at=AT)
    second = create_product(actor=lia, told=ProductTold({"en": "Sanur shirt", "uk": ""}), at=AT)

    assert (first.slug, second.slug) == ("sanur-shirt", "sanur-shirt-2")
    assert (first.titles, second.titles) == ({"en": "Sanur shirt"}, {"en": "Sanur shirt"})
    assert first.published_at is None
    assert AuditEntry.objects.filter(action="product.create", actor=lia.ref).count() == 2


def test_an_address_that_is_taken_is_refused(lia):
    create_product(actor=lia, told=ProductTold({"en": "A"}, slug="shirt"), at=AT)
    other = create_product(actor=lia, told=ProductTold({"en": "B"}), at=AT)

    with pytest.raises(SlugTaken):
        create_product(actor=lia, told=ProductTold({"en": "C"}, slug="shirt"), at=AT)
    with pytest.raises(SlugTaken):
        change_product(actor=lia, product=other, told=ProductTold({"en": "B"}, slug="shirt"), at=AT)

    assert sorted(Product.objects.values_list("slug", flat=True)) == ["b", "shirt"]


def test_a_product_without_a_title_is_refused(lia):
    with pytest.raises(ValueError, match="title"):
        create_product(actor=lia, told=ProductTold({"en": "  "}), at=AT)
    assert not Product.objects.exists()


def test_a_form_that_has_become_old_overwrites_nothing(lia):
    product = make_product()
    seen = product_mark(product)
    change_product(actor=lia, product=product, told=ProductTold({"en": "First"}, slug="a"), seen=seen, at=AT)

    with pytest.raises(ChangedMeanwhile):
        change_product(actor=lia, product=product, told=ProductTold({"en": "Second"}, slug="a"), seen=seen, at=AT)

    assert Product.objects.get().titles == {"en": "First"}


def test_what_did_not_change_is_not_told(lia, told):
    product = make_product("Shirt")
    same = ProductTold(product.titles, slug=product.slug, status=product.status)

    change_product(actor=lia, product=product, told=same, at=AT)
    assert told == []
    change_product(actor=lia, product=product, told=ProductTold({"en": "Hat"}, slug=product.slug), at=AT)

    assert told == [(ProductChanged(product.pk), f"product:{product.pk}")]
    entry = AuditEntry.objects.get(action="product.change")
    assert entry.detail["fields"] == ["status", "titles"]


def test_a_change_in_the_desk_lets_the_same_file_count_again(lia):
    product = make_product()
    Product.objects.update(import_digest="x")

    change_product(actor=lia, product=product, told=ProductTold({"en": "New"}, slug="new"), at=AT)

    assert Product.objects.get().import_digest == ""


def test_attributes_without_name_or_value_are_left_out(lia):
    product = make_product()

    set_facts(
        actor=lia,
        product=product,
        facts=[Fact({"en": "Fabric", "uk": ""}, {"en": "Linen"}), Fact({"en": ""}, {"en": "x"})],
        at=AT,
    )

    assert Product.objects.get().attributes == [{"name": {"en": "Fabric"}, "value": {"en": "Linen"}}]


@pytest.mark.parametrize("role", ["agent", "contractor"])
def test_agents_and_contractors_change_no_product(role):
    actor, product = actor_of_agent(make_agent(role=role)), make_product()
    variant = product.variants.get()

    for attempt in (
        lambda: create_product(actor=actor, told=ProductTold({"en": "A"}), at=AT),
        lambda: change_product(actor=actor, product=product, told=ProductTold({"en": "A"}), at=AT),
        lambda: set_facts(actor=actor, product=product, facts=[Fact({"en": "A"}, {"en": "B"})], at=AT),
        lambda: create_variant(actor=actor, product=product, told=VariantTold("X", IDR_400), at=AT),
        lambda: change_variant(actor=actor, variant=variant, told=VariantTold("X", IDR_400), at=AT),
        lambda: set_prices(actor=actor, variant=variant, prices=IDR_400, at=AT),
        lambda: offer_variant(actor=actor, variant=variant, is_active=False, at=AT),
    ):
        with pytest.raises(PermissionDenied):
            attempt()

    row = Variant.objects.get()
    assert (row.sku, row.price_amount, row.is_active) == (variant.sku, Decimal(389000), True)
    assert Product.objects.get().titles == {"en": "Sanur linen shirt"}
    assert not AuditEntry.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_a_variant_has_prices_in_several_currencies(lia, told):
    product = make_product()
    prices = {"IDR": Price(Decimal("399000.4"), Decimal(459000)), "UAH": Price(Decimal(1249))}

    made = create_variant(
        actor=lia, product=product, told=VariantTold("SH-L", prices, {"size": "L"}, weight_grams=200), at=AT
    )

    row = Variant.objects.get(pk=made.pk)
    assert (row.currency, row.price_amount, row.compare_at_amount) == ("IDR", Decimal(399000), Decimal(459000))
    assert row.other_prices == {"UAH": ["1249.00", None]}
    assert (row.stock, row.weight_grams, row.position) == (0, 200, 1)
    assert told == [(ProductChanged(product.pk), f"product:{product.pk}")]


def test_skus_and_options_are_of_one_variant(lia):
    product, other = make_product(), make_product()
    taken = other.variants.get().sku
    same = {"size": "M", "color": "Indigo"}

    with pytest.raises(SkuTaken):
        create_variant(actor=lia, product=product, told=VariantTold(taken, IDR_400), at=AT)
    with pytest.raises(OptionsTaken):
        create_variant(actor=lia, product=product, told=VariantTold("NEW", IDR_400, same), at=AT)
    with pytest.raises(SkuTaken):
        change_variant(actor=lia, variant=product.variants.get(), told=VariantTold(taken, IDR_400, same), at=AT)

    assert Variant.objects.count() == 2


@pytest.mark.parametrize(
    "price", [Price(Decimal(-1)), Price(Decimal(400000), Decimal(400000)), Price(Decimal(400000), Decimal(1))]
)
def test_prices_that_make_no_sense_are_refused(lia, price):
    variant = make_product().variants.get()

    with pytest.raises(WrongPrice):
        set_prices(actor=lia, variant=variant, prices={"IDR": price}, at=AT)

    assert Variant.objects.get().price_amount == Decimal(389000)


def test_a_new_price_is_told_with_what_it_was(lia, told):
    product = make_product()
    variant = product.variants.get()

    set_prices(actor=lia, variant=variant, prices=IDR_400, seen=price_mark(variant), at=AT)

    assert told == [
        (ProductChanged(product.pk), f"product:{product.pk}"),
        (
            VariantPriceChanged(variant.pk, product.pk, "IDR", "389000.00", "400000.00"),
            f"product:{product.pk}",
        ),
    ]
    assert AuditEntry.objects.get(action="variant.change").detail["fields"] == ["price_amount"]


def test_setting_one_price_leaves_those_in_other_currencies(lia):
    variant = make_product().variants.get()
    Variant.objects.update(other_prices={"UAH": ["1249.00", "1499.00"]})

    set_prices(actor=lia, variant=variant, prices=IDR_400, at=AT)

    assert Variant.objects.get().other_prices == {"UAH": ["1249.00", "1499.00"]}


def test_old_forms_of_variants_overwrite_nothing(lia):
    variant = make_product().variants.get()
    seen, seen_price = variant_mark(variant), price_mark(variant)
    set_prices(actor=lia, variant=variant, prices=IDR_400, at=AT)

    with pytest.raises(ChangedMeanwhile):
        set_prices(actor=lia, variant=variant, prices={"IDR": Price(Decimal(1))}, seen=seen_price, at=AT)
    with pytest.raises(ChangedMeanwhile):
        change_variant(actor=lia, variant=variant, told=VariantTold("X", IDR_400), seen=seen, at=AT)

    assert (Variant.objects.get().price_amount, Variant.objects.get().sku) == (Decimal(400000), variant.sku)


def test_a_sale_does_not_make_a_form_old_and_is_not_undone_by_it(lia):
    variant = make_product(stock=10).variants.get()
    seen = variant_mark(variant)
    Variant.objects.update(stock=7)

    told = VariantTold("RENAMED", IDR_400, variant.options)
    change_variant(actor=lia, variant=variant, told=told, seen=seen, at=AT)

    assert (Variant.objects.get().sku, Variant.objects.get().stock) == ("RENAMED", 7)


def test_a_variant_is_offered_no_longer(lia, told):
    product = make_product()

    offer_variant(actor=lia, variant=product.variants.get(), is_active=False, at=AT)

    assert not Variant.objects.get().is_active
    assert told == [(ProductChanged(product.pk), f"product:{product.pk}")]
