"""Messenger and Instagram, reached over Meta's Graph API: registered when the app starts."""

from collections.abc import Callable
from urllib.parse import quote

from django.utils.functional import Promise as LazyString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ramah.channels.kinds import Kind, register_kind
from ramah.channels.messenger.api import Api, api_of
from ramah.channels.messenger.payloads import read_hook
from ramah.channels.messenger.platforms import PLATFORMS, Platform
from ramah.channels.messenger.reading import read_items
from ramah.channels.messenger.sending import fetch, send
from ramah.channels.messenger.window import announce, check_window
from ramah.channels.meta import greet
from ramah.channels.meta_settings import API_SETTING, APP_SETTINGS, APP_STEPS, TEST_STEP, check_app, first_step
from ramah.channels.models import ChannelAccount
from ramah.conversations.commands.outlets import Outlet
from ramah.kernel.providers.contract import Check, Setting, tried
from ramah.kernel.providers.json import objects_in, text_in

_PAGE = Setting("page_id", _("Page ID"), _("Of the Facebook page; it stands in the page’s About section."))
_INSTAGRAM = Setting(
    "instagram_id",
    _("Instagram account ID"),
    _("Of the professional account that is linked to the page, as Meta’s Business Suite shows it."),
)
_SHARED = (
    Setting(
        "access_token",
        _("Access token of the page"),
        _("Of a system user, with the permission to read and send messages of the page."),
        is_secret=True,
    ),
    *APP_SETTINGS,
    Setting(
        "human_agent",
        _("People answer for 7 days"),
        _("Type yes if Meta has given your app the permission Human Agent; else answers go for 24 hours."),
        is_required=False,
    ),
    API_SETTING,
)
SETTINGS = {"messenger": (_PAGE, *_SHARED), "instagram": (_INSTAGRAM, _PAGE, *_SHARED)}
_TOKEN = _(
    "In the business settings make a system user, give it the app and the page, and make a token for it with {permissions} "
    "that does not expire."
)
_HOOK = _(
    "In the app’s settings of {product}, under webhooks, enter the webhook address and the verify token; add the page, and "
    "subscribe to the fields {fields}."
)
_OWN_STEPS = {
    "messenger": _("Copy the page ID from the page’s About section."),
    "instagram": _(
        "Turn the Instagram account into a professional one, link it to the Facebook page, and allow access to messages in "
        "its settings. Copy its ID and that of the page from Meta’s Business Suite."
    ),
}
_PERMISSIONS = {
    "messenger": "pages_messaging, pages_manage_metadata, pages_read_engagement",
    "instagram": "instagram_basic, instagram_manage_messages, pages_manage_metadata",
}
_INSTAGRAM_FIELDS = "messages, messaging_postbacks, messaging_seen, message_reactions, message_edit"


def _steps(platform: Platform) -> tuple[str | LazyString, ...]:
    channel, fields = platform.channel, ", ".join(sorted(platform.hook_fields)) or _INSTAGRAM_FIELDS
    return (
        first_step(platform.name),
        _OWN_STEPS[channel],
        format_lazy(_TOKEN, permissions=_PERMISSIONS[channel]),
        *APP_STEPS,
        format_lazy(_HOOK, product=platform.name, fields=fields),
        TEST_STEP,
    )


def check(account: ChannelAccount) -> list[Check]:
    """Try the account: does the token open the page (and is the Instagram account its own), does Meta post what is needed."""
    parts: dict[LazyString, Callable[[Api, ChannelAccount], str]] = {_("Page"): _check_page}
    if "instagram_id" in PLATFORMS[account.inbox.channel].owner_ids:
        parts[_("Instagram account")] = _check_instagram
    parts[_("Webhook")] = _check_hook
    return [*(_asked(account, part, ask) for part, ask in parts.items()), *check_app(account)]


def _asked(account: ChannelAccount, part: LazyString, ask: Callable[[Api, ChannelAccount], str]) -> Check:
    return tried(part, lambda: ask(api_of(account), account))


def _check_page(api: Api, account: ChannelAccount) -> str:
    found = text_in(api.get("me?fields=id,name"), "id", most=60)
    if found == api.page_id:
        return ""
    return str(_("The access token is for the page %(id)s.") % {"id": found or "?"})


def _check_instagram(api: Api, account: ChannelAccount) -> str:
    found = api.get(f"{quote(api.page_id or 'me', safe='')}?fields=instagram_business_account")
    linked = text_in(found, "instagram_business_account", "id", most=60)
    if linked and linked == str(account.settings.get("instagram_id") or ""):
        return ""
    return str(_("The Instagram account of the page is %(id)s.") % {"id": linked or "?"})


def _check_hook(api: Api, account: ChannelAccount) -> str:
    apps = objects_in(api.get(f"{quote(api.page_id or 'me', safe='')}/subscribed_apps"), "data")
    if not apps:
        return str(_("No app is subscribed to the page."))
    subscribed = {str(one) for app in apps for one in _fields(app)}
    missing = sorted(api.platform.hook_fields - subscribed)
    return str(_("Meta does not post these: %(fields)s.") % {"fields": ", ".join(missing)}) if missing else ""


def _fields(app: dict[str, object]) -> list[object]:
    found = app.get("subscribed_fields")
    return found if isinstance(found, list) else []


def _register(platform: Platform) -> None:
    register_kind(
        Kind(
            channel=platform.channel,
            name=platform.name,
            outlet=Outlet(
                platform.channel,
                platform.channel,
                longest=platform.longest,
                has_answers=True,
                check=check_window,
                announce=announce,
            ),
            read=read_items,
            read_hook=read_hook,
            send=send,
            fetch=fetch,
            greet=greet,
            check=check,
            settings=SETTINGS[platform.channel],
            steps=_steps(platform),
            icon="chat",
        )
    )


for _platform in PLATFORMS.values():
    _register(_platform)
