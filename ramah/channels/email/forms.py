"""Checks what is entered for an inbox and its mailbox."""

from copy import copy
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ramah.channels.email.hooks import PROVIDERS
from ramah.channels.email.models import Mailbox
from ramah.channels.email.recipients import normal_address
from ramah.channels.forms import InboxForm
from ramah.conversations.models import Inbox

PORT = {"min_value": 1, "max_value": 65535}
_INCOMING = (
    "is_active",
    "host",
    "port",
    "security",
    "username",
    "password",
    "folder",
    "since",
    "after",
    "move_to",
    "poll_seconds",
)
_OUTGOING = (
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_username",
    "smtp_password",
    "has_reply_tokens",
    "names_agent",
)
_HOOKED = ("provider", "hook_secret")


class EmailInboxForm(InboxForm):
    """The same of an inbox that mail comes to, and the signature under what it says."""

    address = forms.EmailField(label=_("Address"), max_length=254)

    class Meta(InboxForm.Meta):
        fields: ClassVar = [
            "name",
            "address",
            "key",
            "language",
            "signature",
            "calendar",
            "teams",
            "reopen_days",
            "is_active",
        ]
        labels: ClassVar = {**InboxForm.Meta.labels, "signature": _("Signature")}
        help_texts: ClassVar = {
            **InboxForm.Meta.help_texts,
            "is_active": _("Otherwise mail to this address is refused."),
        }
        widgets: ClassVar[dict[str, Any]] = {**InboxForm.Meta.widgets, "signature": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, data: QueryDict | None = None, *, instance: Inbox | None = None) -> None:
        super().__init__("email", data, instance=instance)

    def clean_address(self) -> str:
        """One inbox for one address, however it is spelled. A plus would clash with reply addresses."""
        self.cleaned_data["address"] = normal_address(self.cleaned_data["address"])
        if "+" in self.cleaned_data["address"]:
            raise ValidationError(_("Leave out what follows the plus sign: such mail arrives here too."))
        return super().clean_address()


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """How mail comes and goes. A password field left empty keeps what is stored."""

    password = forms.CharField(label=_("Password"), required=False, widget=forms.PasswordInput)
    smtp_password = forms.CharField(label=_("Password"), required=False, widget=forms.PasswordInput)
    hook_secret = forms.CharField(label=_("Signing key, or user:password"), required=False, widget=forms.PasswordInput)
    port = forms.IntegerField(label=_("Port"), initial=993, **PORT)  # type: ignore[arg-type]
    smtp_port = forms.IntegerField(label=_("Port"), initial=587, **PORT)  # type: ignore[arg-type]
    poll_seconds = forms.IntegerField(
        label=_("Look at least every (seconds)"), initial=60, min_value=10, max_value=3600
    )

    class Meta:
        model = Mailbox
        fields: ClassVar = [*_INCOMING, *_OUTGOING, *_HOOKED]
        widgets: ClassVar = {"since": forms.DateInput(attrs={"type": "date"})}

    def __init__(self, data: QueryDict | None = None, *, instance: Mailbox | None = None) -> None:
        super().__init__(data, instance=copy(instance), prefix="mailbox")
        self._stored = {
            name: bool(getattr(self.instance, name)) for name in ("password", "smtp_password", "hook_secret")
        }
        for name, is_stored in self._stored.items():
            self.initial.pop(name, None)
            self.fields[name].widget.attrs["autocomplete"] = "new-password"
            if is_stored:
                self.fields[name].help_text = _("One is stored. Leave this empty to keep it.")

    def incoming(self) -> list[forms.BoundField]:
        """Fields of how mail is fetched."""
        return [self[name] for name in _INCOMING]

    def outgoing(self) -> list[forms.BoundField]:
        """Fields of how mail is sent."""
        return [self[name] for name in _OUTGOING]

    def hooked(self) -> list[forms.BoundField]:
        """Fields of who may post mail."""
        return [self[name] for name in _HOOKED]

    def clean(self) -> dict[str, Any]:
        """What belongs together must be there together."""
        given = super().clean() or {}
        if given.get("is_active"):
            self._demand("host", "username")
            if not (given.get("password") or self._stored["password"]):
                self.add_error("password", _("Without a password no mail can be fetched."))
        if given.get("after") == Mailbox.After.MOVE:
            self._demand("move_to")
        if given.get("provider"):
            self._check_hook(given)
        return given

    def _demand(self, *names: str) -> None:
        for name in names:
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed."))

    def _check_hook(self, given: dict[str, Any]) -> None:
        secret = given.get("hook_secret") or ""
        if not secret and (not self._stored["hook_secret"] or "provider" in self.changed_data):
            self.add_error("hook_secret", _("Without it anybody could post mail here."))
        elif secret and not secret.isascii():
            self.add_error("hook_secret", _("Only letters, digits and signs of ASCII."))
        elif secret and PROVIDERS[given["provider"]].logs_in and ":" not in secret:
            self.add_error("hook_secret", _("This provider logs in: write user:password."))
