"""What the settings of all channels of Meta share: its app, by which it is known who posts to us."""

from typing import cast

from django.utils.functional import Promise as LazyString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ramah.channels.models import ChannelAccount
from ramah.kernel.providers.contract import Check, Setting

APP_SETTINGS = (
    Setting(
        "app_secret", _("App secret"), _("From App settings > Basic; it signs what Meta posts to us."), is_secret=True
    ),
    Setting(
        "verify_token",
        _("Verify token"),
        _("A word of your own; type the same one where Meta asks for it beside the callback URL."),
        is_secret=True,
    ),
)
API_SETTING = Setting(
    "api_url", _("Address of the API"), _("Empty: https://graph.facebook.com/v24.0"), is_required=False
)
_APP = _("At developers.facebook.com make an app of the type Business, and add the product {product} to it.")
APP_STEPS = (
    _("Under App settings > Basic, copy the app secret into the field below."),
    _(
        "Make up a verify token, type it below, and save: Meta asks for it in the next step, and we have to know it by then."
    ),
)
TEST_STEP = _("Test the connection below. It says what is still missing.")


def first_step(product: str) -> LazyString:
    """Making the app at Meta; `format_lazy` gives a string that is as lazy as its words."""
    return cast(LazyString, format_lazy(_APP, product=product))


def check_app(account: ChannelAccount) -> list[Check]:
    """Whether the secrets of the app are there: without them nothing that Meta posts is taken."""
    missing = _("It is missing.")
    return [Check(one.label, "" if account.secret(one.name) else str(missing)) for one in APP_SETTINGS]
