"""What narrows a list, as parts of a form: options with how many products each would give, prices, rating, stock, categories.

Built in Python like the cards: a list has dozens of choices. All of it is links and fields of one GET form, so it works without
JavaScript; with htmx every change brings the list that follows.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zlib import crc32

from django.utils.formats import number_format
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from ramah.commerce.queries.listings import RATINGS, Found
from ramah.commerce.queries.terms import CategoryTree
from ramah.kernel.money import Money, format_money
from ramah.storefront.list_request import OPTION, ListRequest, hundredths
from ramah.storefront.option_words import option_title, value_title
from ramah.storefront.swatches import color_named, swatch
from ramah.ui.elements import icon

_MOST_GROUPS, _SHOWN_VALUES = 6, 8
_FIRST_GROUPS: Final = {"size": -2, "color": -1}
_SIZES: Final = {
    name: rank
    for rank, name in enumerate(
        ("xxs", "xs", "s", "small", "m", "medium", "l", "large", "xl", "xxl", "2xl", "xxxl", "3xl", "4xl", "5xl")
    )
}
_NUMBER = re.compile(r"\d+([.,]\d+)?")
LINK: Final = SafeString(' hx-target="#found" hx-swap="outerHTML"')


def facets(asked: ListRequest, found: Found, *, currency: str, tree: CategoryTree, language: str) -> SafeString:
    """Every group of choices that there is something to choose in."""
    if found.counts is None:
        return SafeString("")
    counted = found.counts.in_stock
    groups = [_stock(asked, counted)] if counted or asked.in_stock else []
    if asked.words:
        groups.append(_categories(asked, found.categories, tree, language))
    groups += _option_groups(asked, found.counts.options, found.labels)
    groups += [_prices(asked, found.counts.prices, currency), _ratings(asked, found.counts.ratings)]
    return SafeString("".join(groups))


def chips(
    asked: ListRequest, found: Found, *, currency: str, tree: CategoryTree, language: str
) -> list[tuple[str, str]]:
    """The filters that are on: words, and the address of the list without."""
    told = []
    for each in asked.chosen():
        words = _chip_words(asked, each.group, each.value, found.labels, currency, tree, language)
        told.append((words, each.without.address()))
    return told


def number(count: int) -> str:
    """A count as the reader's language writes it."""
    return str(count) if count < 1000 else str(number_format(count, use_l10n=True, force_grouping=True))


def _chip_words(
    asked: ListRequest,
    group: str,
    value: str,
    labels: Mapping[str, str],
    currency: str,
    tree: CategoryTree,
    language: str,
) -> str:
    if group.startswith(OPTION):
        name = group.removeprefix(OPTION)
        return f"{option_title(name)}: {value_title(labels.get(f'{name}={value}', value))}"
    if group == "category":
        return tree.nodes[value].name_in(language).text if value in tree.nodes else value
    if group == "rating":
        return _rating_words(int(value))
    if group == "stock":
        return _("In stock")
    return _range_words(asked.price_from, asked.price_to, currency)


def _group(title: str, content: SafeString, help_text: str = "") -> SafeString:
    return format_html('<fieldset class="facet"><legend>{}</legend>{}{}</fieldset>', title, content, help_text)


def _check(
    name: str, value: str, words: SafeString | str, count: int, *, on: bool, kind: str = "checkbox"
) -> SafeString:
    # The id stays the same from list to list, so the focus stays where it was.
    key = f"{crc32(f'{name}={value}'.encode()):x}"
    return mark_safe(  # noqa: S308 - every part is escaped or made here
        f'<label class="check"><input type="{kind}" name="{escape(name)}" value="{escape(value)}" id="f{key}"'
        f"{' checked' if on else ''}>"
        f'<span class="grow">{conditional_escape(words)}</span><small>{number(count)}</small></label>'
    )


def _stock(asked: ListRequest, count: int) -> SafeString:
    return format_html('<div class="facet">{}</div>', _check("stock", "1", _("In stock"), count, on=asked.in_stock))


def _ratings(asked: ListRequest, counts: Mapping[int, int]) -> SafeString:
    if not any(counts.values()) and not asked.rating:
        return SafeString("")
    rows = [
        _check("rating", str(least), _rating_words(least), counts[least], on=asked.rating == least, kind="radio")
        for least in RATINGS
    ]
    any_rating = format_html(
        '<label class="check"><input type="radio" name="rating" value="" id="f-any"{}><span class="grow">{}</span></label>',
        SafeString("" if asked.rating else " checked"),
        _("Any rating"),
    )
    return _group(_("Rating"), SafeString("".join([any_rating, *rows])))


def _rating_words(least: int) -> str:
    return ngettext("%(n)s star and more", "%(n)s stars and more", least) % {"n": least}


def _option_groups(
    asked: ListRequest, counts: Mapping[str, Mapping[str, int]], labels: Mapping[str, str]
) -> list[SafeString]:
    names = [name for name, values in counts.items() if len(values) > 1 or name in asked.options]
    names += [name for name in asked.options if name not in counts]
    names.sort(
        key=lambda name: (
            name not in asked.options,
            _FIRST_GROUPS.get(name, 0),
            -sum(counts.get(name, {}).values()),
            name,
        )
    )
    return [
        _options(asked, name, counts.get(name, {}), labels) for name in sorted(names[:_MOST_GROUPS], key=_group_rank)
    ]


def _group_rank(name: str) -> tuple[int, str]:
    return _FIRST_GROUPS.get(name, 0), name


def _options(asked: ListRequest, name: str, counts: Mapping[str, int], labels: Mapping[str, str]) -> SafeString:
    on = asked.options.get(name, ())
    values = {**counts, **{value: counts.get(value, 0) for value in on}}
    often = sorted(values, key=lambda value: (value not in on, -values[value]))
    first, rest = often[:_SHOWN_VALUES], often[_SHOWN_VALUES:]
    if len(rest) <= 2:
        first, rest = often, []
    rows = _values(name, sorted(first, key=_value_rank), values, on, labels)
    if rest:
        further = _values(name, sorted(rest, key=_value_rank), values, on, labels)
        # Translators: further values to choose from, in a group of filters.
        words = ngettext("%(n)s more", "%(n)s more", len(rest)) % {"n": len(rest)}
        rows = format_html('{}<details class="further"><summary>{}</summary>{}</details>', rows, words, further)
    return _group(option_title(labels.get(name, name)), rows)


def _values(
    name: str, values: Sequence[str], counts: Mapping[str, int], on: Iterable[str], labels: Mapping[str, str]
) -> SafeString:
    return SafeString(
        "".join(
            _check(
                OPTION + name,
                value,
                _value_words(name, labels.get(f"{name}={value}", value)),
                counts[value],
                on=value in on,
            )
            for value in values
        )
    )


def _value_words(name: str, label: str) -> SafeString | str:
    color = color_named(label) if name == "color" else ""
    return (
        format_html('<span class="row" data-gap="2">{}{}</span>', swatch(color), label) if color else value_title(label)
    )


def _value_rank(value: str) -> tuple[int, float, str]:
    if value in _SIZES:
        return 0, _SIZES[value], value
    found = _NUMBER.match(value)
    return (1, float(found[0].replace(",", ".")), value) if found else (2, 0, value)


def _prices(asked: ListRequest, ranges: Sequence[tuple[int, int, int]], currency: str) -> SafeString:
    if not ranges and not (asked.price_from or asked.price_to):
        return SafeString("")
    links = format_html_join(
        "",
        '<li><a href="{0}" hx-get="{0}"{1}{2}><span class="grow">{3}</span><small>{4}</small></a></li>',
        (_range_link(asked, place, ranges, currency) for place in range(len(ranges))),
    )
    fields = (
        _price_field("from", pgettext("price", "From"), asked.price_from, asked.problem),
        _price_field("to", pgettext("price", "To"), asked.price_to, asked.problem),
    )
    problem = (
        format_html('<p class="problem" role="alert" id="price-problem">{}{}</p>', icon("alert"), asked.problem)
        if asked.problem
        else ""
    )
    content = format_html('<ul class="ranges">{}</ul><div class="ends">{}{}</div>{}', links, *fields, problem)
    return _group(_("Price"), content)


def _range_link(
    asked: ListRequest, place: int, ranges: Sequence[tuple[int, int, int]], currency: str
) -> tuple[str, SafeString, SafeString, str, str]:
    lowest, highest, count = ranges[place]
    ends = ("" if place == 0 else str(lowest // 100), "" if place == len(ranges) - 1 else str(highest // 100))
    is_on = ends == (asked.price_from, asked.price_to)
    to = replace(asked, price_from="" if is_on else ends[0], price_to="" if is_on else ends[1], cursor="", problem="")
    current = SafeString(' aria-current="true"') if is_on else SafeString("")
    return to.address(), LINK, current, _range_words(*ends, currency), number(count)


def _price_field(name: str, label: str, value: str, problem: str) -> SafeString:
    return format_html(
        '<label class="field"><small>{}</small><input class="input" name="{}" value="{}" id="f-{}" inputmode="decimal"'
        ' maxlength="20" autocomplete="off"{}></label>',
        label,
        name,
        value,
        name,
        SafeString(' aria-invalid="true" aria-describedby="price-problem"') if problem else "",
    )


def _range_words(lowest: str, highest: str, currency: str) -> str:
    first, last = _money(lowest, currency), _money(highest, currency)
    if not lowest:
        return _("Up to %(price)s") % {"price": last}
    if not highest:
        return _("From %(price)s") % {"price": first}
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def _money(amount: str, currency: str) -> str:
    return _money_words(amount, currency, get_language() or "en")


@lru_cache(maxsize=1024)
def _money_words(amount: str, currency: str, language: str) -> str:
    told = hundredths(amount)
    return format_money(Money(Decimal(told) / 100, currency), language) if told is not None else ""


def _categories(asked: ListRequest, counts: Mapping[str, int], tree: CategoryTree, language: str) -> SafeString:
    """The categories of what was found, as links: those on top, or those in the one that is chosen."""
    rows = []
    for path, count in counts.items():
        if not count and path != asked.category:
            continue
        is_on = path == asked.category
        name = tree.nodes[path].name_in(language)
        address = replace(asked, category="" if is_on else path, cursor="").address()
        current = SafeString(' aria-current="true"') if is_on else ""
        lang = format_html(' lang="{}"', name.language) if name.is_fallback else ""
        rows.append((address, LINK, current, lang, name.text, number(count)))
    if not rows:
        return SafeString("")
    links = format_html_join(
        "", '<li><a href="{0}" hx-get="{0}"{1}{2}><span class="grow"{3}>{4}</span><small>{5}</small></a></li>', rows
    )
    return _group(_("Category"), format_html('<ul class="ranges">{}</ul>', links))
