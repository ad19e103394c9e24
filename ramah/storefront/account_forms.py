"""What customers fill in when they sign in, and about themselves."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from ramah.accounts.models import User
from ramah.commerce.models import SavedAddress
from ramah.commerce.queries.delivery import AddressField, address_form, read_address

_LONGEST_PASSWORD = 256


def _email_field(label: Any) -> forms.EmailField:
    attrs = {"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
    wrong = _("This is no e-mail address. It looks like name@mail.example.")
    said = {"required": _("Write your e-mail address."), "invalid": wrong}
    return forms.EmailField(label=label, max_length=254, widget=forms.EmailInput(attrs=attrs), error_messages=said)


class EmailForm(forms.Form):
    """An address to which a code is sent."""

    email = _email_field(_("E-mail"))

    def clean_email(self) -> str:
        """In lower case, as all addresses are kept."""
        return str(self.cleaned_data["email"]).lower()


class NewEmailForm(EmailForm):
    """Another address to sign in with."""

    email = _email_field(_("New e-mail address"))

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._present = present

    def clean_email(self) -> str:
        """Not the one that is there already."""
        email = super().clean_email()
        if email == self._present.lower():
            raise forms.ValidationError(gettext("This is the address you sign in with now."))
        return email


class SixDigitsForm(forms.Form):
    """The code that came by mail."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        error_messages={"required": _("Write the six digits from the mail.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "digits", "autofocus": True}
        ),
    )

    def refuse(self) -> None:
        """Say that it opens nothing; the same whatever the reason."""
        self.add_error("code", gettext("This code is not right, or no longer good. After five tries ask for another."))


class PasswordSignInForm(allauth_forms.LoginForm):
    """allauth's form under our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs.pop("placeholder", None)
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("Keep me signed in on this device")
        self.fields["remember"].initial = True


class DetailsForm(forms.Form):
    """How a customer is called and reached, and in which language they read."""

    name = forms.CharField(
        label=_("Name"), max_length=160, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_("For questions on a delivery. Couriers get the number of the address."),
    )
    language = forms.ChoiceField(label=_("Language"), help_text=_("Of these pages, and of what we write to you."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
        self.fields["language"].choices = names  # type: ignore[attr-defined]  # a choice field

    def clean_name(self) -> str:
        """On one line."""
        return " ".join(str(self.cleaned_data["name"]).split())


class PasswordForm(forms.Form):
    """A password; whoever has one already says it first."""

    current = forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=_LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=_LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user, self._name = user, name
        self.fields["password"].help_text = password_validators_help_text_html()
        if not user.has_usable_password():
            del self.fields["current"]

    def clean_current(self) -> str:
        """It must be right."""
        if not self._user.check_password(self.cleaned_data["current"]):
            raise forms.ValidationError(gettext("This is not your present password."))
        return ""

    def clean_password(self) -> str:
        """Hold it against the rules; name and address of its owner are among them."""
        password = str(self.cleaned_data["password"])
        self._user.name = self._name  # type: ignore[attr-defined]  # read by the similarity rule
        validate_password(password, self._user)
        return password


class SavedAddressForm(forms.Form):
    """An address in one country, as checkout asks for it, and what the customer calls it."""

    use_required_attribute = False  # what is missing, `read_address` says in better words than the browser
    address: dict[str, str]

    def __init__(self, *args: Any, country: str, saved: SavedAddress | None = None, **kwargs: Any) -> None:
        if saved is not None:
            told = {**saved.address, "label": saved.label, "is_default": saved.is_default}
            kwargs.setdefault("initial", told)
        super().__init__(*args, **kwargs)
        self._country = country
        self._asked = [asked.name for asked in address_form(country)]
        for asked in address_form(country):
            self.fields[asked.name] = _address_field(asked)
        self.fields["label"] = forms.CharField(
            label=_("What you call it"), max_length=40, required=False, help_text=_("Home, office, my parents.")
        )
        self.fields["is_default"] = forms.BooleanField(label=_("My usual address"), required=False)

    def clean(self) -> dict[str, Any]:
        """Check the address as a whole; `address` is what is kept of it."""
        written = {name: str(self.data.get(name, "")) for name in self._asked}
        self.address, errors = read_address(written, country=self._country)
        for name in self._asked:
            self.errors.pop(name, None)
        for name, error in errors.items():
            self.add_error(name, error)
        return self.cleaned_data


def _address_field(asked: AddressField) -> forms.Field:
    attrs = {"autocomplete": asked.autocomplete, "maxlength": str(asked.max_length)}
    if asked.inputmode:
        attrs["inputmode"] = asked.inputmode
    if asked.choices:
        choices = [("", gettext("Choose")), *((choice, choice) for choice in asked.choices)]
        del attrs["maxlength"]
        return forms.ChoiceField(
            label=str(asked.label), required=asked.required, choices=choices, widget=forms.Select(attrs=attrs)
        )
    return forms.CharField(
        label=str(asked.label),
        required=asked.required,
        help_text=str(asked.help_text),
        widget=forms.TextInput(attrs=attrs),
    )
