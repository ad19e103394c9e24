"""What is asked of categories and size guides, and of a file of products."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.commerce.commands.category_tree import CategoryTold, category_mark
from ramah.commerce.commands.size_guides import SizeGuideTold, guide_mark
from ramah.commerce.forms.parts import LANGUAGES, CategoryField, SpokenForm, Text, currencies_sold, spoken
from ramah.commerce.models import Category, SizeGuide

MOST_UPLOADED = 5 * 1024 * 1024
MOST_SIZES, MOST_MEASURES = 60, 12


class CategoryForm(SpokenForm):
    """A category: names, place, address."""

    texts_asked = (
        Text("name", gettext_lazy("Name"), 80, needed=True),
        Text("description", gettext_lazy("Description"), 2000, rows=2),
    )
    slug = forms.CharField(
        label=gettext_lazy("Address in the shop"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Empty: made from the name. Those below move with it; old links lead nowhere."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    is_listed = forms.BooleanField(
        label=gettext_lazy("Shown in the navigation of the shop"), required=False, initial=True
    )

    def __init__(self, told: QueryDict | None = None, *, category: Category | None = None) -> None:
        super().__init__(told, initial=_category_initial(category) if category else {"is_listed": True})
        self.fields["parent"] = CategoryField(label=gettext_lazy("Stands in"), empty_label=_("At the top"))

    def clean_slug(self) -> str:
        slug: str = slugify(self.cleaned_data["slug"], allow_unicode=True)
        if self.cleaned_data["slug"] and not slug:
            raise ValidationError(_("Use letters, digits and hyphens."))
        return slug

    def told(self) -> CategoryTold:
        """What `commands.category_tree` takes."""
        return CategoryTold(
            names=self.words("name"),
            descriptions=self.words("description"),
            slug=self.cleaned_data["slug"],
            parent=self.cleaned_data["parent"],
            is_listed=self.cleaned_data["is_listed"],
        )


def _category_initial(category: Category) -> dict[str, Any]:
    return {
        **spoken("name", category.names),
        **spoken("description", category.descriptions),
        "slug": category.slug,
        "parent": category.parent and category.parent.public_id,
        "is_listed": category.is_listed,
        "seen": category_mark(category),
    }


class SizeGuideForm(SpokenForm):
    """A size guide: what is measured in each language, and a line per size, as it comes out of a spreadsheet."""

    texts_asked = (
        Text("measures", gettext_lazy("What is measured, between semicolons"), 600, needed=True),
        Text("notes", gettext_lazy("How to measure"), 2000, rows=2),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("For you; the shop does not show it.")
    )
    sizes = forms.CharField(
        label=gettext_lazy("Sizes"),
        max_length=6000,
        widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("A line per size: S; 92; 70. Lines from a spreadsheet may be pasted as they are."),
    )

    def __init__(self, told: QueryDict | None = None, *, guide: SizeGuide | None = None) -> None:
        super().__init__(told, initial=_guide_initial(guide) if guide else None)

    def clean_sizes(self) -> list[list[str]]:
        rows = [_cells(line) for line in self.cleaned_data["sizes"].splitlines() if line.strip()]
        if len(rows) > MOST_SIZES:
            raise ValidationError(_("At most %(count)d lines are taken.") % {"count": MOST_SIZES})
        return rows

    def clean(self) -> dict[str, Any]:
        kept = super().clean()
        told = {code: _cells(text) for code, text in self.words("measures").items()}
        counts = {len(cells) for cells in told.values()}
        if len(counts) > 1:
            self.add_error(f"measures_{list(told)[-1]}", _("Name as many measures in every language."))
        if counts and max(counts) > MOST_MEASURES:
            self.add_error(f"measures_{next(iter(told))}", _("At most %(count)d measures.") % {"count": MOST_MEASURES})
        if counts and any(len(row) > max(counts) + 1 for row in kept.get("sizes", [])):
            self.add_error("sizes", _("A line has more cells than there are measures."))
        return kept

    def told(self) -> SizeGuideTold:
        """What `commands.size_guides` takes."""
        told = {code: _cells(text) for code, text in self.words("measures").items()}
        count = len(next(iter(told.values())))
        return SizeGuideTold(
            name=self.cleaned_data["name"],
            columns=[{code: cells[number] for code, cells in told.items()} for number in range(count)],
            rows=self.cleaned_data["sizes"],
            notes=self.words("notes"),
        )


def _cells(line: str) -> list[str]:
    return [" ".join(cell.split())[:60] for cell in re.split(r"[;\t]", line)]


def _guide_initial(guide: SizeGuide) -> dict[str, Any]:
    measures = {code: "; ".join(column.get(code, "") for column in guide.columns) for code, _name in LANGUAGES}
    return {
        "name": guide.name,
        **spoken("measures", {code: text for code, text in measures.items() if text.strip("; ")}),
        **spoken("notes", guide.notes),
        "sizes": "\n".join("; ".join(row) for row in guide.rows),
        "seen": guide_mark(guide),
    }


class UploadForm(forms.Form):
    """A file of products, and what it does not say."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("5 MB at most. Separator and encoding are found out."),
        widget=forms.ClearableFileInput({"accept": ".csv,text/csv"}),
    )
    keep_stock = forms.BooleanField(
        label=gettext_lazy("Leave the stock of variants that are here"),
        help_text=gettext_lazy("The file does not know what was sold since it was written."),
        required=False,
        initial=True,
    )

    def __init__(self, told: QueryDict | None = None, files: Any = None) -> None:
        super().__init__(told, files)
        self.fields["currency"] = forms.ChoiceField(
            label=gettext_lazy("Currency, where the file names none"),
            choices=[(code, code) for code in currencies_sold()],
        )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_UPLOADED:
            raise ValidationError(_("It is larger than 5 MB. Split it, or import it on the command line."))
        return file
