"""What Telegram posts: one update a time, known by the secret that we gave it with the address; and what it is answered.

https://core.telegram.org/bots/api#setwebhook
"""

import hmac
import json
import re
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from ramah.channels.models import ChannelAccount
from ramah.channels.telegram.updates import MESSAGE, PRESS, Update, update_of, why_not_read
from ramah.kernel.providers.contract import Answer, NotSigned, Posted, Raw, Unreadable
from ramah.kernel.providers.json import read_json, text_in

HEADER = "x-telegram-bot-api-secret-token"
_START = re.compile(r"/start(?:@\w{1,64})?(?:\s+(\S{1,64}))?\s*")


def bot_of(account: ChannelAccount) -> str:
    """The number of the account's bot, with which its token begins."""
    return account.secret("bot_token").strip().partition(":")[0][:20]


def check_secret(posted: Posted, account: ChannelAccount) -> None:
    """Raise `NotSigned` unless the request has the account's secret; without one nobody is known."""
    secret = account.secret("webhook_secret").encode()
    given = posted.headers.get(HEADER, "").encode(errors="replace")
    if not secret or not hmac.compare_digest(given, secret):
        raise NotSigned


def read_hook(posted: Posted, account: ChannelAccount, at: datetime) -> list[Raw]:
    """The update, as it came. Raises `NotSigned`, `Unreadable`."""
    check_secret(posted, account)
    found = read_json(posted.body)
    if not isinstance(found, dict):
        raise Unreadable("no object")
    update = update_of(found, bot=bot_of(account))
    envelope: dict[str, object] = {"transport": "hook", "sender": update.chat_id, "bot": update.bot}
    if (moment := update.moment(at)) is not None:
        envelope["sent_at"] = int(moment.timestamp())
    return [(posted.body, envelope)]


def started_with(update: Update) -> str | None:
    """The payload of the link by which the customer has opened the chat, empty without one; None: they have not just done so."""
    if update.kind != MESSAGE:
        return None
    found = _START.fullmatch(text_in(update.message, "text", most=200))
    return (found[1] or "") if found else None


def answer_hook(posted: Posted, account: ChannelAccount) -> Answer | None:
    """A request to Telegram in our answer to its own: the pressed button comes to rest, and who opens the chat is greeted.

    https://core.telegram.org/bots/api#making-requests-when-getting-updates
    """
    if posted.method != "POST":
        return None
    try:
        check_secret(posted, account)
        update = update_of(read_json(posted.body), bot="")
    except (NotSigned, Unreadable):
        return None  # which `read_hook` says
    if update.kind == PRESS and (press := text_in(update.thing, "id", most=64)):
        return _request("answerCallbackQuery", callback_query_id=press)
    if not why_not_read(update) and started_with(update) is not None:
        return _request("sendMessage", chat_id=int(update.chat_id), text=_greeting(update, account))
    return None


def _greeting(update: Update, account: ChannelAccount) -> str:
    told = text_in(update.sender, "language_code", most=8).partition("-")[0]
    with override(told if told in dict(settings.LANGUAGES) else account.inbox.language):
        return _("Hello! This is %(shop)s. Write your question here; you get the answer in this chat.") % {
            "shop": account.inbox.name
        }


def _request(method: str, **fields: object) -> Answer:
    return Answer(json.dumps({"method": method, **fields}), content_type="application/json")
