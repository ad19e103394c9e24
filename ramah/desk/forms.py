"""Forms of the desk: what an agent writes, and what he decides about a conversation."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from email.utils import parseaddr
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ramah.accounts.models import Agent, Team
from ramah.conversations.models import Conversation
from ramah.desk.models import Draft, Presence, SLAPolicy
from ramah.desk.wording import size_words
from ramah.kernel.ids import new_public_id

LONGEST_TEXT = 100_000
MOST_FILES = 10
MORNING = time(9, 0)


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files, none of them empty, together no larger than one attachment may be."""

    widget = ManyFilesInput
    default_error_messages: ClassVar = {
        "many": _("At most %(count)d files go with one message."),
        "large": _("Together the files are %(size)s; at most %(limit)s go with one message. Share a link instead."),
    }

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """The files that were chosen, as a list."""
        files = [super(ManyFilesField, self).clean(file, initial) for file in data or []]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(self.error_messages["many"] % {"count": MOST_FILES}, code="many")
        size = sum(file.size for file in files)
        if size > settings.ATTACHMENT_MAX_BYTES:
            facts = {"size": size_words(size), "limit": size_words(settings.ATTACHMENT_MAX_BYTES)}
            raise forms.ValidationError(self.error_messages["large"] % facts, code="large")
        return files


class PresenceForm(forms.Form):
    """Whether an agent takes live conversations."""

    chosen = forms.ChoiceField(choices=Presence.Chosen.choices)


class ReplyForm(forms.Form):
    """A reply to the customer or a private note.

    `seen` is the newest line on the page; `client_id` makes sending twice harmless.
    """

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(Draft.Kind.REPLY, ""), (Draft.Kind.NOTE, "")],
        initial=Draft.Kind.REPLY,
    )
    text = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        max_length=LONGEST_TEXT,
        error_messages={"max_length": _("The text is %(show_value)d characters long; at most %(limit_value)d fit.")},
    )
    cc = forms.CharField(label=_("Copies to (CC)"), required=False, max_length=6_000)
    keeps_copies = forms.BooleanField(label=_("Copy those whom the customer copied"), required=False)
    answers = forms.Field(label=_("Answers to choose from"), required=False, widget=forms.MultipleHiddenInput)
    uploads = ManyFilesField(label=_("Files"), required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    client_id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    then = forms.ChoiceField(
        choices=[("", ""), (Conversation.Status.RESOLVED, ""), (Conversation.Status.PENDING, "")], required=False
    )

    def clean_text(self) -> str:
        """The text with plain line ends: forms send two characters for each."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean_cc(self) -> list[str]:
        """The addresses that were typed, without names: `Eli <eli@mail.example>, ...`."""
        parts = [part.strip() for part in re.split(r"[,;\n]", self.cleaned_data["cc"])]
        # What is no address stays as it was typed, so that the refusal can name it.
        return [parseaddr(part)[1] or part for part in parts if part]

    def clean_answers(self) -> list[str]:
        """The answers that were typed, without empty ones."""
        return [answer for answer in self.cleaned_data["answers"] or [] if answer.strip()]

    def clean_client_id(self) -> str:
        """An id of its own where the page sent none."""
        return self.cleaned_data["client_id"] or new_public_id()


class DraftForm(forms.Form):
    """What is saved while an agent types."""

    kind = forms.ChoiceField(choices=Draft.Kind.choices)
    text = forms.CharField(required=False, strip=False, max_length=LONGEST_TEXT)
    cc = forms.CharField(required=False, max_length=6_000)


class AssignForm(forms.Form):
    """Who takes care of a conversation: a colleague, or nobody."""

    agent = forms.ModelChoiceField(
        queryset=Agent.objects.none(),
        label=_("Assigned to"),
        required=False,
        empty_label=_("Nobody"),
        to_field_name="public_id",
    )

    def __init__(self, *args: Any, agents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = agents  # type: ignore[attr-defined]


class TeamForm(forms.Form):
    """Which team a conversation belongs to."""

    team = forms.ModelChoiceField(
        queryset=Team.objects.none(),
        label=_("Team"),
        required=False,
        empty_label=_("No team"),
        to_field_name="public_id",
    )

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class PriorityForm(forms.Form):
    """How urgent a conversation is."""

    priority = forms.TypedChoiceField(label=_("Priority"), choices=Conversation.Priority.choices, coerce=int)


class StatusForm(forms.Form):
    """The status a person may set by hand."""

    status = forms.ChoiceField(
        choices=[(status, status.label) for status in Conversation.Status if status is not Conversation.Status.SNOOZED]
    )


class TagsForm(forms.Form):
    """The words a conversation is found by."""

    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=900,
        help_text=_("Separated by commas."),
    )

    def clean_tags(self) -> list[str]:
        """The words, without empty ones."""
        return [name.strip() for name in self.cleaned_data["tags"].split(",") if name.strip()]


class SnoozeForm(forms.Form):
    """Until when a conversation is put away, in the viewer's time zone."""

    length = forms.ChoiceField(
        choices=[("hour", ""), ("tomorrow", ""), ("monday", ""), ("own", "")], required=False, initial="own"
    )
    until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": _("Give a day and a time, such as 2026-11-24 09:00.")},
    )

    def moment(self, now: datetime) -> datetime | None:
        """When the snooze is over; None when no time was given."""
        length = self.cleaned_data["length"]
        return snooze_choices(now).get(length) or self.cleaned_data["until"]


def snooze_choices(now: datetime) -> dict[str, datetime]:
    """The usual lengths of a snooze: an hour, tomorrow and Monday morning of the active time zone."""
    local = timezone.localtime(now)
    morning = timezone.make_aware(datetime.combine(local.date(), MORNING))

    def days_on(days: int) -> datetime:
        return timezone.make_aware(datetime.combine(morning.date() + timedelta(days=days), MORNING))

    return {
        "hour": now + timedelta(hours=1),
        "tomorrow": days_on(1),
        "monday": days_on(7 - local.weekday()),
    }


class SplitForm(forms.Form):
    """Which messages leave for a conversation of their own."""

    messages = forms.MultipleChoiceField(
        label=_("Messages"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one message.")},
    )
    subject = forms.CharField(label=_("Subject of the new conversation"), required=False, max_length=250)

    def __init__(self, *args: Any, messages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["messages"].choices = messages  # type: ignore[attr-defined]


class BulkForm(forms.Form):
    """One thing done to the ticked conversations of a list."""

    MOST = 50

    do = forms.ChoiceField(choices=[(name, "") for name in ("take", "resolve", "snooze", "tag")])
    tag = forms.CharField(label=_("Tag"), required=False, max_length=40)
    length = forms.ChoiceField(choices=SnoozeForm.base_fields["length"].choices, required=False)  # type: ignore[attr-defined]


class SearchForm(forms.Form):
    """What is looked for."""

    q = forms.CharField(required=False, max_length=200)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """An SLA policy. Minutes are of business time on its calendar."""

    class Meta:
        model = SLAPolicy
        fields: ClassVar = [
            "name", "inbox", "calendar", "first_reply_minutes", "next_reply_minutes", "resolution_minutes", "warn_percent",
            "acknowledge", "is_active",
        ]  # fmt: skip
        labels: ClassVar = {
            "name": pgettext_lazy("policy", "Name"),
            "inbox": _("For the inbox"),
            "calendar": _("Business hours"),
            "first_reply_minutes": _("First reply within (minutes)"),
            "next_reply_minutes": _("Every further reply within (minutes)"),
            "resolution_minutes": _("Resolution within (minutes)"),
            "warn_percent": _("At risk when this much of the time is gone (%)"),
            "acknowledge": _("Acknowledge at once"),
            "is_active": _("In use"),
        }
        help_texts: ClassVar = {
            "warn_percent": "",
            "calendar": _("Minutes count only while these hours are open."),
            "first_reply_minutes": _("Empty: nothing is promised."),
            "next_reply_minutes": _("Empty: nothing is promised."),
            "resolution_minutes": _("Empty: nothing is promised."),
            "acknowledge": _(
                "Tell the customer within seconds that the message has arrived, and by when the answer comes."
            ),
        }
        error_messages: ClassVar = {
            "inbox": {"unique": _("This inbox has a policy already.")},
            "name": {"unique": _("Another policy has this name.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["inbox"].empty_label = _("Every inbox that has no policy of its own")  # type: ignore[attr-defined]
        self.fields["calendar"].empty_label = _("Around the clock")  # type: ignore[attr-defined]
