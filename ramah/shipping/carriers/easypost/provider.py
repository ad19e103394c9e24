"""EasyPost, an aggregator: registered when the app starts."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ramah.kernel.providers.contract import Posted, Setting
from ramah.shipping.carriers import sending
from ramah.shipping.carriers.contract import Account, CarrierProvider, register_provider
from ramah.shipping.carriers.easypost import api, webhook
from ramah.shipping.carriers.facts import Told


def read_hook(posted: Posted, account: Account, at: datetime) -> Sequence[bytes]:
    """The body, if EasyPost signed it. Raises `NotSigned`."""
    webhook.check_signature(posted.headers, posted.body, account.credentials.get("webhook_secret", ""))
    return [posted.body]


def parse(raw: bytes, account: Account) -> Sequence[Told]:
    """What a stored body tells. Raises `Unreadable`."""
    return webhook.parse(raw, takes_tests=bool(account.settings.get("is_test")))


register_provider(
    CarrierProvider(
        key="easypost",
        name="EasyPost",
        parse=parse,
        read_hook=read_hook,
        track=api.track,
        most_numbers=1,
        rate=api.rate,
        label=api.label,
        cancel=api.cancel,
        check=api.check,
        is_aggregator=True,
        settings=(
            Setting("api_key", _("Key of the API"), is_secret=True),
            Setting(
                "webhook_secret",
                _("Secret of the webhook"),
                _("A long word of your own; the same as at the provider."),
                is_secret=True,
            ),
            Setting("is_test", _("Take events of test mode"), is_required=False),
            *sending.SETTINGS,
            Setting("api_url", _("Address of the API"), _("Empty: https://api.easypost.com/v2"), is_required=False),
        ),
        steps=(
            _("In EasyPost’s dashboard, copy the production key of the API into the field below."),
            _("Make up a long secret, type it below, and save."),
            _("Add the webhook address below at EasyPost, with the same secret."),
            _("Test the connection."),
        ),
    )
)
