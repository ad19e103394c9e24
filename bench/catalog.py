"""A catalog of any size for measuring: titles in three languages, a tree of categories, options, prices in IDR and UAH, ratings."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice, product
from typing import Any

BATCH = 1000
SYLLABLES = ("ba", "lu", "sa", "na", "ti", "mo", "ra", "ke", "di", "wa", "pe", "gu", "si", "ta", "jo", "lem", "kar", "sun")  # fmt: skip
SIZES = ("XS", "S", "M", "L", "XL", "XXL")
COLORS = ("Indigo", "Clay", "Moss", "Sand", "Night", "Coral", "White", "Black", "Teal", "Maroon", "Olive", "Yellow")
BRANDS = ("Toko Laut", "Kawung", "Rimba", "Segara", "Nusa", "Angin", "Karya", "Pelita")
MATERIALS = (
    ("Linen", "Linen", "Льон"), ("Cotton", "Katun", "Бавовна"), ("Rattan", "Rotan", "Ротанг"), ("Teak", "Jati", "Тик"),
    ("Leather", "Kulit", "Шкіра"), ("Ceramic", "Keramik", "Кераміка"),
)  # fmt: skip
LANGUAGES = ("en", "id", "uk")


def fill_catalog(products: int, variants_each: int, chance: random.Random, at: datetime) -> None:
    """Add so many products of so many variants each and list them; 100,000 variants take about a minute."""
    from ramah.commerce.commands.listings import refresh_listings
    from ramah.commerce.demo.catalog import KINDS
    from ramah.commerce.models import Product, Variant

    homes = _homes(KINDS, at)
    start = Product.objects.count()
    numbers = iter(range(start, start + products))
    while batch := list(islice(numbers, BATCH)):
        rows = [_product(number, KINDS[number % len(KINDS)], homes, chance, at) for number in batch]
        Product.objects.bulk_create(rows)
        Variant.objects.bulk_create(
            [
                variant
                for number, row in zip(batch, rows, strict=True)
                for variant in _variants(row, KINDS[number % len(KINDS)], variants_each, chance, at)
            ]
        )
        refresh_listings(product_ids=[row.pk for row in rows], at=at)
    _settle()


def words_of_catalog(chance: random.Random) -> str:
    """Something that somebody could search for: a kind of thing, in one of the languages, often with a name or a color."""
    from ramah.commerce.demo.catalog import KINDS

    kind = chance.choice(KINDS)
    title = chance.choice(kind.titles).format("").replace("«»", "").strip(" ,")
    return f"{title.split()[0]} {chance.choice(('', '', chance.choice(COLORS), _name(chance.randrange(2000))))}".strip()


def _settle() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO commerce_searchwords (commerce_searchwords) VALUES ('optimize')")


def _homes(kinds: Any, at: datetime) -> dict[str, Any]:
    """A category per kind below its department, each with four further ones below it, as shops have them."""
    from ramah.commerce.commands.categories import categories_of

    words = [f"{kind.category} / {kind.key.title()} {number}" for kind in kinds for number in range(1, 5)]
    return dict(categories_of(words, at=at))


def _name(number: int) -> str:
    first, second, third = SYLLABLES[number % 18], SYLLABLES[number // 18 % 18], SYLLABLES[(number * 7 + 3) % 18]
    return (first + second + third).title()


def _product(number: int, kind: Any, homes: dict[str, Any], chance: random.Random, at: datetime) -> Any:
    from ramah.commerce.models import Product

    name = f"{_name(chance.randrange(2000))} {_name(chance.randrange(300))}"
    rated = chance.randrange(200) if chance.random() < 0.7 else 0
    material = MATERIALS[number % len(MATERIALS)]
    return Product(
        external_id=f"bench-{number}",
        slug=f"{kind.key}-{name.lower().replace(' ', '-')}-{number}",
        titles={language: words.format(name) for language, words in zip(LANGUAGES, kind.titles, strict=True)},
        descriptions=dict(zip(LANGUAGES, kind.says, strict=True)),
        brand=chance.choice(BRANDS),
        category=homes[f"{kind.category} / {kind.key.title()} {number % 4 + 1}"],
        illustration=kind.illustration,
        attributes=[
            {
                "name": {"en": "Material", "id": "Bahan", "uk": "Матеріал"},
                "value": dict(zip(LANGUAGES, material, strict=True)),
            }
        ],
        rating_count=rated,
        rating_sum=sum(chance.choice((3, 4, 4, 5, 5)) for _review in range(rated)),
        sold_count=int(chance.paretovariate(0.8)) % 100_000,
        published_at=at - timedelta(minutes=chance.randrange(1_000_000)),
        created_at=at,
    )


def _variants(row: Any, kind: Any, count: int, chance: random.Random, at: datetime) -> Iterator[Any]:
    from ramah.commerce.models import Variant

    price = Decimal(kind.price + chance.randrange(-8, 9) * 5000).max(Decimal(19000))
    reduced = chance.random() < 0.2
    name = kind.option if kind.sizes else "size"
    sizes = kind.sizes or SIZES
    colors = chance.sample(COLORS, 3)
    for position, (color, size) in enumerate(islice(product(colors, sizes), count)):
        hryvnia = (price / 380).quantize(Decimal(1))
        yield Variant(
            product=row,
            sku=f"B{row.external_id[6:]}-{size[:3].upper()}-{color[:3].upper()}",
            options={name: size, "color": color},
            price_amount=price,
            compare_at_amount=price + 50000 if reduced else None,
            currency="IDR",
            other_prices={"UAH": [str(hryvnia), None]},
            stock=chance.choice((0, 0, 2, 5, 8, 20)),
            weight_grams=250,
            position=position,
            created_at=at,
        )
