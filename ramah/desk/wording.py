"""Everything that the desk says of a conversation in one place, in the viewer's language: activities, deliveries, channels.

Activities are stored as a name and its facts (`Message.activity`, `Message.detail`); here they become a sentence. An activity
that is not known here shows its name, so that a line is never missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise as LazyString
from django.utils.translation import get_language_info, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.customers.models import Proof
from ramah.desk.queries.details import choice_words
from ramah.ui.elements import short_time

S = MessageDelivery.State
Sentence = str | LazyString


@dataclass(frozen=True, slots=True)
class Said:
    """How an activity is told: its icon, and a sentence with and without the name of whoever did it."""

    icon: str
    by: Sentence
    alone: Sentence = ""


_ACTIVITIES: dict[str, Said] = {
    "assigned": Said("user", gettext_lazy("%(actor)s assigned it to %(agent)s"), gettext_lazy("Assigned to %(agent)s")),
    "taken": Said("user", gettext_lazy("%(actor)s took it on")),
    "unassigned": Said("user", gettext_lazy("%(actor)s let go of it"), gettext_lazy("Assigned to nobody")),
    "team": Said("users", gettext_lazy("%(actor)s gave it to %(team)s"), gettext_lazy("Given to %(team)s")),
    "no_team": Said("users", gettext_lazy("%(actor)s took it from its team"), gettext_lazy("Taken from its team")),
    "status_open": Said("chat", gettext_lazy("%(actor)s opened it"), gettext_lazy("Opened")),
    "status_pending": Said(
        "clock", gettext_lazy("%(actor)s set it to wait for the customer"), gettext_lazy("Waits for the customer")
    ),
    "status_resolved": Said("check", gettext_lazy("%(actor)s resolved it"), gettext_lazy("Resolved")),
    "status_spam": Said("alert", gettext_lazy("%(actor)s marked it as spam"), gettext_lazy("Marked as spam")),
    "snoozed": Said(
        "moon", gettext_lazy("%(actor)s snoozed it until %(until)s"), gettext_lazy("Snoozed until %(until)s")
    ),
    "woke": Said("sun", gettext_lazy("The snooze is over"), gettext_lazy("The snooze is over")),
    "priority": Said(
        "flag", gettext_lazy("%(actor)s set the priority to %(priority)s"), gettext_lazy("Priority: %(priority)s")
    ),
    "tags": Said("tag", gettext_lazy("%(actor)s set the tags: %(tags)s"), gettext_lazy("Tags: %(tags)s")),
    "no_tags": Said("tag", gettext_lazy("%(actor)s removed the tags"), gettext_lazy("Tags removed")),
    "reopened_by_customer": Said("undo", "", gettext_lazy("The customer’s message opened it again")),
    "quotes_other_thread": Said(
        "shield",
        "",
        gettext_lazy("The sender quotes a message of another conversation but takes no part in it"),
    ),
    "follows": Said("link", "", gettext_lazy("Late reply to %(reference)s, which is resolved")),
    "merged_here": Said(
        "merge",
        gettext_lazy("%(actor)s merged %(reference)s into this"),
        gettext_lazy("%(reference)s was merged into this"),
    ),
    "merged_into": Said(
        "merge", gettext_lazy("%(actor)s merged this into %(reference)s"), gettext_lazy("Merged into %(reference)s")
    ),
    "split_off": Said(
        "split",
        gettext_lazy("%(actor)s moved messages to %(reference)s"),
        gettext_lazy("Messages moved to %(reference)s"),
    ),
    "split_from": Said(
        "split", gettext_lazy("%(actor)s split this from %(reference)s"), gettext_lazy("Split from %(reference)s")
    ),
    "wait_given_up": Said(
        "clock", "", gettext_lazy("Nobody was free in time. It goes on as a message, with its promise")
    ),
    "wait_left": Said("out", "", gettext_lazy("The customer did not wait for an agent")),
    "call_answered": Said("phone", "", gettext_lazy("%(agent)s answered the call")),
    "call_ended": Said("phone", "", gettext_lazy("The call has ended after %(minutes)s")),
    "call_missed": Said("phone", "", gettext_lazy("Nobody answered the call")),
    "call_voicemail": Said("phone", "", gettext_lazy("The customer left a voicemail")),
    "call_failed": Said("alert", "", gettext_lazy("The call did not come about: %(reason)s")),
    "call_callback": Said("clock", "", gettext_lazy("The customer was promised to be called back by %(until)s")),
    "call_out": Said("phone", gettext_lazy("%(actor)s calls the customer")),
    "call_logged": Said("phone", gettext_lazy("%(actor)s wrote down a call")),
    "call_proof": Said("shield", gettext_lazy("%(actor)s noted what the caller could answer: %(proof)s")),
    "call_no_phone": Said("alert", "", gettext_lazy("%(agent)s has no phone set; the caller waits on")),
    "call_handed": Said(
        "send",
        gettext_lazy("%(actor)s hands the call over to %(to)s"),
        gettext_lazy("The call is handed over to %(to)s"),
    ),
    "call_not_handed": Said("alert", "", gettext_lazy("The call could not be handed over: %(reason)s")),
    "sent_another_way": Said("send", gettext_lazy("%(actor)s sent a message another way: %(channel)s")),
    "closed_by_customer": Said("check", "", gettext_lazy("The customer closed it in the account")),
    "reopened_in_account": Said("undo", "", gettext_lazy("The customer opened it again in the account")),
    "chat_rated": Said("heart", "", gettext_lazy("The customer rated the chat %(score)s of 5")),
    "chat_rated_in_words": Said("heart", "", gettext_lazy("The customer rated the chat %(score)s of 5: %(text)s")),
    "bounced": Said("alert", "", gettext_lazy("The mail came back: %(reason)s")),
    "auto_reply": Said("bot", "", gettext_lazy("An automatic reply of the customer’s mailbox")),
    "notice_chosen": Said("check", "", gettext_lazy("The customer chose in a notice: %(choice)s")),
    "notice_done": Said("check", "", gettext_lazy("Done as the customer chose: %(choice)s")),
    "notice_not_done": Said("alert", "", gettext_lazy("Not done, somebody has to answer: %(choice)s")),
    "notice_expired": Said("clock", "", gettext_lazy("The time to choose is over, nothing was chosen")),
}
_DELIVERIES: dict[str, tuple[Sentence, str]] = {
    S.QUEUED: (pgettext_lazy("delivery", "Waiting to be sent"), "clock"),
    S.SENDING: (pgettext_lazy("delivery", "Being sent"), "send"),
    S.SENT: (pgettext_lazy("delivery", "Sent"), "check"),
    S.DELIVERED: (pgettext_lazy("delivery", "Delivered"), "check"),
    S.READ: (pgettext_lazy("delivery", "Read"), "eye"),
    S.FAILED: (pgettext_lazy("delivery", "Not sent"), "alert"),
}
_CHANNELS: dict[str, tuple[Sentence, str]] = {
    "email": (gettext_lazy("E-mail"), "mail"),
    "chat": (gettext_lazy("Chat"), "chat"),
    "phone": (gettext_lazy("Phone"), "phone"),
    "whatsapp": (gettext_lazy("WhatsApp"), "wa"),
    "messenger": (gettext_lazy("Messenger"), "chat"),
    "instagram": (gettext_lazy("Instagram"), "chat"),
    "telegram": (gettext_lazy("Telegram"), "send"),
    "form": (gettext_lazy("Contact form"), "edit"),
}
# What the button says that sends an answer; a form is answered by e-mail.
_SENDING: dict[str, Sentence] = {
    "chat": gettext_lazy("Send in the chat"),
    "whatsapp": gettext_lazy("Send by WhatsApp"),
    "messenger": gettext_lazy("Send by Messenger"),
    "instagram": gettext_lazy("Send by Instagram"),
    "telegram": gettext_lazy("Send by Telegram"),
}
_STATUS_TONES = {
    Conversation.Status.OPEN: "accent",
    Conversation.Status.RESOLVED: "kept",
    Conversation.Status.SPAM: "broken",
}


def _until(detail: Mapping[str, Any]) -> str:
    try:
        return short_time(datetime.fromisoformat(str(detail["until"])))
    except (KeyError, ValueError):
        return ""


def _priority(detail: Mapping[str, Any]) -> str:
    labels = dict(Conversation.Priority.choices)
    return str(labels.get(detail.get("priority", 0), ""))


def _proof(detail: Mapping[str, Any]) -> str:
    return str(dict(Proof.choices).get(str(detail.get("level")), ""))


# Facts that need wording themselves.
_FACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "until": _until,
    "priority": _priority,
    "proof": _proof,
    "channel": lambda detail: channel_words(str(detail.get("channel", "")))[0],
    "choice": lambda detail: choice_words(str(detail.get("kind", ""))),
}


def activity_words(message: Message) -> tuple[str, str]:
    """The icon of an activity, and its sentence."""
    name = _variant(message)
    said = _ACTIVITIES.get(name)
    if said is None:
        return "info", name.replace("_", " ")
    by_person = message.agent_id is not None and said.by
    sentence = str(said.by if by_person else said.alone or said.by)
    facts = {key: str(value) for key, value in message.detail.items()}
    facts |= {key: tell(message.detail) for key, tell in _FACTS.items() if f"%({key})s" in sentence}
    try:
        return said.icon, sentence % {"actor": message.author_name, **facts}
    except KeyError:  # written by an older version that knew fewer facts
        return said.icon, name.replace("_", " ")


def _variant(message: Message) -> str:
    name, detail = message.activity, message.detail
    if name == "assigned" and message.agent_id and detail.get("agent") == message.author_name:
        return "taken"
    if name == "team" and not detail.get("team"):
        return "no_team"
    if name == "tags" and not detail.get("tags"):
        return "no_tags"
    if name == "chat_rated" and detail.get("text"):
        return "chat_rated_in_words"
    return name


def delivery_words(delivery: MessageDelivery) -> tuple[str, str]:
    """How an outgoing message fares, and its icon."""
    if delivery.state == S.FAILED and delivery.is_uncertain:
        return _("Perhaps not sent: nobody knows"), "alert"
    if delivery.state == S.QUEUED and delivery.attempts:
        return _("Not sent yet, tried again by itself"), "clock"
    words, icon_name = _DELIVERIES[delivery.state]
    return str(words), icon_name


def channel_words(channel: str) -> tuple[str, str]:
    """The name of a channel, and its icon."""
    words, icon_name = _CHANNELS.get(channel, (channel, "chat"))
    return str(words), icon_name


def sending_words(channel: str) -> str:
    """What the button says that sends an answer by this channel."""
    return str(_SENDING.get(channel, _("Send by e-mail")))


def language_words(language: str) -> str:
    """The own name of a language; its code where it is not known."""
    try:
        return str(get_language_info(language)["name_local"]).capitalize()
    except KeyError:
        return language


def status_words(conversation: Conversation) -> tuple[str, str]:
    """The status as a word (of a snoozed one: until when), and its tone."""
    if conversation.status == Conversation.Status.SNOOZED and conversation.snoozed_until:
        return _("Snoozed until %(until)s") % {"until": short_time(conversation.snoozed_until)}, ""
    return str(conversation.get_status_display()), _STATUS_TONES.get(Conversation.Status(conversation.status), "")


def size_words(size: int) -> str:
    """A file's size for people: `312 KB`."""
    return str(filesizeformat(size))
