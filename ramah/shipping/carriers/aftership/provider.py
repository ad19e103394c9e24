"""AfterShip, an aggregator that tells of parcels and sells no labels here: registered when the app starts."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ramah.kernel.providers.contract import Posted, Setting
from ramah.shipping.carriers.aftership import api, webhook
from ramah.shipping.carriers.contract import Account, CarrierProvider, register_provider
from ramah.shipping.carriers.facts import Told


def read_hook(posted: Posted, account: Account, at: datetime) -> Sequence[bytes]:
    """The body, if AfterShip signed it. Raises `NotSigned`."""
    webhook.check_signature(posted.headers, posted.body, account.credentials.get("webhook_secret", ""))
    return [posted.body]


def parse(raw: bytes, account: Account) -> Sequence[Told]:
    """What a stored body tells. Raises `Unreadable`."""
    return webhook.parse(raw)


register_provider(
    CarrierProvider(
        key="aftership",
        name="AfterShip",
        parse=parse,
        read_hook=read_hook,
        track=api.track,
        most_numbers=api.AT_ONCE,
        check=api.check,
        is_aggregator=True,
        settings=(
            Setting("api_key", _("Key of the API"), is_secret=True),
            Setting(
                "webhook_secret",
                _("Secret of the webhook"),
                _("AfterShip shows it in its settings, webhooks."),
                is_secret=True,
            ),
            Setting(
                "api_url",
                _("Address of the API"),
                _("Empty: https://api.aftership.com/tracking/2026-07"),
                is_required=False,
            ),
        ),
        steps=(
            _("In AfterShip’s settings, API keys, make a key and copy it into the field below."),
            _("Add the webhook address below in its settings, webhooks, and copy the secret that is shown there."),
            _("Save, and test the connection."),
        ),
    )
)
