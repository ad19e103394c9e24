"""The contact form: what is asked, how much may be sent, and what becomes of it."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ramah.channels.commands import SentFile
from ramah.kernel.ids import new_public_id

LONGEST_TEXT = 5_000
MOST_FILES = 5
MOST_BYTES = 15 * 1024 * 1024
# A name is greeted in a mail to whatever address was typed: it must carry no message.
_ADDRESS_IN_NAME = re.compile(r"://|www\.|@|[\r\n<>]|\.\w{2,}/", re.IGNORECASE)

REASONS = (
    ("product", pgettext_lazy("reason to write", "A question about a product")),
    ("where", pgettext_lazy("reason to write", "Where is my order?")),
    ("order", pgettext_lazy("reason to write", "Something is wrong with an order")),
    ("return", pgettext_lazy("reason to write", "Sending something back")),
    ("payment", pgettext_lazy("reason to write", "Payment or invoice")),
    ("other", pgettext_lazy("reason to write", "Something else")),
)


class _ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Up to five files, together at most 15 MB."""

    widget = _ManyFilesInput
    default_error_messages: ClassVar = {
        "many": _("Five files at most go with one message."),
        "large": _("Together the files may have 15 MB. Leave one out, or send it with your answer to our mail."),
    }

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """The files that were chosen, as a list."""
        chosen = [super(FilesField, self).clean(file, initial) for file in data or []]
        if len(chosen) > MOST_FILES:
            raise forms.ValidationError(self.error_messages["many"], code="many")
        if sum(file.size for file in chosen) > MOST_BYTES:
            raise forms.ValidationError(self.error_messages["large"], code="large")
        return chosen


class _Sent(forms.Form):
    """What every form has that sends a message."""

    def clean_message(self) -> str:
        """The message, without what no database takes."""
        return str(self.cleaned_data["message"]).replace("\0", "").strip()

    def sent_files(self) -> list[SentFile]:
        """The files with their bytes."""
        return [
            SentFile(file.name or "file", file.content_type or "", file.read()) for file in self.cleaned_data["files"]
        ]


class AnswerForm(_Sent):
    """What a customer says in a conversation that goes on."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    message = forms.CharField(
        label=_("Your message"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )
    files = FilesField(  # type: ignore[assignment]  # the form's own `files` are the raw ones
        label=_("Pictures or files"), required=False, help_text=_("Five at most, together up to 15 MB.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", new_public_id())


class ContactForm(_Sent):
    """What somebody wants to know, and where the answer goes.

    `email` given: it is known and cannot be typed. `of_product`: the question may be shown on the product's page. `orders` are
    their own, by public id, to pick one from.
    """

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    website = forms.CharField(required=False, max_length=200, widget=forms.TextInput(attrs={"tabindex": "-1"}))
    reason = forms.ChoiceField(label=_("What is it about?"), choices=REASONS)
    message = forms.CharField(
        label=_("Your message"),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Write your message.")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    files = FilesField(  # type: ignore[assignment]  # the form's own `files` are the raw ones
        label=_("Pictures or files"), required=False, help_text=_("Five at most, together up to 15 MB.")
    )
    is_public = forms.BooleanField(
        label=_("May be shown with the answer on the page of the product"),
        help_text=_("Your address is not shown."),
        required=False,
    )
    name = forms.CharField(
        label=_("Your name"), required=False, max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The answer goes there."),
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("This is no e-mail address. It looks like name@mail.example."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(
        self,
        *args: Any,
        email: str = "",
        of_product: bool = False,
        orders: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", new_public_id())
        if email:
            del self.fields["email"], self.fields["name"]
        if not of_product:
            del self.fields["is_public"]
        if orders:
            choices = [("", _("None of my orders")), *orders]
            order = forms.ChoiceField(label=_("Which order?"), required=False, choices=choices)
            self.fields["order"] = order

    def clean_name(self) -> str:
        """The name on one line; one that holds an address is not greeted with."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        return "" if _ADDRESS_IN_NAME.search(name) else name

    @property
    def is_trap(self) -> bool:
        """Whether a field was filled in that people do not see."""
        return bool(self.cleaned_data.get("website"))
