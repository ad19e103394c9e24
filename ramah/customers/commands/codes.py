"""One-time codes: six digits sent to an address prove that whoever types them in reads it.

1. A code is for one purpose, one address and one subject, and it dies after fifteen minutes, five tries, its use, or the next
   code for the same.
2. What is stored is a keyed hash, so neither the table nor a copy of it gives a code away. Nothing here is logged.
3. Every try is counted before it is compared, and using a code is a conditional update: of any number of requests at the same
   moment five are heard and one succeeds.
"""

import secrets
import zlib
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from ramah.customers.models import OneTimeCode

DIGITS = 6
VALID = timedelta(minutes=15)
MOST_TRIES = 5
MOST_PER_HOUR = 5
_HOUR = timedelta(hours=1)
_SALT = "ramah.customers.code"
_LOCK = zlib.crc32(_SALT.encode()) & 0x7FFFFFFF  # names our kind of advisory lock
_AT_ONCE = 500


class TooManyCodes(Exception):
    """Five codes went to this address within the past hour; another may be asked for at `again_at`."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(again_at.isoformat())
        self.again_at = again_at


def send_code(*, purpose: str, address: str, subject: str = "", at: datetime) -> str:
    """Make a new code for `address` and return its six digits, for the caller to send there and nowhere else.

    An earlier code for the same purpose, address and subject is void from now on. Raises `TooManyCodes`.
    """
    address = _written(address)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    with transaction.atomic():
        _one_at_a_time(address)
        # Reads the index on `expires_at`; a code is made `VALID` before that.
        recent = OneTimeCode.objects.filter(address=address, expires_at__gt=at + VALID - _HOUR).order_by("expires_at")
        moments = list(recent.values_list("expires_at", flat=True))
        if len(moments) >= MOST_PER_HOUR:
            raise TooManyCodes(moments[-MOST_PER_HOUR] - VALID + _HOUR)
        row = OneTimeCode(purpose=purpose, address=address, subject=subject, expires_at=at + VALID, created_at=at)
        row.code_hash = _hash(row, code)
        row.save()
    return code


def redeem_code(*, purpose: str, address: str, subject: str = "", code: str, at: datetime) -> bool:
    """Whether `code` is the newest one sent for this, alive and unused; then it is used up. Each wrong try counts.

    Call it outside of a transaction that may be rolled back: the count of tries would be, too.
    """
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return False
    newest = (
        OneTimeCode.objects.filter(purpose=purpose, address=_written(address), subject=subject, expires_at__gt=at)
        .order_by("-id")
        .first()
    )
    if newest is None:
        return False
    alive = OneTimeCode.objects.filter(pk=newest.pk, used_at=None)
    if not alive.filter(attempts__lt=MOST_TRIES).update(attempts=F("attempts") + 1):
        return False
    if not constant_time_compare(newest.code_hash, _hash(newest, digits)):
        return False
    return bool(alive.update(used_at=at))


def withdraw_code(*, purpose: str, address: str, subject: str = "") -> None:
    """The newest code for this could not be sent: it is void, and does not count among those of the hour."""
    rows = OneTimeCode.objects.filter(purpose=purpose, address=_written(address), subject=subject)
    OneTimeCode.objects.filter(pk=rows.order_by("-id").values("pk")[:1]).delete()


def sweep_codes(*, at: datetime) -> int:
    """Forget codes that count for nothing any more, with the addresses on them. Returns how many."""
    old = OneTimeCode.objects.filter(expires_at__lt=at - _HOUR).order_by("expires_at")
    keys = list(old.values_list("pk", flat=True)[:_AT_ONCE])
    return OneTimeCode.objects.filter(pk__in=keys).delete()[0] if keys else 0


def _written(address: str) -> str:
    return address.strip().lower()


def _hash(row: OneTimeCode, digits: str) -> str:
    # The public id stands in it, so that the same digits look different in each row.
    told = "|".join((row.public_id, row.purpose, row.address, row.subject, digits))
    return salted_hmac(_SALT, told, algorithm="sha256").hexdigest()


def _one_at_a_time(address: str) -> None:
    # SQLite lets one transaction write at a time anyway; without the lock PostgreSQL would let ten requests count four each.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, zlib.crc32(address.encode()) & 0x7FFFFFFF])
