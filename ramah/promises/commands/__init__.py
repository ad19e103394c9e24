"""Writes on promises and calendars, one function per use case."""

from ramah.promises.business_time import BadSchedule, NeverOpen
from ramah.promises.commands.calendars import CalendarInUse, NameTaken, delete_calendar, save_calendar
from ramah.promises.commands.clock import tick
from ramah.promises.commands.following import follow_forecast
from ramah.promises.commands.keeping import erase_reasons, keep_promise, keep_promises, withdraw_promises
from ramah.promises.commands.making import Making, Terms, make_many_promises, make_promises
from ramah.promises.commands.pausing import pause_promises, resume_promises
from ramah.promises.commands.renegotiating import DueInThePast, DueNotLater, PromiseEnded, renegotiate_promise

__all__ = [
    "BadSchedule",
    "CalendarInUse",
    "DueInThePast",
    "DueNotLater",
    "Making",
    "NameTaken",
    "NeverOpen",
    "PromiseEnded",
    "Terms",
    "delete_calendar",
    "erase_reasons",
    "follow_forecast",
    "keep_promise",
    "keep_promises",
    "make_many_promises",
    "make_promises",
    "pause_promises",
    "renegotiate_promise",
    "resume_promises",
    "save_calendar",
    "tick",
    "withdraw_promises",
]
