"""What is sold: categories, products, variants, what goes with what, and every change of stock."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ramah.commerce.models.fields import amount_field, currency_code, not_negative
from ramah.commerce.translations import Translated, in_language
from ramah.kernel.models import PublicModel
from ramah.kernel.money import Money


class Category(PublicModel):
    """A place in the tree of the catalog. `path` is its address and that of those above it: `fashion/shirts`."""

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    slug = models.SlugField(max_length=80, allow_unicode=True)
    path = models.CharField(max_length=250, unique=True)
    names = models.JSONField(default=dict, help_text="By language; see `translations`.")
    descriptions = models.JSONField(default=dict, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_listed = models.BooleanField(default=True, help_text="Shown in the navigation of the shop.")

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.path

    def name_in(self, language: str) -> Translated:
        """The name in `language`, or the nearest there is."""
        return in_language(self.names, language)


class SizeGuide(PublicModel):
    """How a thing measures, for all products that share it."""

    name = models.CharField(max_length=80, unique=True, help_text="For the merchant.")
    notes = models.JSONField(default=dict, blank=True, help_text="How to measure, by language.")
    columns = models.JSONField(default=list, help_text='[{"en": "Chest, cm", "id": "Dada, cm"}]')
    rows = models.JSONField(default=list, help_text='[["S", "92"], ["M", "98"]]: the size, then a cell per column.')

    def __str__(self) -> str:
        return self.name


class Product(PublicModel):
    """What is sold, in one or more variants."""

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("product", "Active")
        DRAFT = "draft", pgettext_lazy("product", "Draft")
        ARCHIVED = "archived", pgettext_lazy("product", "Archived")

    external_id = models.CharField(max_length=80, unique=True, help_text="Id in the shop it came from.")
    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True, help_text="Its address in the shop.")
    titles = models.JSONField(default=dict, help_text="By language; see `translations`.")
    descriptions = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    brand = models.CharField(max_length=80, blank=True)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="products")
    attributes = models.JSONField(
        default=list, blank=True, help_text='[{"name": {"en": "Fabric"}, "value": {"en": "Linen"}}]'
    )
    size_guide = models.ForeignKey(SizeGuide, null=True, blank=True, on_delete=models.SET_NULL, related_name="products")
    pictures = models.JSONField(
        default=list,
        blank=True,
        help_text="In order: {key, width, height, widths, alt: {language: text}, option: a color it shows}; see `pictures`.",
    )
    image_url = models.CharField(max_length=500, blank=True)
    illustration = models.CharField(
        max_length=40, blank=True, help_text="A drawing of the icon set, where no image is."
    )
    return_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty: as everywhere in the shop. 0: it cannot be returned."
    )
    rating_count = models.PositiveIntegerField(default=0)
    rating_sum = models.PositiveIntegerField(default=0, help_text="Of the approved reviews, 1 to 5 each.")
    sold_count = models.PositiveIntegerField(default=0, help_text="Pieces in the past 90 days; counted nightly.")
    published_at = models.DateTimeField(null=True, blank=True)
    import_digest = models.CharField(max_length=64, blank=True, help_text="Of what the last import said of it.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "-id"], name="product_status"),
            models.Index(fields=["category", "status", "-sold_count", "id"], name="product_category"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="product_rating_within_bounds",
                condition=models.Q(rating_sum__gte=models.F("rating_count"))
                & models.Q(rating_sum__lte=models.F("rating_count") * 5),
            )
        ]

    def __str__(self) -> str:
        return self.external_id

    def title_in(self, language: str) -> Translated:
        """The title in `language`, or the nearest there is."""
        return in_language(self.titles, language)

    def description_in(self, language: str) -> Translated:
        """The description in `language`, or the nearest there is."""
        return in_language(self.descriptions, language)

    @property
    def rating(self) -> Decimal | None:
        """The mean of the approved reviews to one decimal, 1.0 to 5.0; None without any."""
        if not self.rating_count:
            return None
        return (Decimal(self.rating_sum) / self.rating_count).quantize(Decimal("0.1"))


class EarlierSlug(models.Model):
    """An address that a product had before: it leads on to the product, wherever that stands by now."""

    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="earlier_slugs")

    def __str__(self) -> str:
        return self.slug


class Variant(PublicModel):
    """One size and color of a product, with its own SKU, price and stock."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=80, unique=True)
    options = models.JSONField(default=dict, blank=True, help_text='{"size": "M", "color": "Indigo"}')
    price_amount = amount_field()
    compare_at_amount = amount_field(null=True, blank=True, help_text="What it cost before; empty: no reduction.")
    currency = currency_code()
    other_prices = models.JSONField(
        default=dict,
        blank=True,
        help_text='In further currencies: {"UAH": ["1249.00", null]}: price, compare-at price.',
    )
    stock = models.IntegerField(default=0, help_text="On hand; below zero when more was sold than was there.")
    weight_grams = models.PositiveIntegerField(default=0)
    barcode = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True, help_text="Offered in the shop.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            not_negative("variant_price_not_negative", "price_amount"),
            models.CheckConstraint(
                name="variant_compare_at_above_price",
                condition=models.Q(compare_at_amount__isnull=True)
                | models.Q(compare_at_amount__gt=models.F("price_amount")),
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def price(self) -> Money:
        return Money(self.price_amount, self.currency)

    def price_in(self, currency: str) -> Money | None:
        """The price in `currency`; None where it is not sold for that."""
        if currency == self.currency:
            return self.price
        told = self.other_prices.get(currency)
        return Money(Decimal(told[0]), currency) if told else None

    def compare_at_in(self, currency: str) -> Money | None:
        """What it cost before, in `currency`; None where nothing was reduced."""
        if currency == self.currency:
            return Money(self.compare_at_amount, currency) if self.compare_at_amount is not None else None
        told = self.other_prices.get(currency)
        return Money(Decimal(told[1]), currency) if told and told[1] else None


class StockChange(models.Model):
    """One change of what is on hand, and why. Rows are only ever added."""

    class Reason(models.TextChoices):
        SOLD = "sold", pgettext_lazy("stock", "Sold")
        CANCELLED = "cancelled", pgettext_lazy("stock", "Order cancelled")
        RECEIVED = "received", pgettext_lazy("stock", "Goods received")
        COUNTED = "counted", pgettext_lazy("stock", "Counted")
        DAMAGED = "damaged", pgettext_lazy("stock", "Damaged or lost")
        RETURNED = "returned", pgettext_lazy("stock", "Came back")
        IMPORTED = "imported", pgettext_lazy("stock", "Import")
        OTHER = "other", pgettext_lazy("stock", "Other reason")

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="stock_changes", db_index=False)
    at = models.DateTimeField()
    change = models.IntegerField(help_text="Pieces that came (or, below zero, went).")
    reason = models.CharField(max_length=9, choices=Reason.choices)
    note = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=40)
    order = models.ForeignKey("Order", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["variant", "-id"], name="stock_change_variant")]


class ProductLink(models.Model):
    """One product shown beside another: chosen by the merchant, or found by rule."""

    class Kind(models.TextChoices):
        SIMILAR = "similar", _("Similar")
        GOES_WITH = "goes_with", _("Goes well with it")

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="links", db_index=False)
    other = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    rank = models.PositiveSmallIntegerField(
        default=0, help_text="The lowest first; what was chosen before what was found."
    )
    is_chosen = models.BooleanField(default=False, help_text="By the merchant; rules leave it alone.")

    class Meta:
        ordering: ClassVar = ["-is_chosen", "rank", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "kind", "other"], name="product_link_once"),
            models.CheckConstraint(name="product_link_to_another", condition=~models.Q(product=models.F("other"))),
        ]
