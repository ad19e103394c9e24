"""Carriers and accounts with them: setting them up, pausing them, noting how they do."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.shipping.models import Carrier, CarrierAccount, CarrierService
from ramah.shipping.permissions import MANAGE_CARRIERS
from ramah.shipping.queries.accounts import forget_accounts

LONGEST_ERROR = 2000
FAILING_AFTER = 5  # errors in a row
# To within so long it is known when something last went out: a busy account is not written for each thing asked.
EXACTNESS = timedelta(seconds=10)


@transaction.atomic
def save_carrier(
    *,
    actor: Actor,
    carrier: Carrier | None,
    told: Mapping[str, Any],
    services: Sequence[Mapping[str, Any]],
    at: datetime,
) -> Carrier:
    """Set up a carrier (None: a new one) with all its services, by their keys; those that are not named go.

    Raises `PermissionDenied`.
    """
    require(actor, MANAGE_CARRIERS)
    row = Carrier.objects.select_for_update().get(pk=carrier.pk) if carrier else Carrier(created_at=at)
    changed = [name for name, value in told.items() if getattr(row, name) != value]
    for name, value in told.items():
        setattr(row, name, value)
    row.save()
    row.services.update(delivery_option=None)  # an option belongs to one service: all let go before any takes one
    kept = [_save_service(row, one).pk for one in services]
    row.services.exclude(pk__in=kept).delete()
    audit.record(actor, "carrier.save", f"carrier:{row.pk}", at=at, changed=sorted(changed), services=len(kept))
    forget_accounts()
    return row


def _save_service(carrier: Carrier, told: Mapping[str, Any]) -> CarrierService:
    fields = {name: value for name, value in told.items() if name != "key"}
    return CarrierService.objects.update_or_create(carrier=carrier, key=told["key"], defaults=fields)[0]


@transaction.atomic
def save_carrier_account(
    *,
    actor: Actor,
    account: CarrierAccount | None,
    provider: str,
    told: Mapping[str, Any],
    credentials: Mapping[str, str],
    settings: Mapping[str, str],
    at: datetime,
) -> CarrierAccount:
    """Set up an account (None: a new one). An empty credential leaves the stored one as it is. Raises `PermissionDenied`."""
    require(actor, MANAGE_CARRIERS)
    rows = CarrierAccount.objects.select_for_update()
    row = rows.get(pk=account.pk) if account else CarrierAccount(provider=provider, created_at=at)
    given = {name: value for name, value in credentials.items() if value}
    news = [name for name, value in settings.items() if row.settings.get(name, "") != value]
    changed = [name for name, value in told.items() if getattr(row, name) != value]
    for name, value in told.items():
        setattr(row, name, value)
    row.credentials, row.settings = {**(row.credentials or {}), **given}, {**row.settings, **settings}
    if news or given or row.pk is None:  # what was known of how it does was of another account
        row.state, row.last_error, row.last_error_at = CarrierAccount.State.NEW, "", None
        row.attempts, row.next_attempt_at = 0, at
    row.save()
    subject = f"carrier_account:{row.pk}"
    audit.record(actor, "carrier_account.save", subject, at=at, changed=sorted([*changed, *news, *given]))
    forget_accounts()
    return row


@transaction.atomic
def pause_carrier_account(*, actor: Actor, account: CarrierAccount, paused: bool, at: datetime) -> None:
    """Ask for nothing any more, or go on. What comes in is taken in all the same. Raises `PermissionDenied`."""
    require(actor, MANAGE_CARRIERS)
    CarrierAccount.objects.filter(pk=account.pk).update(is_paused=paused)
    word = "carrier_account.pause" if paused else "carrier_account.resume"
    audit.record(actor, word, f"carrier_account:{account.pk}", at=at)
    forget_accounts()


def note_out(account: CarrierAccount, *, at: datetime) -> None:
    """The provider has answered as it should."""
    is_well = account.state == CarrierAccount.State.OK and not account.attempts
    if is_well and account.last_out_at and at - account.last_out_at <= EXACTNESS:
        return
    account.state, account.attempts, account.last_out_at = CarrierAccount.State.OK, 0, at
    _rows(account).update(state=account.state, attempts=0, last_out_at=at)


def note_failure(account: CarrierAccount, *, reason: str, at: datetime) -> None:
    """The provider has not; after five times in a row the account is failing, and the settings and the doctor say so."""
    _rows(account).update(attempts=F("attempts") + 1, last_error=reason[:LONGEST_ERROR], last_error_at=at)
    _rows(account).filter(attempts__gte=FAILING_AFTER).update(state=CarrierAccount.State.FAILING)
    account.refresh_from_db(fields=["attempts", "state", "last_error", "last_error_at"])


def note_tried(account: CarrierAccount, *, reasons: Sequence[str], at: datetime) -> None:
    """Somebody has tried the account: `reasons` say what did not work, none that all does."""
    if not reasons:
        note_out(account, at=at)
        return
    failing = CarrierAccount.State.FAILING
    _rows(account).update(state=failing, last_error="; ".join(reasons)[:LONGEST_ERROR], last_error_at=at)


def _rows(account: CarrierAccount) -> Any:
    return CarrierAccount.objects.filter(pk=account.pk)
