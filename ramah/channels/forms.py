"""Forms of the intake, and of inboxes on channels other than e-mail."""

import re
from collections.abc import Mapping
from copy import copy
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ramah.channels.kinds import Kind
from ramah.channels.models import ChannelAccount, ChatSettings
from ramah.channels.origins import NotAnOrigin, read_origin
from ramah.conversations.models import Inbox
from ramah.promises.models import Calendar

LONGEST_TEXT = 1000
MOST_REPLIES, LONGEST_REPLY = 6, 80
MOST_ORIGINS = 20
OFFLINE = "offline"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_RESERVED_KEYS = ("email", "new")


class SetAsideForm(forms.Form):
    """Why an item is set aside."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("It stays with the item."))


def _texts_field(label: Any, *, rows: int = 2, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_TEXT,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _add_texts(form: forms.BaseForm, name: str, label: Any, told: Mapping[str, Any], **options: Any) -> None:
    """A field of the form for each language, named `<name>_<language>`."""
    for language, called in settings.LANGUAGES:
        words = gettext("%(label)s, %(language)s") % {"label": label, "language": gettext(str(called))}
        field = form.fields[f"{name}_{language}"] = _texts_field(words, **options)
        field.widget.attrs["lang"] = language
        given = told.get(language, "")
        field.initial = "\n".join(given) if isinstance(given, list) else given


def _texts_in(form: forms.BaseForm, name: str) -> dict[str, str]:
    """What was typed into the fields of `_add_texts`, by language; empty ones are left out."""
    typed = {language: form.cleaned_data.get(f"{name}_{language}", "") for language, _name in settings.LANGUAGES}
    return {language: text for language, text in typed.items() if text}


class InboxForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """What every inbox has, whatever its channel: who works in it, when it is open, what is said while it is not."""

    address = forms.CharField(
        label=_("Address"),
        max_length=254,
        help_text=_("What customers see at the provider: the number, the page, the name of the bot."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("For customers whose language is not known.")
    )
    calendar = forms.ModelChoiceField(
        label=_("Opening hours"),
        queryset=Calendar.objects.order_by("name"),
        required=False,
        empty_label=_("None: every minute counts"),
    )

    class Meta:
        model = Inbox
        fields: ClassVar = ["name", "address", "key", "language", "calendar", "teams", "reopen_days", "is_active"]
        labels: ClassVar = {
            "name": _("Name"),
            "key": _("Key"),
            "teams": _("Teams"),
            "reopen_days": _("Days in which a reply reopens"),
            "is_active": _("In use"),
        }
        help_texts: ClassVar = {
            "name": _("Customers see it as the sender."),
            "key": _(
                "A short name for addresses and commands: letters, digits and hyphens. Links that name it change too."
            ),
            "reopen_days": _("A later reply to a resolved conversation opens a new one that is linked to it."),
            "is_active": _("Otherwise nothing is taken in here, and nothing goes out."),
        }
        widgets: ClassVar[dict[str, Any]] = {"teams": forms.CheckboxSelectMultiple}

    def __init__(self, channel: str, data: QueryDict | None = None, *, instance: Inbox | None = None) -> None:
        super().__init__(data, instance=copy(instance))  # a form writes on its instance; the command compares
        self.channel = channel
        self.has_own_texts = channel not in ("chat", "phone")  # what is said there is set with the widget and the calls
        if channel == "chat":
            del self.fields["address"]
        if self.has_own_texts:
            _add_texts(self, OFFLINE, gettext("Outside opening hours"), self.instance.offline_texts)

    def clean_key(self) -> str:
        """A key that stands in addresses: not one that already means something there."""
        key = str(self.cleaned_data["key"]).lower()
        if key in _RESERVED_KEYS and key != self.instance.key:
            raise ValidationError(_("This word has a meaning of its own in addresses. Choose another."))
        if Inbox.objects.exclude(pk=self.instance.pk).filter(key__iexact=key).exists():
            raise ValidationError(_("Another inbox has this key."))
        return key

    def clean_address(self) -> str:
        """One inbox for one address, however it is spelled."""
        address = " ".join(str(self.cleaned_data["address"]).split())
        if self.channel in ("whatsapp", "phone"):
            address = _number(address)
        if Inbox.objects.exclude(pk=self.instance.pk).filter(address__iexact=address).exists():
            raise ValidationError(_("Another inbox has this address."))
        return address

    def main(self) -> list[forms.BoundField]:
        """All fields but the texts."""
        return [bound for bound in self if not bound.name.startswith(OFFLINE)]

    def offline(self) -> list[forms.BoundField]:
        """What is said outside opening hours, in each language."""
        return [bound for bound in self if bound.name.startswith(OFFLINE)]

    def terms(self) -> dict[str, Any]:
        """The fields of the inbox, as the command takes them."""
        names = [name for name in self.Meta.fields if name != "teams" and name in self.cleaned_data]
        texts = {"offline_texts": _texts_in(self, OFFLINE)} if self.has_own_texts else {}
        return {**{name: self.cleaned_data[name] for name in names}, **texts}


def _number(text: str) -> str:
    number = "+" + "".join(sign for sign in text if sign not in " -().+/")
    if not _NUMBER.fullmatch(number):
        raise ValidationError(_("This is no phone number. Write it with its country code: +62 812 3456 7890."))
    return number


class AccountForm(forms.Form):
    """The fields that a channel names. A secret goes in and is never shown again; left empty it stays what it was."""

    def __init__(self, kind: Kind, data: QueryDict | None = None, *, account: ChannelAccount | None = None) -> None:
        super().__init__(data, prefix="account")
        self.kind = kind
        for setting in kind.settings:
            is_stored = setting.is_secret and account is not None and bool(account.secret(setting.name))
            field = forms.CharField(
                label=str(setting.label),
                help_text=str(setting.help),
                max_length=4000,
                required=setting.is_required and not is_stored,
                widget=forms.PasswordInput if setting.is_secret else forms.TextInput,
            )
            if setting.is_secret:
                field.widget.attrs["autocomplete"] = "new-password"
            else:
                field.initial = (account.settings if account else {}).get(setting.name, "")
            if is_stored:
                field.help_text = _("One is set. Leave this empty to keep it.")
            self.fields[setting.name] = field

    def credentials(self) -> dict[str, str]:
        """The secrets that were typed; empty ones stay what they were."""
        return {one.name: self.cleaned_data[one.name] for one in self.kind.settings if one.is_secret}

    def settings(self) -> dict[str, str]:
        """Everything else."""
        return {one.name: self.cleaned_data[one.name] for one in self.kind.settings if not one.is_secret}


class ChatForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """The widget of a chat inbox."""

    origins = forms.CharField(
        label=_("Sites that may show the chat"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "https://blog.example"}),
        help_text=_("One per line, as https://blog.example. The shop’s own pages always may."),
    )
    offer_seconds = forms.IntegerField(
        label=_("Seconds in which an agent takes an offered chat"), min_value=5, max_value=600
    )
    wait_seconds = forms.IntegerField(
        label=_("Seconds until a chat that nobody takes becomes a message"), min_value=10, max_value=3600
    )
    forget_days = forms.IntegerField(
        label=_("Days until an anonymous visitor is forgotten"), min_value=1, max_value=365
    )

    class Meta:
        model = ChatSettings
        fields: ClassVar = [
            "origins",
            "is_live",
            "skill",
            "offer_seconds",
            "wait_seconds",
            "is_anonymous",
            "forget_days",
        ]
        labels: ClassVar = {
            "is_live": _("Offer chats to agents who are online"),
            "skill": _("Skill"),
            "is_anonymous": _("Anonymous"),
        }
        help_texts: ClassVar = {
            "is_live": _("Otherwise everything that is written waits as a message."),
            "skill": _("What an agent should know, as on the agent’s page. Empty: anyone may take it."),
            "is_anonymous": _("Keeps neither address nor e-mail, and forgets the visitor."),
        }

    def __init__(self, data: QueryDict | None = None, *, instance: ChatSettings | None = None) -> None:
        super().__init__(data, instance=copy(instance), prefix="chat")
        told = self.instance
        self.initial["origins"] = "\n".join(told.origins)
        _add_texts(self, "greeting", gettext("Greeting"), told.greetings)
        replies = gettext("Quick replies")
        _add_texts(self, "replies", replies, told.quick_replies, rows=3, hint=_("One per line, six at most."))
        _add_texts(self, OFFLINE, gettext("Outside opening hours"), told.offline_texts)

    def clean_origins(self) -> list[str]:
        """The sites, each once."""
        lines = [line for line in self.cleaned_data["origins"].splitlines() if line.strip()]
        if len(lines) > MOST_ORIGINS:
            raise ValidationError(_("At most %(count)d sites are taken.") % {"count": MOST_ORIGINS})
        found = []
        for line in lines:
            try:
                found.append(read_origin(line))
            except NotAnOrigin as error:
                words = _("“%(text)s” is no site. Write scheme and host alone, as https://blog.example.")
                raise ValidationError(words % {"text": line.strip()[:60]}) from error
        return list(dict.fromkeys(found))

    def clean(self) -> dict[str, Any]:
        """Quick replies become lists."""
        given = super().clean() or {}
        for language, _name in settings.LANGUAGES:
            lines = [" ".join(line.split()) for line in given.get(f"replies_{language}", "").splitlines()]
            lines = [line for line in lines if line]
            if len(lines) > MOST_REPLIES or any(len(line) > LONGEST_REPLY for line in lines):
                words = _("At most %(count)d lines, each of at most %(length)d characters.")
                self.add_error(f"replies_{language}", words % {"count": MOST_REPLIES, "length": LONGEST_REPLY})
            given[f"replies_{language}"] = lines
        return given

    def terms(self) -> dict[str, Any]:
        """The fields of the widget, as the command takes them."""
        return {
            **{name: self.cleaned_data[name] for name in self.Meta.fields},
            "greetings": _texts_in(self, "greeting"),
            "quick_replies": _texts_in(self, "replies"),
            "offline_texts": _texts_in(self, OFFLINE),
        }
