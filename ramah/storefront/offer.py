"""What of a product is offered as it is chosen now: options, price, stock, pictures. In Python, for this page is seen most."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ramah.commerce.models import Product, Variant
from ramah.commerce.queries.products import Axis, Choice, Offered, Value, choice_of, chosen_first
from ramah.kernel.money import Money
from ramah.storefront.cards import FEW
from ramah.storefront.option_words import option_title, value_title
from ramah.storefront.pictures import drawing, picture, shown_first
from ramah.storefront.swatches import color_in, color_named, is_color, swatch
from ramah.storefront.visiting import Visitor
from ramah.ui.elements import money, pill

# Before the name of an option in forms and addresses.
FIELD = "o."
MOST_AT_ONCE = 999
_NOTHING = SafeString("")


def choice_in(offered: Offered, told: Mapping[str, str]) -> Choice[Variant]:
    """The choice that an address or a form makes: by its options, else by `variant`, else what is in stock."""
    options = {name.removeprefix(FIELD): value for name, value in told.items() if name.startswith(FIELD)}
    if not options:
        start = chosen_first(offered.variants, told.get("variant", ""))
        options = dict.fromkeys(_axes_of(offered), "") | (start.options if start else {})
    lead = next((name for name in _axes_of(offered) if is_color(name)), "")
    return choice_of(offered.variants, options, lead=lead)


def _axes_of(offered: Offered) -> list[str]:
    return [name for variant in offered.variants for name in variant.options]


@dataclass(frozen=True)
class Offer:
    """A product as it is chosen now."""

    offered: Offered
    choice: Choice[Variant]
    visitor: Visitor

    @property
    def product(self) -> Product:
        return self.offered.product

    @property
    def variant(self) -> Variant | None:
        """The variant that the choice makes; None where there is none such."""
        return self.choice.variant

    @cached_property
    def price(self) -> Money | None:
        """What it costs here; None where it is not sold for the visitor's currency."""
        shown = self.variant or self.offered.variants[0]
        return shown.price_in(self.visitor.currency)

    @property
    def can_be_bought(self) -> bool:
        """Whether the choice can go into the cart."""
        return self.variant is not None and self.variant.stock > 0 and self.price is not None

    @property
    def is_sold_out(self) -> bool:
        """Whether the choice is one that may come back."""
        return self.variant is not None and self.variant.stock <= 0 and self.price is not None

    @property
    def most(self) -> int:
        """How many pieces can be bought at once."""
        return max(1, min(self.variant.stock if self.variant else 1, MOST_AT_ONCE))

    @property
    def price_line(self) -> SafeString:
        """The price, and what it cost before."""
        if self.price is None:
            return _NOTHING
        before = self.variant.compare_at_in(self.visitor.currency) if self.variant else None
        if before is None:
            return format_html('<p class="price" data-size="l">{}</p>', money(self.price))
        return format_html(
            '<p class="price" data-size="l">{}<s><span class="vh">{} </span>{}</s></p>',
            money(self.price),
            _("was"),
            money(before),
        )

    @property
    def stock_line(self) -> SafeString:
        """What is in stock of the choice, in honest words; what else there is where the choice cannot be had."""
        if self.variant is None:
            return format_html('<p class="note" data-tone="risk" role="status">{}</p>', self._unmade_words())
        words = _said(", ".join(value for value in self.variant.options.values() if value))
        return format_html('<p class="row" data-gap="2">{}{}</p>', _stock_pill(self.variant.stock), words)

    def _unmade_words(self) -> str:
        told = {"choice": ", ".join(self.choice.unmade)}
        wrong = (axis for axis in self.choice.axes if any(one.is_chosen and not one.exists for one in axis.values))
        there = [value.text for axis in wrong for value in axis.values if value.exists]
        if there:
            # Translators: choice is "Indigo, XL"; others is "S, M".
            return _("There is no %(choice)s. There is: %(others)s.") % {**told, "others": ", ".join(there)}
        return _("There is no %(choice)s. Choose another combination.") % told

    @property
    def options(self) -> SafeString:
        """The options as groups of radio buttons, colors first."""
        axes = sorted(enumerate(self.choice.axes), key=lambda one: not is_color(one[1].name))
        return SafeString("".join(_axis(number, axis) for number, axis in axes))

    @property
    def color(self) -> str:
        """The color that is chosen, by name."""
        chosen = {axis.name: axis.chosen for axis in self.choice.axes}
        return color_in(chosen)

    @property
    def gallery(self) -> SafeString:
        """The pictures of the product, those of the chosen color first; or its drawing in that color."""
        title = self.product.title_in(self.visitor.language).text
        pictures = shown_first(self.product.pictures, self.color)
        if pictures:
            return _gallery(pictures, title, self.visitor.language)
        if self.product.image_url:
            return format_html(
                '<div class="photo" data-kind="picture"><img src="{}" alt="{}" fetchpriority="high"></div>',
                self.product.image_url,
                title,
            )
        named = f"{title}, {self.color}" if self.color else title
        drawn = drawing(self.product.illustration, color=color_named(self.color), title=named)
        return format_html('<div class="photo">{}</div>', drawn)


def offer_of(offered: Offered, told: Mapping[str, str], visitor: Visitor) -> Offer:
    """The offer as an address or a form chooses it."""
    return Offer(offered, choice_in(offered, told), visitor)


def _said(words: str) -> SafeString:
    return format_html('<span class="small muted">{}</span>', words) if words else _NOTHING


def _stock_pill(stock: int) -> SafeString:
    if stock <= 0:
        return pill(_("Sold out"), "broken", "x")
    if stock <= FEW:
        return pill(ngettext("%(n)s left", "%(n)s left", stock) % {"n": stock}, "risk", "clock")
    return pill(ngettext("%(n)s in stock", "%(n)s in stock", stock) % {"n": stock}, "kept", "check")


def _axis(number: int, axis: Axis) -> SafeString:
    colored = is_color(axis.name)
    return format_html(
        '<fieldset class="stack" data-gap="2"><legend>{}</legend><div class="opts"{}>{}</div></fieldset>',
        option_title(axis.name),
        SafeString(' data-kind="color"') if colored else _NOTHING,
        SafeString("".join(_values(number, axis, colored))),
    )


def _values(number: int, axis: Axis, colored: bool) -> Iterator[SafeString]:
    for place, value in enumerate(axis.values):
        color = color_named(value.text) if colored else ""
        yield format_html(
            '<label{}><input type="radio" id="o{}-{}" name="{}{}" value="{}"{}>{}{}{}</label>',
            _NOTHING if value.in_stock else SafeString(" data-out"),
            number,
            place,
            FIELD,
            axis.name,
            value.text,
            SafeString(" checked") if value.is_chosen else _NOTHING,
            swatch(color) if color else _NOTHING,
            value_title(value.text),
            _out(value),
        )


def _out(value: Value) -> SafeString:
    if value.in_stock:
        return _NOTHING
    return format_html('<span class="vh">, {}</span>', _("sold out") if value.exists else _("not in this combination"))


def _gallery(pictures: list[dict[str, object]], title: str, language: str) -> SafeString:
    shots = SafeString(
        "".join(
            picture(told, language=language, title=title, place="page", eager=number == 0)
            for number, told in enumerate(pictures)
        )
    )
    stage = format_html('<div class="photo" data-kind="picture">{}</div>', shots)
    if len(pictures) == 1:
        return stage
    choices = SafeString(
        "".join(
            format_html(
                '<label><input type="radio" name="shot" aria-label="{}"{}>{}</label>',
                _("Picture %(n)s of %(all)s") % {"n": number, "all": len(pictures)},
                SafeString(" checked") if number == 1 else _NOTHING,
                picture(told, language=language, place="thumb"),
            )
            for number, told in enumerate(pictures, 1)
        )
    )
    return format_html(
        '{}<fieldset><legend class="vh">{}</legend><div class="opts">{}</div></fieldset>', stage, _("Pictures"), choices
    )
