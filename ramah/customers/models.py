"""Customers and the addresses at which they are met."""

from typing import ClassVar

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from ramah.accounts.models import User
from ramah.kernel.models import PublicModel


class Proof(models.TextChoices):
    """How well it is known that somebody is this customer, weakest first; what each level opens stands in `proof.py`."""

    ANONYMOUS = "anonymous", _("Anonymous")
    CLAIMED = "claimed", _("Claimed")
    CHANNEL_VERIFIED = "channel_verified", _("Channel verified")
    ORDER_VERIFIED = "order_verified", _("Order verified")
    SIGNED_IN = "signed_in", _("Signed in")


def begins(field: str, text: str) -> models.Q:
    """Rows whose `field` begins with `text`, exactly: spelled so that an index of the database at hand serves it."""
    if connection.vendor == "postgresql":
        return models.Q(**{f"{field}__startswith": text})
    return models.Q(**{f"{field}__gte": text, f"{field}__lt": f"{text}\U0010ffff"})


# PostgreSQL finds beginnings only by an index with these; others ignore them.
_BY_BEGINNING = "varchar_pattern_ops"


class Customer(PublicModel):
    """A person who buys or asks."""

    name = models.CharField(_("name"), max_length=160, blank=True)
    language = models.CharField(max_length=8, blank=True, help_text="Language the customer writes, as a BCP 47 tag.")
    time_zone = models.CharField(max_length=64, blank=True)
    external_id = models.CharField(max_length=80, null=True, unique=True, help_text="Id in the shop it came from.")  # noqa: DJ001 - null: no id; several may have none
    note = models.TextField(blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-id"], name="customer_newest"),
            models.Index(fields=["name"], name="customer_name", opclasses=[_BY_BEGINNING]),
        ]

    def __str__(self) -> str:
        return self.public_id


class ContactPoint(models.Model):
    """An address of a customer on a channel, with its proof."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        WHATSAPP = "whatsapp", _("WhatsApp")
        MESSENGER = "messenger", _("Messenger")
        INSTAGRAM = "instagram", _("Instagram")
        TELEGRAM = "telegram", _("Telegram")
        VISITOR = "visitor", _("Chat visitor")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    value = models.CharField(max_length=254, help_text="Normalized: lower-case address, E.164 number.")
    proof = models.CharField(max_length=20, choices=Proof.choices, default=Proof.CLAIMED)
    verified_at = models.DateTimeField(null=True)
    own_number = models.CharField(
        max_length=16,
        blank=True,
        help_text="Where the address is none: the number (E.164) that the channel says is theirs.",
    )
    bounced_at = models.DateTimeField(null=True, help_text="Mail to it came back for good.")
    bounce_reason = models.CharField(max_length=200, blank=True)
    opted_out_at = models.DateTimeField(null=True, help_text="They wrote STOP: nothing but answers goes here.")
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["own_number"], name="contact_point_own_number")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "value"], name="contact_point_once", opclasses=[_BY_BEGINNING, _BY_BEGINNING]
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"


class CustomerMerge(PublicModel):
    """Two customers found to be one: what was moved, so that it can be moved back."""

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    merged = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    moved = models.JSONField(default=dict, help_text="`Owned.key` -> keys of rows, as `key_runs` packs them.")
    filled = models.JSONField(default=list, help_text="Fields of the kept customer that were empty before.")
    actor = models.CharField(max_length=40)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="merge_of_two", condition=~models.Q(kept=models.F("merged"))),
            models.UniqueConstraint(fields=["merged"], name="merge_once", condition=models.Q(undone_at=None)),
        ]

    def __str__(self) -> str:
        return self.public_id


class CustomersApart(PublicModel):
    """Two customers of whom an agent has said that they are not one person: they are not suggested to each other any more."""

    one = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", help_text="The older of the two.")
    other = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["one", "other"], name="apart_once"),
            models.CheckConstraint(name="apart_in_order", condition=models.Q(one__lt=models.F("other"))),
        ]

    def __str__(self) -> str:
        return self.public_id


class CustomerLogin(models.Model):
    """The log-in of a customer: a user who is not (only) an agent. The user's e-mail address is verified."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()


class OneTimeCode(PublicModel):
    """Six digits sent to an address, to prove that whoever asks reads it. Kept hashed; good once, for minutes, for few tries."""

    purpose = models.CharField(max_length=20, help_text="order, ...")
    address = models.CharField(max_length=254)
    subject = models.CharField(
        max_length=80, blank=True, help_text="What the proof is for: order:7. Empty: nothing is."
    )
    code_hash = models.CharField(max_length=128)
    attempts = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class Consent(models.Model):
    """One decision of a customer on one purpose; the newest counts. Rows are only ever added."""

    class Purpose(models.TextChoices):
        NEWS = "news", _("News and offers by e-mail")
        PERSONAL_OFFERS = "personal_offers", _("Offers that go by what I bought")
        REVIEW_REQUESTS = "review_requests", _("Being asked for a review")
        SERVICE = "service", _("Answers on my other channels when one does not reach me")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    granted = models.BooleanField()
    at = models.DateTimeField()
    source = models.CharField(max_length=40, help_text="Where it was decided: account, checkout.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "purpose", "-id"], name="consent_customer")]
