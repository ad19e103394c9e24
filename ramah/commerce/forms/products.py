"""What is asked of a product: texts in three languages, place in the catalog, attributes, what is shown beside it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ramah.commerce.commands.products import Fact, ProductTold, facts_mark, product_mark
from ramah.commerce.forms.parts import LANGUAGES, CategoryField, SpokenForm, Text, spoken
from ramah.commerce.imports.facts import MOST_ATTRIBUTES
from ramah.commerce.models import Product, ProductLink
from ramah.commerce.queries.catalog import size_guides

BLANK_ROWS = 3


class _GuideField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    def __init__(self) -> None:
        super().__init__(
            size_guides(),
            to_field_name="public_id",
            required=False,
            label=gettext_lazy("Size guide"),
            empty_label=_("None"),
        )


class ProductForm(SpokenForm):
    """The texts of a product and where it stands."""

    texts_asked = (
        Text("title", pgettext_lazy("product", "Title"), 200, needed=True),
        Text("description", gettext_lazy("Description"), 20_000, rows=5),
    )
    status = forms.ChoiceField(
        label=pgettext_lazy("product", "Status"),
        choices=Product.Status.choices,
        help_text=gettext_lazy(
            "Only active products are in the shop. Archived ones stay in the orders that hold them."
        ),
    )
    slug = forms.CharField(
        label=gettext_lazy("Address in the shop"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty: made from the title. After a change old links lead nowhere."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    brand = forms.CharField(label=gettext_lazy("Brand"), max_length=80, required=False)
    return_days = forms.IntegerField(
        label=gettext_lazy("Days to return it"),
        min_value=0,
        max_value=3650,
        required=False,
        help_text=gettext_lazy("Empty: as everywhere in the shop. 0: it cannot be returned."),
    )

    def __init__(self, told: QueryDict | None = None, *, product: Product | None = None) -> None:
        super().__init__(told, initial=_initial(product) if product else {"status": Product.Status.DRAFT})
        self.fields["category"] = CategoryField(
            label=gettext_lazy("Category"),
            empty_label=_("None"),
        )
        self.fields["size_guide"] = _GuideField()

    def clean_slug(self) -> str:
        slug: str = slugify(self.cleaned_data["slug"], allow_unicode=True)
        if self.cleaned_data["slug"] and not slug:
            raise ValidationError(_("Use letters, digits and hyphens."))
        return slug

    def told(self) -> ProductTold:
        """What `commands.products` takes."""
        kept = self.cleaned_data
        return ProductTold(
            titles=self.words("title"),
            descriptions=self.words("description"),
            slug=kept["slug"],
            status=kept["status"],
            brand=kept["brand"],
            category=kept["category"],
            size_guide=kept["size_guide"],
            return_days=kept["return_days"],
        )


def _initial(product: Product) -> dict[str, Any]:
    return {
        **spoken("title", product.titles),
        **spoken("description", product.descriptions),
        "slug": product.slug,
        "status": product.status,
        "brand": product.brand,
        "category": product.category and product.category.public_id,
        "size_guide": product.size_guide and product.size_guide.public_id,
        "return_days": product.return_days,
        "seen": product_mark(product),
    }


class FactsForm(forms.Form):
    """The attributes of a product, a row each, and a few empty rows. A row without a name is taken away."""

    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, told: QueryDict | None = None, *, product: Product) -> None:
        super().__init__(told, initial={"seen": facts_mark(product)})
        self._count = min(len(product.attributes) + BLANK_ROWS, MOST_ATTRIBUTES)
        for number in range(self._count):
            known = product.attributes[number] if number < len(product.attributes) else {}
            for code, language in LANGUAGES:
                for part, label, longest in (("name", gettext_lazy("Name"), 60), ("value", gettext_lazy("Value"), 300)):
                    self.fields[f"{part}_{number}_{code}"] = forms.CharField(
                        label=f"{label} ({language})",
                        max_length=longest,
                        required=False,
                        initial=known.get(part, {}).get(code, ""),
                        widget=forms.TextInput({"lang": code}),
                    )

    def rows(self) -> list[tuple[int, list[tuple[str, forms.BoundField, forms.BoundField]]]]:
        """The rows with their number from one on; in each, per language: its name, the two fields."""
        return [
            (
                number + 1,
                [(name, self[f"name_{number}_{code}"], self[f"value_{number}_{code}"]) for code, name in LANGUAGES],
            )
            for number in range(self._count)
        ]

    def clean(self) -> dict[str, Any]:
        kept = self.cleaned_data
        for number in range(self._count):
            for code, _name in LANGUAGES:
                name, value = kept.get(f"name_{number}_{code}", ""), kept.get(f"value_{number}_{code}", "")
                if ":" in name:
                    self.add_error(f"name_{number}_{code}", _("Write it without a colon."))
                elif name and not value:
                    self.add_error(f"value_{number}_{code}", _("Write the value too, or empty both."))
                elif value and not name:
                    self.add_error(f"name_{number}_{code}", _("Write the name too, or empty both."))
        return kept

    def facts(self) -> list[Fact]:
        """What `commands.products.set_facts` takes."""
        kept = self.cleaned_data
        return [
            Fact(
                name={code: kept[f"name_{number}_{code}"] for code, _name in LANGUAGES},
                value={code: kept[f"value_{number}_{code}"] for code, _name in LANGUAGES},
            )
            for number in range(self._count)
        ]


class LinkForm(forms.Form):
    """Which product is shown beside this one: found by the beginning of its title, or by an SKU."""

    kind = forms.ChoiceField(label=gettext_lazy("Shown as"), choices=ProductLink.Kind.choices)
    q = forms.CharField(label=gettext_lazy("Title or SKU begins with"), max_length=80)


class PictureForm(forms.Form):
    """Pictures to put behind those there are."""

    def __init__(self, told: QueryDict | None = None, files: Any = None) -> None:
        super().__init__(told, files)
        self.fields["pictures"] = _PicturesField(
            label=gettext_lazy("Pictures"),
            help_text=gettext_lazy("JPEG, PNG, WebP, GIF or AVIF, 15 MB each at most."),
        )


class _PicturesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class _PicturesField(forms.FileField):
    widget = _PicturesInput({"accept": "image/*"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) and data else [data or None]
        return [super(_PicturesField, self).clean(file, initial) for file in files]


class PictureWordsForm(forms.Form):
    """What a picture shows, in three languages, and which color of the product."""

    def __init__(self, told: QueryDict | None = None, *, picture: dict[str, Any], colors: list[str]) -> None:
        super().__init__(told, prefix=picture["key"][:8])
        for code, language in LANGUAGES:
            self.fields[f"alt_{code}"] = forms.CharField(
                label=_("What is to be seen (%(language)s)") % {"language": language},
                max_length=200,
                required=False,
                initial=(picture.get("alt") or {}).get(code, ""),
                widget=forms.TextInput({"lang": code}),
            )
        choices = [("", _("All colors")), *((color, color) for color in colors)]
        self.fields["option"] = forms.ChoiceField(
            label=_("Shows the color"), choices=choices, required=False, initial=picture.get("option", "")
        )

    def alt(self) -> dict[str, str]:
        """The words by language."""
        return {code: self.cleaned_data[f"alt_{code}"] for code, _name in LANGUAGES}
