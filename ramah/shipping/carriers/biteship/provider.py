"""Biteship, an aggregator: registered when the app starts."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ramah.kernel.providers.contract import Posted, Setting
from ramah.shipping.carriers import sending
from ramah.shipping.carriers.biteship import api, webhook
from ramah.shipping.carriers.contract import Account, CarrierProvider, register_provider
from ramah.shipping.carriers.facts import Told


def read_hook(posted: Posted, account: Account, at: datetime) -> Sequence[bytes]:
    """The body, if it came with our secret. Raises `NotSigned`.

    When the address is saved there, Biteship posts nothing at all to it, and wants a 200.
    """
    if not posted.body.strip():
        return []
    header, secret = account.settings.get("hook_header", ""), account.credentials.get("hook_secret", "")
    webhook.check_secret(posted.headers, header=header, secret=secret)
    return [posted.body]


def parse(raw: bytes, account: Account) -> Sequence[Told]:
    """What a stored body tells. Raises `Unreadable`."""
    return webhook.parse(raw)


register_provider(
    CarrierProvider(
        key="biteship",
        name="Biteship",
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
                "hook_header",
                _("Name of the header"),
                _("As “signature key” at Biteship: x-ramah-key, for one."),
                is_required=False,
            ),
            Setting(
                "hook_secret",
                _("Secret of the webhook"),
                _("As “signature secret” at Biteship: a long word of your own."),
                is_secret=True,
                is_required=False,
            ),
            Setting("couriers", _("Couriers"), _("Empty: jne,sicepat,jnt,anteraja,tiki,ninja"), is_required=False),
            *sending.SETTINGS,
            Setting("api_url", _("Address of the API"), _("Empty: https://api.biteship.com"), is_required=False),
        ),
        steps=(
            _("In Biteship’s dashboard, integrations, make a key of the API and copy it into the field below."),
            _("Make up a name and a long secret for the header, type both below, and save."),
            _("Add the webhook address below there, for order.status, with the same name and secret."),
            _("Test the connection."),
        ),
    )
)
