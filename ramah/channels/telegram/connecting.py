"""Telling Telegram where to post, and finding out whether all is well. Nothing is to be typed in at Telegram but at BotFather."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ramah.channels.models import ChannelAccount
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.channels.queries import forget_inboxes
from ramah.channels.telegram.api import Api, api_of
from ramah.channels.telegram.updates import KINDS, number_in
from ramah.kernel import audit, clock
from ramah.kernel.actors import Actor, require
from ramah.kernel.providers.contract import Check, Refused, SendingError
from ramah.kernel.providers.json import Object, text_in

LATELY = timedelta(minutes=15)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot as Telegram knows it: its name for people, and the one in links, without `@`."""

    name: str
    username: str


def hook_url(account: ChannelAccount) -> str:
    """Where Telegram posts for this account."""
    return f"{settings.BASE_URL.rstrip('/')}/hooks/telegram/{account.inbox.key}"


def connect(*, actor: Actor, account: ChannelAccount, url: str = "", at: datetime) -> Bot:
    """Let Telegram post here (to `url`, else `hook_url`), wherever it has posted before; what waits there is posted then.

    Must not run inside a transaction. Raises `SendingError`s, `PermissionDenied`.
    """
    require(actor, MANAGE_INBOXES)
    api = api_of(account)
    bot = _learn_bot(api, account)
    _set_hook(api, account, url or hook_url(account))
    audit.record(actor, "telegram.connect", f"inbox:{account.inbox_id}", at=at, bot=bot.username)
    return bot


def check(account: ChannelAccount) -> list[Check]:
    """Try the account: which bot it is, and whether Telegram posts here. Where it posts nowhere yet, it is told to post here."""
    try:
        api = api_of(account)
        bot = _learn_bot(api, account)
    except SendingError as error:
        return [Check(_("Bot"), str(error))]
    named = _("Bot: %(name)s (@%(username)s)") % {"name": bot.name, "username": bot.username}
    try:
        return [Check(named), _check_hook(api, account)]
    except SendingError as error:
        return [Check(named), Check(_("Webhook"), str(error))]


def _learn_bot(api: Api, account: ChannelAccount) -> Bot:
    told = api.ask("getMe")
    bot = Bot(text_in(told, "first_name", most=100), text_in(told, "username", most=64))
    if not bot.username:
        raise Refused(_("Telegram does not say which bot it is."), of_account=True)
    known = {"bot_name": bot.name, "bot_username": bot.username}
    if any(account.settings.get(name) != value for name, value in known.items()):
        with transaction.atomic():
            row = ChannelAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
            row.settings = {**row.settings, **known}
            row.save(update_fields=["settings"])
            forget_inboxes()
        account.settings = row.settings
    return bot


def _check_hook(api: Api, account: ChannelAccount) -> Check:
    """Whether what the bot hears comes here. An address of somebody else is only taken over by `connect`."""
    told = api.ask("getWebhookInfo")
    url = text_in(told, "url", most=2000)
    if url and url != hook_url(account):
        words = _("Telegram posts to another address: %(url)s") % {"url": url.partition("?")[0][:200]}
        return Check(_("Webhook"), words, is_elsewhere=True)
    return Check(_("Webhook"), _hook_trouble(api, account, told, url))


def _hook_trouble(api: Api, account: ChannelAccount, told: Object, url: str) -> str:
    """What is wrong with the way in; empty where nothing is."""
    ours = hook_url(account)
    if not url:
        _set_hook(api, account, ours)
        return ""
    if not account.secret("webhook_secret"):
        return _("The secret is missing, so that nothing of what Telegram posts is taken.")
    if _is_recent(told):
        reason = text_in(told, "last_error_message", most=300)
        return _("Telegram could not post here: %(reason)s") % {"reason": reason}
    allowed = told.get("allowed_updates")
    if isinstance(allowed, list) and allowed and not set(KINDS) <= {str(one) for one in allowed}:
        _set_hook(api, account, ours)
    return ""


def _is_recent(told: Object) -> bool:
    failed = int(number_in(told, "last_error_date") or 0)
    return failed > (clock.now().astimezone(UTC) - LATELY).timestamp()


def _set_hook(api: Api, account: ChannelAccount, url: str) -> None:
    secret = account.secret("webhook_secret")
    if not secret:
        raise Refused(_("The secret is missing, so that nothing of what Telegram posts is taken."), of_account=True)
    if not _SECRET.fullmatch(secret):
        raise Refused(_("The secret may hold letters, digits, - and _ only."), of_account=True)
    if not url.startswith("https://") and not account.settings.get("api_url"):
        raise Refused(_("Telegram posts to https addresses only. RAMAH_BASE_URL has to be one."), of_account=True)
    api.ask("setWebhook", url=url, secret_token=secret, allowed_updates=list(KINDS), max_connections=20)
