"""Our own JSON as a provider: registered when the app starts."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ramah.kernel.providers.contract import Posted, Setting
from ramah.shipping.carriers.contract import Account, CarrierProvider, register_provider
from ramah.shipping.carriers.facts import Told
from ramah.shipping.carriers.generic import webhook


def read_hook(posted: Posted, account: Account, at: datetime) -> Sequence[bytes]:
    """The body, if it is signed and all of it can be read: whoever posts is told at once what is wrong with it."""
    webhook.check_signature(posted.headers, posted.body, account.credentials.get("secret", ""), at)
    webhook.parse(posted.body)
    return [posted.body]


def parse(raw: bytes, account: Account) -> Sequence[Told]:
    """What a stored body tells. Raises `Unreadable`."""
    return webhook.parse(raw)


register_provider(
    CarrierProvider(
        key="generic",
        name=_("Own webhook (JSON)"),
        parse=parse,
        read_hook=read_hook,
        settings=(
            Setting(
                "secret",
                _("Secret of the signature"),
                _("A long word of your own; whoever posts signs with it."),
                is_secret=True,
            ),
            Setting(
                "time_zone",
                _("Time zone"),
                _("Of times that are told without one: Asia/Jakarta. Empty: the carrier’s, else the shop’s."),
                is_required=False,
            ),
        ),
        steps=(
            _("Make up a long secret, type it below, and save."),
            _("Give the webhook address below and the secret to whoever posts."),
            _("What they post, and how they sign it, stands in the guide “carrier-webhook”."),
        ),
    )
)
