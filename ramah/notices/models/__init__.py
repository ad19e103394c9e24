"""Rules, notices and their choices, and what came of them."""

from ramah.notices.models.measuring import Contact, Outcome
from ramah.notices.models.notices import Cause, Choice, Notice
from ramah.notices.models.rules import DryRun, NoticeSettings, Preference, Rule, Suppression

__all__ = [
    "Cause",
    "Choice",
    "Contact",
    "DryRun",
    "Notice",
    "NoticeSettings",
    "Outcome",
    "Preference",
    "Rule",
    "Suppression",
]
