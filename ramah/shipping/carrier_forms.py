"""Forms of carriers and of accounts with them."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ramah.commerce.models import DeliveryOption
from ramah.kernel.providers.contract import Setting
from ramah.shipping.carriers.contract import CarrierProvider
from ramah.shipping.models import Carrier, CarrierAccount, CarrierService
from ramah.shipping.tracking_numbers import CARRIERS

MOST_SERVICES = 30
YES = "yes"


class CarrierSettingsForm(forms.Form):
    """A carrier as the shop and its customers call it."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As customers read it."))
    key = forms.CharField(label=_("Key"), max_length=30)
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        required=False,
        help_text=_("Of times that it tells without one: Asia/Jakarta. Empty: the shop’s."),
    )
    tracking_url = forms.CharField(
        label=_("Tracking page"),
        max_length=300,
        required=False,
        help_text=_(
            "With {number} in it: https://carrier.example/track/{number}. Empty: the one that is known, if any."
        ),
    )
    claim_after_days = forms.IntegerField(
        label=_("Days without a scan until it is asked to search or to pay"), min_value=1, max_value=365
    )
    claim_within_days = forms.IntegerField(
        label=_("Days from the hand-over within which it takes claims"), min_value=1, max_value=3650
    )
    is_active = forms.BooleanField(
        label=_("In use"),
        required=False,
        help_text=_("Otherwise no parcel is taken for one of its by the number alone."),
    )

    def __init__(self, told: QueryDict | None = None, *, carrier: Carrier | None = None) -> None:
        source = carrier or Carrier(is_active=True)
        super().__init__(told, initial={name: getattr(source, name) for name in self.base_fields})
        self.carrier = carrier
        known = ", ".join(sorted(CARRIERS))
        self.fields["key"].help_text = _("Letters, digits, - and _. Numbers are recognized for: %(keys)s.") % {
            "keys": known
        }

    def clean_key(self) -> str:
        """Each carrier once."""
        key = str(self.cleaned_data["key"]).strip().lower()
        if not key.isascii() or not key.replace("-", "").replace("_", "").isalnum():
            raise ValidationError(_("A key has letters, digits, - and _ only."))
        if Carrier.objects.exclude(pk=self.carrier.pk if self.carrier else 0).filter(key=key).exists():
            raise ValidationError(_("Another carrier has this key."))
        return key

    def clean_time_zone(self) -> str:
        """One that there is."""
        zone = str(self.cleaned_data["time_zone"]).strip()
        if zone and zone not in available_timezones():
            raise ValidationError(_("There is no such time zone. Write it as Asia/Jakarta or Europe/Kyiv."))
        return zone

    def clean_tracking_url(self) -> str:
        """A page with a place for the number."""
        url = str(self.cleaned_data["tracking_url"]).strip()
        if url and not (url.startswith(("https://", "http://")) and "{number}" in url):
            raise ValidationError(_("Write an address that begins with https:// and has {number} in it."))
        return url


class ServiceForm(forms.Form):
    """One service of a carrier; one without a key is none."""

    key = forms.SlugField(
        label=_("Key"), max_length=40, required=False, help_text=_("As the carrier calls it: reg, yes.")
    )
    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    delivery_option = forms.ModelChoiceField(
        label=_("Delivery option"),
        queryset=DeliveryOption.objects.order_by("position", "id"),
        required=False,
        empty_label=_("None"),
        help_text=_("Its rates, days and cut-off are those of the service."),
    )
    min_days = forms.IntegerField(label=_("Working days, at best"), min_value=0, max_value=90, required=False)
    max_days = forms.IntegerField(label=_("Working days, at the latest"), min_value=0, max_value=90, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        option = self.fields["delivery_option"]
        option.label_from_instance = lambda one: str(one.name_in(language))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Something that was written down needs a key; days go upward."""
        told = super().clean() or self.cleaned_data
        rest = [told.get(name) for name in ("name", "delivery_option", "min_days", "max_days")]
        if not told.get("key") and "key" not in self.errors and any(one not in (None, "") for one in rest):
            self.add_error("key", _("A service needs a key."))
        least, most = told.get("min_days"), told.get("max_days")
        if least is not None and most is not None and least > most:
            self.add_error("max_days", _("It cannot arrive at the latest before it arrives at best."))
        return told


class _Services(forms.BaseFormSet):  # type: ignore[type-arg]  # not subscriptable when it runs
    """All services of a carrier: each key once, each delivery option once, here and with other carriers."""

    carrier: Carrier | None = None

    def clean(self) -> None:
        """What no single one can see."""
        if any(self.errors):
            return
        told = self.told()
        for name in ("key", "delivery_option"):
            given = [one[name] for one in told if one[name]]
            if len(given) != len(set(given)):
                raise ValidationError(_("Two services have the same key or the same delivery option."))
        taken = CarrierService.objects.filter(
            delivery_option__in=[one["delivery_option"] for one in told if one["delivery_option"]]
        )
        if taken.exclude(carrier=self.carrier).exists():
            raise ValidationError(_("A delivery option belongs to a service of another carrier already."))

    def told(self) -> list[dict[str, Any]]:
        """The services as the command takes them."""
        kept = [form.cleaned_data for form in self.forms if form.cleaned_data.get("key")]
        return [{**one, "name": one["name"] or one["key"]} for one in kept]


_ServiceForms: type[_Services] = forms.formset_factory(  # type: ignore[assignment]  # it is made of ours
    ServiceForm, formset=_Services, extra=1, max_num=MOST_SERVICES, validate_max=True
)


def services_form(told: QueryDict | None = None, *, carrier: Carrier | None = None) -> _Services:
    """The services of a carrier as forms, and an empty one for the next. Emptying a key takes the service away."""
    names = ("key", "name", "delivery_option", "min_days", "max_days")
    rows = carrier.services.order_by("id") if carrier else []
    found = _ServiceForms(
        told, initial=[{name: getattr(row, name) for name in names} for row in rows], prefix="services"
    )
    found.carrier = carrier
    return found


class AccountForm(forms.Form):
    """An account, with the fields that its provider names. A secret goes in and is never shown; left empty it stays."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("For colleagues."))
    key = forms.SlugField(
        label=_("Key"), max_length=40, help_text=_("Part of the webhook address: letters, digits, - and _.")
    )
    carrier = forms.ModelChoiceField(
        label=_("Carrier"), queryset=Carrier.objects.order_by("name"), required=False, empty_label=_("None")
    )

    def __init__(
        self, provider: CarrierProvider, told: QueryDict | None = None, *, account: CarrierAccount | None = None
    ) -> None:
        initial = {name: getattr(account, name) for name in self.base_fields} if account else {}
        super().__init__(told, initial=initial)
        self.provider, self.account = provider, account
        carrier = self.fields["carrier"]
        carrier.required = not provider.is_aggregator
        carrier.help_text = (
            _("Empty: it knows the parcels of several.") if provider.is_aggregator else _("Whose parcels it knows.")
        )
        for setting in provider.settings:
            self.fields[setting.name] = self._field(setting, account)

    def _field(self, setting: Setting, account: CarrierAccount | None) -> forms.Field:
        stored = (account.settings if account else {}).get(setting.name, "")
        label, hint = str(setting.label), str(setting.help)
        if setting.name.startswith("is_"):
            return forms.BooleanField(label=label, help_text=hint, required=False, initial=stored == YES)
        is_stored = setting.is_secret and account is not None and bool(account.secret(setting.name))
        required = setting.is_required and not is_stored
        if setting.is_secret:
            widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
            hint = str(_("One is set. Leave this empty to keep it.")) if is_stored else hint
            return forms.CharField(label=label, help_text=hint, required=required, max_length=4000, widget=widget)
        return forms.CharField(label=label, help_text=hint, required=required, max_length=400, initial=stored)

    def clean_key(self) -> str:
        """Each account has an address of its own."""
        key = str(self.cleaned_data["key"]).lower()
        others = CarrierAccount.objects.exclude(pk=self.account.pk if self.account else 0)
        if others.filter(key__iexact=key).exists():
            raise ValidationError(_("Another account has this key."))
        return key

    def terms(self) -> dict[str, Any]:
        """The fields of the account itself."""
        return {name: self.cleaned_data[name] for name in self.base_fields}

    def credentials(self) -> dict[str, str]:
        """The secrets that were typed; empty ones stay what they were."""
        return self._told(is_secret=True)

    def settings(self) -> dict[str, str]:
        """Everything else; a box that is ticked says "yes"."""
        return self._told(is_secret=False)

    def _told(self, *, is_secret: bool) -> dict[str, str]:
        names = [one.name for one in self.provider.settings if one.is_secret == is_secret]
        told: Mapping[str, Any] = {name: self.cleaned_data[name] for name in names}
        return {name: (YES if one else "") if isinstance(one, bool) else one for name, one in told.items()}

    def main(self) -> list[forms.BoundField]:
        """The fields of the account itself."""
        return [self[name] for name in self.base_fields]

    def own(self) -> list[forms.BoundField]:
        """The fields that the provider names, without those of the sender."""
        return [self[one.name] for one in self.provider.settings if not _is_of_sender(one)]

    def sender(self) -> list[forms.BoundField]:
        """Where parcels start."""
        return [self[one.name] for one in self.provider.settings if _is_of_sender(one)]


def _is_of_sender(setting: Setting) -> bool:
    return setting.name.startswith("sender_") or setting.name == "box_cm"
