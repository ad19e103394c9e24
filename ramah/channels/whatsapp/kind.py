"""WhatsApp, reached over Meta's Cloud API: registered when the app starts."""

from urllib.parse import quote

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy as _

from ramah.channels.kinds import Kind, register_kind
from ramah.channels.meta import greet
from ramah.channels.meta_settings import API_SETTING, APP_SETTINGS, APP_STEPS, TEST_STEP, check_app, first_step
from ramah.channels.models import ChannelAccount
from ramah.channels.whatsapp.announcing import announce
from ramah.channels.whatsapp.api import api_of
from ramah.channels.whatsapp.payloads import read_hook
from ramah.channels.whatsapp.reading import read_items
from ramah.channels.whatsapp.sending import LONGEST_TEXT, fetch, send
from ramah.channels.whatsapp.window import check_window
from ramah.conversations.commands.outlets import Outlet
from ramah.customers.models import ContactPoint
from ramah.kernel.providers.contract import Check, Setting, tried

SETTINGS = (
    Setting(
        "phone_number_id", _("Phone number ID"), _("From the app’s page WhatsApp > API Setup; not the number itself.")
    ),
    Setting("business_account_id", _("WhatsApp Business account ID"), _("From the same page; templates belong to it.")),
    Setting(
        "access_token",
        _("Access token"),
        _("Of a system user, with whatsapp_business_messaging and whatsapp_business_management."),
        is_secret=True,
    ),
    *APP_SETTINGS,
    API_SETTING,
)
STEPS = (
    first_step("WhatsApp"),
    _("Under WhatsApp > API Setup add your number; copy its phone number ID and the WhatsApp Business account ID."),
    _(
        "In the business settings make a system user, give it the app and the account, and make a token for it with "
        "whatsapp_business_messaging and whatsapp_business_management that does not expire."
    ),
    *APP_STEPS,
    _(
        "Under WhatsApp > Configuration enter the webhook address and the verify token, and subscribe to the fields "
        "messages and message_template_status_update."
    ),
    TEST_STEP,
)


def check(account: ChannelAccount) -> list[Check]:
    """Try the account: is the number known, may templates be read, does Meta post to us, are the secrets there."""
    return [
        _asked(account, _("Phone number"), "{phone}?fields=display_phone_number,verified_name", "id"),
        _asked(account, _("Templates"), "{business}/message_templates?limit=1", ""),
        _asked(account, _("Webhook"), "{business}/subscribed_apps", "data"),
        *check_app(account),
    ]


def _asked(account: ChannelAccount, part: LazyString, path: str, expected: str) -> Check:
    def ask() -> str:
        api = api_of(account)
        found = api.get(path.format(phone=quote(api.phone_number_id), business=quote(api.business_id)))
        return str(_("WhatsApp knows of none.")) if expected and not found.get(expected) else ""

    return tried(part, ask)


register_kind(
    Kind(
        channel="whatsapp",
        name=_("WhatsApp"),
        outlet=Outlet(
            "whatsapp",
            ContactPoint.Kind.WHATSAPP,
            longest=LONGEST_TEXT,
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
        settings=SETTINGS,
        steps=STEPS,
        icon="chat",
    )
)
