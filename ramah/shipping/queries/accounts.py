"""Accounts with carriers, as those who hear of them need them."""

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from ramah.kernel.ids import new_public_id
from ramah.shipping.carriers.contract import Account
from ramah.shipping.models import CarrierAccount

_STAMP, _KEPT_SECONDS = "shipping.accounts", 60
# Accounts that this process has read, each with the stamp of that moment: credentials never leave it for a shared cache.
_accounts: dict[str, tuple[str, CarrierAccount]] = {}


def account_at(key: str) -> CarrierAccount | None:
    """The account with this key, also a paused one. No door: for what a carrier posts.

    Kept by this process for a minute at most, for carriers post many times a second; `forget_accounts()` where one has changed.
    """
    stamp = str(cache.get_or_set(_STAMP, new_public_id, _KEPT_SECONDS))
    read_at, account = _accounts.get(key, ("", None))
    if read_at != stamp or account is None:
        account = CarrierAccount.objects.select_related("carrier").filter(key=key).first()
        if account is not None:
            _accounts[key] = stamp, account
    return account


def forget_accounts() -> None:
    """Have accounts read anew by all processes, once the transaction that changed one stands."""
    transaction.on_commit(lambda: cache.delete(_STAMP))


def account_told(row: CarrierAccount) -> Account:
    """What the account's provider may know of it."""
    zone = row.setting("time_zone") or (row.carrier.time_zone if row.carrier else "")
    return Account(
        key=row.key,
        credentials={name: str(value) for name, value in (row.credentials or {}).items()},
        settings={name: str(value) for name, value in row.settings.items()},
        carrier=row.carrier.key if row.carrier else "",
        zone=str(zone or settings.SHOP_TIME_ZONE),
    )
