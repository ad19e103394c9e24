"""What lists and searches read instead of the catalog itself. Written by `commands.listings` alone, never edited."""

from decimal import Decimal
from typing import ClassVar

from django.db import models

from ramah.commerce.models.catalog import Category, Product
from ramah.commerce.models.fields import amount_field, currency_code, not_negative
from ramah.commerce.option_names import LINE, options_of
from ramah.commerce.translations import Translated, in_language
from ramah.kernel.money import Money


class Listing(models.Model):
    """A product as lists show it in one currency. It stays, not shown, when the product is no longer sold for that currency."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="listings", db_index=False)
    currency = currency_code()
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    is_shown = models.BooleanField(help_text="On sale, published, and with a price in this currency.")
    slug = models.CharField(max_length=120)
    titles = models.JSONField(default=dict)
    brand = models.CharField(max_length=80, blank=True)
    picture = models.JSONField(null=True, help_text="The first of `Product.pictures`.")
    image_url = models.CharField(max_length=500, blank=True)
    illustration = models.CharField(max_length=40, blank=True)
    price_amount = amount_field(help_text="Of the cheapest variant, of those in stock where there are any.")
    compare_at_amount = amount_field(null=True, help_text="What that variant cost before.")
    highest_amount = amount_field(help_text="Of the dearest variant.")
    in_stock = models.BooleanField()
    stock_left = models.PositiveIntegerField(help_text="Pieces of all variants, as they were told last.")
    sizes = models.JSONField(
        default=list, help_text='The choice that matters most: [["M", true], ["L", false]]: in stock?'
    )
    rating = models.DecimalField(max_digits=2, decimal_places=1, help_text="1.0 to 5.0; 0 without reviews.")
    rating_count = models.PositiveIntegerField()
    sold_count = models.PositiveIntegerField()
    published_at = models.DateTimeField()
    choices = models.TextField(
        blank=True, help_text="Per combination of options `+` (in stock) or `-` and its parts; see `option_names`."
    )
    version = models.PositiveBigIntegerField(help_text="Of the `ListingClock` when it was written.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["currency", "is_shown", "-sold_count", "-id"], name="listing_popular"),
            models.Index(fields=["currency", "is_shown", "-published_at", "-id"], name="listing_newest"),
            models.Index(fields=["currency", "category", "is_shown", "-sold_count", "-id"], name="listing_category"),
            models.Index(fields=["currency", "version"], name="listing_version"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "currency"], name="listing_once"),
            not_negative("listing_price_not_negative", "price_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.currency}"

    def title_in(self, language: str) -> Translated:
        """The title in `language`, or the nearest there is."""
        return in_language(self.titles, language)

    @property
    def price(self) -> Money:
        """What the cheapest variant costs."""
        return Money(self.price_amount, self.currency)

    @property
    def compare_at(self) -> Money | None:
        """What it cost before; None where nothing was reduced."""
        return None if self.compare_at_amount is None else Money(self.compare_at_amount, self.currency)

    @property
    def first_options(self) -> dict[str, str]:
        """The options of the first variant."""
        return options_of(self.choices.partition(LINE)[0][1:])

    @property
    def has_one_price(self) -> bool:
        """Whether every variant costs the same."""
        return Decimal(self.price_amount) == Decimal(self.highest_amount)


class ListingClock(models.Model):
    """How often listings were written. Whoever writes them raises it first and so waits for whoever writes at that moment.

    One row, made with the first listing. Processes that keep an index in memory see by it what they have to read again.
    """

    key = models.CharField(max_length=4, primary_key=True, default="shop")
    epoch = models.CharField(max_length=26, help_text="Another one: nothing that was read before counts.")
    version = models.PositiveBigIntegerField(default=0)
    text_version = models.PositiveBigIntegerField(default=0, help_text="The last one that changed words.")


class SearchText(models.Model):
    """The words of a product are in the full-text index of the database, and these are they.

    The index itself is a column `lexemes` (tsvector) of this table on PostgreSQL, and the table `commerce_searchwords` (FTS5) on
    SQLite.
    """

    product = models.OneToOneField(Product, on_delete=models.CASCADE, primary_key=True, related_name="+")
    digest = models.CharField(max_length=40, help_text="Of the words; without a change nothing is written.")


class SearchTerm(models.Model):
    """A word that names products, for mending what was typed wrong. One that no longer finds anything may stay."""

    term = models.CharField(max_length=40, unique=True, help_text="Folded: see `search_words`.")
    shown = models.CharField(max_length=60, help_text="As it is written.")
