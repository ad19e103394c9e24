"""Shippo, an aggregator: registered when the app starts."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ramah.kernel.providers.contract import Posted, Setting
from ramah.shipping.carriers import sending
from ramah.shipping.carriers.contract import Account, CarrierProvider, register_provider
from ramah.shipping.carriers.facts import Told
from ramah.shipping.carriers.shippo import api, webhook


def read_hook(posted: Posted, account: Account, at: datetime) -> Sequence[bytes]:
    """The body, if Shippo signed it; for an account that it signs nothing for, if the address holds our word for it.

    Raises `NotSigned`.
    """
    if secret := account.credentials.get("webhook_secret", ""):
        webhook.check_signature(posted.headers, posted.body, secret, now=at)
    else:
        webhook.check_token(posted.query.get("token", ""), account.credentials.get("hook_token", ""))
    return [posted.body]


def parse(raw: bytes, account: Account) -> Sequence[Told]:
    """What a stored body tells. Raises `Unreadable`."""
    return webhook.parse(raw, takes_tests=bool(account.settings.get("is_test")))


register_provider(
    CarrierProvider(
        key="shippo",
        name="Shippo",
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
            Setting("api_token", _("Token of the API"), is_secret=True),
            Setting(
                "webhook_secret",
                _("Secret of the webhook"),
                _(
                    "Where Shippo signs for your account; it does so only when asked. Then the word below is not needed."
                ),
                is_secret=True,
                is_required=False,
            ),
            Setting(
                "hook_token",
                _("Word in the address"),
                _("A long word of your own, of letters and digits: put ?token=word behind the webhook address."),
                is_secret=True,
                is_required=False,
            ),
            Setting("is_test", _("Take events of test mode"), is_required=False),
            *sending.SETTINGS,
            Setting("api_url", _("Address of the API"), _("Empty: https://api.goshippo.com"), is_required=False),
        ),
        steps=(
            _("In Shippo’s settings, API, copy the live token into the field below."),
            _(
                "Make up a long word for the address, or ask Shippo to sign its webhooks and type the secret; then save."
            ),
            _("Add a webhook for Track Updated with the address below, and ?token= and your word behind it."),
            _("Test the connection."),
        ),
    )
)
