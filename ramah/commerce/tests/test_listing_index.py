"""The index in memory against the plain way of doing it: whatever is filtered, counted, sorted, paged or changed."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.commerce.bits import bits_of, numbers_of, signs_of
from ramah.commerce.listing_choices import Choice, Filters
from ramah.commerce.listing_index import CHEAP, DEAR, NEWEST, POPULAR, RATED, SORTS, Entry, ListingIndex
from ramah.commerce.option_names import LINE, combination_of

SIZES, COLORS = ("S", "M", "L"), ("Indigo", "Sand")


def choices_of(*variants: tuple[str, str, bool]) -> str:
    return LINE.join(
        ("+" if is_in else "-") + combination_of({"size": size, "color": color}) for size, color, is_in in variants
    )


def make_entry(product_id: int, **fields) -> Entry:
    told = {
        "category_id": 1,
        "is_shown": True,
        "in_stock": True,
        "price": 10000000,
        "rating": 0,
        "rating_count": 0,
        "sold": 0,
        "published": product_id,
        "choices": choices_of(("M", "Indigo", True)),
    }
    return Entry(product_id, **{**told, **fields})


def keys_of(index: ListingIndex, bits: int) -> set[int]:
    return {key for key, _after in index.walk([bits], POPULAR, size=1000)}


def test_a_set_of_bits_holds_what_was_put_into_it():
    for numbers in ([], [0], [3, 1], list(range(0, 500, 2)), [499]):
        bits = bits_of(numbers, 500)

        assert list(numbers_of(bits)) == sorted(numbers)
        assert [place for place, sign in enumerate(signs_of(bits, 500)) if sign == "1"] == sorted(numbers)


def test_options_are_those_of_one_variant_and_not_of_two():
    index = ListingIndex([make_entry(1, choices=choices_of(("M", "Sand", True), ("S", "Indigo", True)))])
    wanted = Filters(options={"size": frozenset({"m"}), "color": frozenset({"indigo"})})

    assert Choice(index, index.shown, wanted).total == 0


def test_an_option_in_stock_is_a_variant_that_is_in_stock():
    index = ListingIndex([make_entry(1, choices=choices_of(("M", "Sand", False), ("S", "Indigo", True)))])
    sold_out = Filters(options={"size": frozenset({"m"})}, in_stock=True)

    assert Choice(index, index.shown, sold_out).total == 0
    assert Choice(index, index.shown, Filters(options={"size": frozenset({"m"})})).total == 1
    assert Choice(index, index.shown, Filters(in_stock=True)).counts.options["size"] == {"s": 1}


def test_options_of_three_languages_are_one():
    told = [
        combination_of({name: value}) for name, value in (("Warna", "Indigo"), ("colour", "INDIGO"), ("колір", "Sand"))
    ]
    index = ListingIndex(make_entry(place, choices=f"+{each}") for place, each in enumerate(told))

    assert Choice(index, index.shown, Filters()).counts.options == {"color": {"indigo": 2, "sand": 1}}
    assert index.labels["color=indigo"] == "Indigo"


def test_what_is_not_shown_is_nowhere():
    index = ListingIndex([make_entry(1), make_entry(2, is_shown=False)])

    assert keys_of(index, index.shown) == {1}
    assert Choice(index, -1, Filters()).total == 1
    assert Choice(index, -1, Filters()).counts.in_stock == 1


def test_one_enthusiast_does_not_outweigh_many():
    index = ListingIndex(
        [
            make_entry(1, rating=50, rating_count=1),
            make_entry(2, rating=47, rating_count=200),
            make_entry(3),
            make_entry(4, rating=20, rating_count=9),
        ]
    )

    assert [key for key, _after in index.walk([index.shown], RATED, size=9)] == [2, 1, 4, 3]


def test_ranges_of_prices_hold_what_their_filter_finds():
    prices = [1500000, 2000000, 2000000, 2999900, 3000000, 4500000, 9900000, 10000000, 25000000, 99900000]
    index = ListingIndex(make_entry(place, price=price) for place, price in enumerate(prices))
    ranges = Choice(index, index.shown, Filters()).counts.prices

    assert 1 < len(ranges) <= 5
    for lowest, highest, count in ranges:
        assert Choice(index, index.shown, Filters(price_from=lowest, price_to=highest)).total == count
    assert ranges[0][0] <= min(prices)
    assert ranges[-1][1] >= max(prices)


def test_one_price_makes_no_ranges():
    index = ListingIndex([make_entry(1), make_entry(2)])

    assert Choice(index, index.shown, Filters()).counts.prices == []


def test_free_and_very_dear_things_have_a_place_too():
    index = ListingIndex([make_entry(1, price=0), make_entry(2, price=99_999_999_999_999)])

    assert Choice(index, index.shown, Filters(price_to=0)).total == 1
    assert Choice(index, index.shown, Filters(price_from=99_999_999_999_999)).total == 1


def test_dropped_products_are_gone_and_may_come_back():
    index = ListingIndex([make_entry(1), make_entry(2)])
    index.drop([1, 7])

    assert keys_of(index, index.shown) == {2}

    index.put([make_entry(1)])

    assert keys_of(index, index.shown) == {1, 2}


@dataclass
class Naive:
    """What an index should say, worked out product by product."""

    entries: dict[int, Entry]

    def fitting(self, wanted: Filters, *, leave: str = "") -> list[Entry]:
        return [each for each in self.entries.values() if each.is_shown and self._fits(each, wanted, leave)]

    def _fits(self, entry: Entry, wanted: Filters, leave: str) -> bool:
        if wanted.categories is not None and entry.category_id not in wanted.categories:
            return False
        if leave != "rating" and entry.rating < wanted.rating * 10:
            return False
        if leave != "price":
            if wanted.price_from is not None and entry.price < wanted.price_from:
                return False
            if wanted.price_to is not None and entry.price > wanted.price_to:
                return False
        options = {name: values for name, values in wanted.options.items() if name != leave}
        if wanted.in_stock and leave != "stock" and not options:
            return entry.in_stock
        return any(
            all(found[name] in values for name, values in options.items())
            and (is_in or not wanted.in_stock or leave == "stock")
            for found, is_in in variants_of(entry)
        )

    def ordered(self, wanted: Filters, sort: str) -> list[int]:
        keys = {
            POPULAR: lambda each: (-each.sold, -each.product_id),
            NEWEST: lambda each: (-each.published, -each.product_id),
            CHEAP: lambda each: (each.price, -each.product_id),
            DEAR: lambda each: (-each.price, -each.product_id),
        }
        return [each.product_id for each in sorted(self.fitting(wanted), key=keys[sort])]


def variants_of(entry: Entry) -> list[tuple[dict[str, str], bool]]:
    found = []
    for line in entry.choices.split(LINE):
        _size, size, _color, color = line[1:].split("\x1f")
        found.append(({"size": size.casefold(), "color": color.casefold()}, line[0] == "+"))
    return found


@st.composite
def entries(draw):
    combinations = draw(st.lists(st.sampled_from([(s, c) for s in SIZES for c in COLORS]), min_size=1, unique=True))
    variants = [(size, color, draw(st.booleans())) for size, color in combinations]
    return Entry(
        product_id=draw(st.integers(1, 40)),
        category_id=draw(st.sampled_from([None, 1, 2, 3])),
        is_shown=draw(st.integers(0, 5)) > 0,
        in_stock=any(is_in for _size, _color, is_in in variants),
        price=draw(st.sampled_from([0, 999900, 1000000, 1500000, 2000000, 2000100, 30000000])),
        rating=draw(st.sampled_from([0, 25, 30, 39, 40, 50])),
        rating_count=draw(st.integers(0, 3)),
        sold=draw(st.integers(0, 3)),
        published=draw(st.integers(0, 3)),
        choices=choices_of(*variants),
    )


filters = st.builds(
    Filters,
    options=st.fixed_dictionaries(
        {},
        optional={
            "size": st.frozensets(st.sampled_from(["s", "m", "xl"]), min_size=1),
            "color": st.frozensets(st.sampled_from(["indigo", "sand"]), min_size=1),
        },
    ),
    in_stock=st.booleans(),
    rating=st.sampled_from([0, 3, 4]),
    price_from=st.sampled_from([None, 0, 1000000, 1500000]),
    price_to=st.sampled_from([None, 999900, 2000000, 30000000]),
    categories=st.sampled_from([None, frozenset({1}), frozenset({1, 3})]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(entries(), max_size=25), min_size=1, max_size=4), filters, st.sampled_from(SORTS[:4]))
def test_the_index_says_what_the_plain_way_says(changes, wanted, sort):
    index, naive = ListingIndex(), Naive({})
    for batch in changes:
        unique = list({entry.product_id: entry for entry in batch}.values())
        index.put(unique)
        naive.entries |= {entry.product_id: entry for entry in unique}
        list(index.walk([index.shown], sort, size=1))  # an order that is there has to follow each change
    choice = Choice(index, index.shown, wanted)

    assert choice.total == len(naive.fitting(wanted))
    assert [key for key, _after in index.walk([choice.bits], sort, size=99)] == naive.ordered(wanted, sort)
    assert choice.counts.in_stock == sum(
        1
        for each in naive.fitting(wanted, leave="stock")
        if naive._fits(each, Filters(**{**vars_of(wanted), "in_stock": True}), "")
    )
    for least, count in choice.counts.ratings.items():
        rated = naive.fitting(wanted, leave="rating")
        assert count == sum(each.rating >= least * 10 for each in rated)
    for name in ("size", "color"):
        for value in ("s", "m", "l", "indigo", "sand"):
            options = {**wanted.options, name: frozenset({value})}
            expected = len(naive.fitting(Filters(**{**vars_of(wanted), "options": options})))
            assert choice.counts.options.get(name, {}).get(value, 0) == expected
    for lowest, highest, count in choice.counts.prices:
        narrowed = {**vars_of(wanted), "price_from": lowest, "price_to": highest}
        assert count == len(naive.fitting(Filters(**narrowed)))


def vars_of(wanted):
    return {name: getattr(wanted, name) for name in Filters.__slots__}


@settings(max_examples=60, deadline=None)
@given(st.lists(entries(), max_size=40), st.sampled_from(SORTS), st.integers(1, 7))
def test_pages_have_neither_gaps_nor_repeats(batch, sort, size):
    index = ListingIndex(list({entry.product_id: entry for entry in batch}.values()))
    tiers = [index.in_stock, index.shown & ~index.in_stock]
    whole = [key for key, _after in index.walk(tiers, sort, size=99)]
    read: list[int] = []
    after: list[int] = []
    while page := list(index.walk(tiers, sort, after=after, size=size)):
        read += [key for key, _after in page]
        after = page[-1][1]

    assert read == whole
    assert len(set(read)) == len(read) == index.shown.bit_count()


@pytest.mark.parametrize("count", [5, 300])
def test_many_and_few_changes_keep_the_orders(count):
    index = ListingIndex(make_entry(place, price=place * 100, sold=place % 7) for place in range(400))
    for sort in SORTS:
        list(index.walk([index.shown], sort, size=1))
    index.put([make_entry(place, price=50_000 - place, sold=place % 5) for place in range(count)])
    fresh = ListingIndex(
        [make_entry(place, price=50_000 - place, sold=place % 5) for place in range(count)]
        + [make_entry(place, price=place * 100, sold=place % 7) for place in range(count, 400)]
    )

    for sort in SORTS:
        assert list(index.walk([index.shown], sort, size=400)) == list(fresh.walk([fresh.shown], sort, size=400))
