"""Telegram, reached over its Bot API: registered when the app starts."""

from django.utils.translation import gettext_lazy as _

from ramah.channels.kinds import Kind, register_kind
from ramah.channels.telegram.announcing import announce
from ramah.channels.telegram.connecting import check, connect
from ramah.channels.telegram.payloads import answer_hook, read_hook
from ramah.channels.telegram.reading import read_items
from ramah.channels.telegram.sending import LONGEST_TEXT, fetch, send
from ramah.conversations.commands.outlets import Outlet
from ramah.customers.models import ContactPoint
from ramah.kernel.providers.contract import Setting

SETTINGS = (
    Setting("bot_token", _("Token of the bot"), _("BotFather shows it when the bot is made."), is_secret=True),
    Setting(
        "webhook_secret",
        _("Secret"),
        _("A word of your own, of letters, digits, - and _. Telegram shows it with all that it posts to us."),
        is_secret=True,
    ),
    Setting("api_url", _("Address of the API"), _("Empty: https://api.telegram.org"), is_required=False),
)
STEPS = (
    _("Write to @BotFather on Telegram, make a bot with /newbot, and copy its token into the field below."),
    _("Make up a secret, type it below, and save."),
    _("Test the connection: Telegram is told the webhook address by that. Nothing has to be copied there."),
)

register_kind(
    Kind(
        channel="telegram",
        name=_("Telegram"),
        outlet=Outlet(
            "telegram", ContactPoint.Kind.TELEGRAM, longest=LONGEST_TEXT, has_answers=True, announce=announce
        ),
        read=read_items,
        read_hook=read_hook,
        send=send,
        fetch=fetch,
        greet=answer_hook,
        check=check,
        settings=SETTINGS,
        steps=STEPS,
        connect=connect,
        icon="send",
    )
)
