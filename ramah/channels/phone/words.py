"""What callers and agents hear, in the language of whoever listens. Pure."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ramah.promises.queries import absolute_words, by_words


def greeting(shop: str, language: str) -> str:
    """The first words, where the inbox has none of its own."""
    with translation.override(language):
        return _("Welcome to %(shop)s.") % {"shop": shop}


def language_choice(key: str, language: str) -> str:
    """A line of the menu that chooses this language, said in it."""
    with translation.override(language):
        return _("For English, press %(key)s.") % {"key": key}  # each catalog names its own language here


def consent(language: str) -> str:
    """Said before a call that is recorded."""
    with translation.override(language):
        return _("This call is recorded so that we can follow up on it. If you do not want that, please hang up.")


def closed(opens: datetime | None, zone: tzinfo, language: str, *, now: datetime) -> str:
    """That nobody is there, and from when on somebody is."""
    with translation.override(language):
        if opens is None:
            return _("Nobody can take your call right now.")
        said = {"time": absolute_words(opens, zone, language, now=now)}
        return _("We are closed right now. We are open again from %(time)s.") % said


def place(number: int | None, language: str) -> str:
    """Where the caller stands in the queue."""
    with translation.override(language):
        if number is None:
            return _("Please hold. Somebody will be with you.")
        if number <= 1:
            return _("You are next. Please hold.")
        before = number - 1
        return ngettext(
            "Please hold. There is %(count)d caller before you.",
            "Please hold. There are %(count)d callers before you.",
            before,
        ) % {"count": before}


def handed(language: str) -> str:
    """That the agent gives the caller to somebody else."""
    with translation.override(language):
        return _("You are put through to a colleague. Please hold.")


def callback_instead(language: str) -> str:
    """That one need not wait."""
    with translation.override(language):
        return _("To be called back instead of waiting, press 1.")


def callback_number(language: str, *, knows_number: bool) -> str:
    """At which number to call back."""
    with translation.override(language):
        typed = _("Type the number at which we can call you back, and then the hash key. To leave a message, press 2.")
        if not knows_number:
            return typed
        return " ".join([_("To be called back at the number you are calling from, press 1."), typed])


def callback_times(slots: Iterable[datetime], zone: tzinfo, language: str, *, now: datetime) -> str:
    """When to call back."""
    with translation.override(language):
        line = _("To be called back %(by_time)s, press %(key)d.")
        said = enumerate(slots, start=1)
        return " ".join(line % {"by_time": by_words(at, zone, language, now=now), "key": key} for key, at in said)


def callback_promised(at: datetime, zone: tzinfo, language: str, *, now: datetime) -> str:
    """The promise."""
    with translation.override(language):
        return _("Thank you. We call you back %(by_time)s. Goodbye.") % {
            "by_time": by_words(at, zone, language, now=now)
        }


def not_understood(language: str) -> str:
    """What was typed makes no sense."""
    with translation.override(language):
        return _("Sorry, that was not understood.")


def voicemail(language: str) -> str:
    """To speak after the tone."""
    with translation.override(language):
        return _("Please leave your message after the tone. Press the hash key when you are done.")


def goodbye(language: str) -> str:
    """The message was taken."""
    with translation.override(language):
        return _("Thank you. We have your message and will call you. Goodbye.")


def offered(name: str, language: str) -> str:
    """To an agent whose phone rang."""
    with translation.override(language):
        who = name or _("somebody whose number is not known")
        return _("A call from %(name)s. Press 1 to take it.") % {"name": who}


def gone(language: str) -> str:
    """To an agent who came too late."""
    with translation.override(language):
        return _("The caller is no longer waiting. Goodbye.")


def connecting(language: str) -> str:
    """To an agent who calls a customer."""
    with translation.override(language):
        return _("Calling the customer.")


def not_reached(language: str) -> str:
    """To an agent whose customer did not answer."""
    with translation.override(language):
        return _("The customer was not reached. Goodbye.")
