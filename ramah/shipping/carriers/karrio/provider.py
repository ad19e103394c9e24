"""karrio: registered when the app starts, whether it is installed or not; what is asked says so then."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from ramah.kernel.providers.contract import Setting
from ramah.shipping.carriers import sending
from ramah.shipping.carriers.contract import Account, CarrierProvider, register_provider
from ramah.shipping.carriers.facts import Told
from ramah.shipping.carriers.karrio import gateway, tracking


def parse(raw: bytes, account: Account) -> Sequence[Told]:
    """What a stored answer tells. Raises `Unreadable`."""
    return tracking.parse(raw)


register_provider(
    CarrierProvider(
        key="karrio",
        name=_("Another carrier, through karrio"),
        parse=parse,
        track=gateway.track,
        most_numbers=1,
        rate=gateway.rate,
        label=gateway.label,
        cancel=gateway.cancel,
        check=gateway.check,
        settings=(
            Setting("carrier_name", _("Carrier in karrio"), _("Its key there: dhl_express, canadapost.")),
            Setting(
                "connection",
                _("Connection, JSON"),
                _('As karrio’s documentation of the carrier says: {"api_key": "..."}'),
                is_secret=True,
            ),
            *sending.SETTINGS,
        ),
        steps=(
            _(
                "Install karrio beside Ramah, and its package for the carrier: pip install ramah[karrio] karrio_dhl_express."
            ),
            _("It is software under the LGPL-3.0 and makes its own connections."),
            _("Type the carrier’s key there and its connection below, save, and test the connection."),
        ),
    )
)
