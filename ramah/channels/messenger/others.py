"""What Meta posts beside messages and reports: each ends with the reason why nothing came of it."""

from datetime import datetime

from ramah.channels.commands import Outcome, accounts
from ramah.channels.messenger.entries import Entry
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.kernel.providers.json import object_in, text_in

S = IntakeItem.State
# By the part of the event.
REASONS = {
    "account_linking": "an account was linked or unlinked, which is not used here",
    "app_roles": "handover: which app has which role has changed",
    "optin": "the customer opted in by a plugin and said nothing yet",
    "pass_thread_control": "handover: the conversation was passed to another app",
    "request_thread_control": "handover: another app asks for the conversation",
    "take_thread_control": "handover: the conversation was taken by another app",
}


def read_rest(entry: Entry, *, at: datetime) -> Outcome:
    """End an item that is neither message, mark nor report."""
    return Outcome(S.IGNORED, entry.external_id, reason=_reason(entry, at=at)[:200])


def _reason(entry: Entry, *, at: datetime) -> str:
    if entry.inbox is None:
        return f"it is for {entry.platform.name} {entry.owner or '?'}, which is not set up here"
    if entry.kind == "standby":
        return "standby: another app has this conversation"
    if entry.kind == "referral":
        return f"the customer came by a link and said nothing yet: {_came_by(entry)}"
    if entry.kind in ("message", "postback"):
        is_own = bool(entry.sender) and entry.sender == entry.owner
        return "no message: it is from the page itself" if is_own else "no message: it does not say from whom"
    if object_in(entry.event, "policy_enforcement"):
        return _policy(entry, at=at)
    return REASONS.get(entry.name) or f"events of the kind {entry.name or 'unknown'!r} are not read"


def _came_by(entry: Entry) -> str:
    return text_in(entry.part, "ref", most=100) or text_in(entry.part, "source", most=40) or "?"


def _policy(entry: Entry, *, at: datetime) -> str:
    """Meta has limited the page, or lifted that: the settings show it."""
    told = object_in(entry.event, "policy_enforcement")
    action, reason = text_in(told, "action", most=20), text_in(told, "reason", most=400)
    account = ChannelAccount.objects.filter(inbox=entry.inbox).first()
    if action != "unblock" and account is not None:
        accounts.note_failure(account, reason=f"Meta: {action}. {reason}", at=at)
    return f"policy: {action}. {reason}"
