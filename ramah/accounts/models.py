"""Users who log in; the agents, teams and roles behind them."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from ramah.kernel.models import PublicModel


class UserManager(BaseUserManager["User"]):
    """Users are found by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PublicModel):
    """A log-in: an address, a password, second factors. What it may do hangs on the agent (or customer) that it belongs to."""

    email = models.EmailField(_("e-mail"), unique=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=8, blank=True, help_text="Empty: as the browser asks.")

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_whatever_case"),
        ]

    def __str__(self) -> str:
        return self.public_id


class Role(models.TextChoices):
    """Sets of permissions; `kernel.permissions.permission_table` says which."""

    OWNER = "owner", _("Owner")
    LEAD = "lead", _("Team lead")
    AGENT = "agent", _("Agent")
    CONTRACTOR = "contractor", _("Contractor")


class Team(PublicModel):
    """A group of agents that shares inboxes and a queue."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Agent(PublicModel):
    """A person who serves customers: own staff, or contracted from outside."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="agent")
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(max_length=12, choices=Role.choices)
    teams = models.ManyToManyField(Team, related_name="agents", blank=True)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, blank=True)
    signature = models.TextField(blank=True)
    languages = models.JSONField(
        default=list, blank=True, help_text="Languages they answer in, such as id; empty: any."
    )
    skills = models.JSONField(default=list, blank=True, help_text="What they know about, in words: returns, orders.")
    most_chats = models.PositiveSmallIntegerField(
        default=3, help_text="Live conversations that one can hold at a time; 0: none are offered."
    )
    last_seen_at = models.DateTimeField(null=True, editable=False, help_text="To within a few minutes.")

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Invitation(PublicModel):
    """A seat offered by mail: the link carries a signed token, opens once and for a limited time."""

    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=12, choices=Role.choices)
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    invited_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)


class RolePolicy(models.Model):
    """What the owner demands of a role beyond the permission table: a second factor, limits of authority."""

    role = models.CharField(max_length=12, choices=Role.choices, primary_key=True)
    second_factor_required = models.BooleanField(default=False)


class Limit(models.Model):
    """How much money a role may give away on its own. No row: nothing may be given in that currency."""

    class Key(models.TextChoices):
        CASE = "case", _("Per case")
        DAY = "day", _("Per day")

    role = models.CharField(max_length=12, choices=Role.choices)
    key = models.CharField(max_length=12, choices=Key.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["role", "key", "currency"], name="limit_once"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="limit_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.role}:{self.key}:{self.currency}"
