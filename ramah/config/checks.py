"""What `ramah doctor` looks at beyond readiness: Redis, mail, storage, clock, secrets, settings.

Owns: one function per concern, each returning findings. Never: changes anything beyond a file that it removes again.
"""

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.checks import ERROR, run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.models import Model

from ramah.channels.email.models import Mailbox
from ramah.channels.email.transports import SmtpTransport, plain_reason, transport_of_url
from ramah.channels.models import ChannelAccount
from ramah.config.delivery_checks import check_carriers, check_forecast, check_notices
from ramah.config.health import Finding, readiness
from ramah.kernel import clock
from ramah.kernel.encryption import EncryptedJSONField, SecretUnreadable

LEAST_FREE_BYTES = 1024**3
MOST_DRIFT = timedelta(seconds=5)
OLDEST = {"sqlite": (3, 37), "postgresql": (14,)}


def check_database_settings(at: datetime) -> list[Finding]:
    """Version and way of working of the database."""
    version: tuple[int, ...] = connection.get_database_version()
    says = f"{connection.display_name} {'.'.join(map(str, version))}"
    if version < OLDEST[connection.vendor]:
        return [Finding("database version", "fail", f"{says} is too old", "Install a newer one.")]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchone()[0]
        if mode != "wal":
            mend = "Keep RAMAH_HOME on a local disk: network file systems cannot hold a WAL."
            return [Finding("database version", "fail", f"{says}, journal mode {mode}", mend)]
        says += ", WAL"
    return [Finding("database version", "ok", says)]


def check_redis(at: datetime) -> list[Finding]:
    """The way between processes."""
    if not settings.ENV.redis_url:
        if settings.ENV.clustered:
            return [
                Finding("redis", "warn", "none: only `ramah run` may use this database", "Set REDIS_URL for a cluster.")
            ]
        return [Finding("redis", "ok", "not needed in one process")]
    try:
        cache.set("doctor", 1, 5)
    except Exception as error:
        says = f"does not answer ({type(error).__name__}): pages do not update by themselves, nobody can log in"
        return [Finding("redis", "fail", says, "Start Redis, or correct REDIS_URL.")]
    return [Finding("redis", "ok", "answers")]


def check_mail_out(at: datetime) -> list[Finding]:
    """The server that mail leaves through."""
    transport = transport_of_url(settings.EMAIL_URL)
    if not isinstance(transport, SmtpTransport):
        return [
            Finding(
                "mail out", "warn", "mails are written to files and reach nobody", "Set EMAIL_URL to smtp+tls://..."
            )
        ]
    try:
        transport.check()
    except Exception as error:
        return [Finding("mail out", "fail", plain_reason(error), "Correct EMAIL_URL, or mend the mail server.")]
    return [Finding("mail out", "ok", "the server takes our log-in")]


def check_mail_in(at: datetime) -> list[Finding]:
    """The mailboxes that are fetched."""
    fetched = Mailbox.objects.filter(is_active=True)
    failing = fetched.filter(state=Mailbox.State.FAILING).values_list("inbox__key", "last_error")
    if not failing:
        return [Finding("mail in", "ok", f"{fetched.count()} mailboxes are fetched, none fails")]
    mend = "Correct the mailbox in the desk's settings, inboxes."
    return [Finding("mail in", "fail", f"inbox {key}: {error}", mend) for key, error in failing]


def check_accounts(at: datetime) -> list[Finding]:
    """Accounts at providers of other channels than e-mail."""
    accounts = ChannelAccount.objects.filter(inbox__is_active=True).select_related("inbox").order_by("inbox__key")
    found = []
    for account in accounts:
        if account.is_paused:
            mend = "Let it go on in the desk's settings, inboxes."
            found.append(Finding("channels", "warn", f"inbox {account.inbox.key}: paused, nothing goes out", mend))
        elif account.state == ChannelAccount.State.FAILING:
            mend = "Correct the account in the desk's settings, inboxes, and test it there."
            since = f" ({account.last_error_at:%F %T}Z)" if account.last_error_at else ""
            says = f"inbox {account.inbox.key}: {account.last_error}{since}"
            found.append(Finding("channels", "fail", says, mend))
    return found or [Finding("channels", "ok", f"{len(accounts)} accounts at providers, none fails")]


def check_storage(at: datetime) -> list[Finding]:
    """Where attachments go, and the room for data."""
    found = []
    try:
        name = default_storage.save("doctor.txt", ContentFile(b"written by ramah doctor"))
        default_storage.delete(name)
        found.append(Finding("storage", "ok", "attachments can be written"))
    except Exception as error:
        mend = "Let the user of Ramah write to RAMAH_HOME/files, or correct RAMAH_S3_*."
        found.append(Finding("storage", "fail", f"attachments cannot be written ({type(error).__name__})", mend))
    try:
        with tempfile.TemporaryFile(dir=settings.HOME):
            free = shutil.disk_usage(settings.HOME).free
    except OSError as error:
        return [
            *found,
            Finding("space", "fail", f"RAMAH_HOME cannot be written ({error.strerror})", "Correct its owner."),
        ]
    level = "ok" if free >= LEAST_FREE_BYTES else "warn"
    return [*found, Finding("space", level, f"{free / 1024**3:.1f} GiB free under RAMAH_HOME", "Make room.")]


def check_clock(at: datetime) -> list[Finding]:
    """This machine's clock against the database's: promises and leases stand on it."""
    if connection.vendor == "sqlite":
        return [Finding("clock", "ok", "the database goes by this machine's clock")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        drift = abs(cursor.fetchone()[0] - clock.now())
    says = f"{drift.total_seconds():.1f} s away from the database's"
    if drift > MOST_DRIFT:
        return [Finding("clock", "fail", says, "Turn time synchronization on, here or there.")]
    return [Finding("clock", "ok", says)]


def check_secrets(at: datetime) -> list[Finding]:
    """Whether every stored secret can be read with the keys at hand."""
    unreadable = total = 0
    for model, names in secret_fields().items():
        for key in model._default_manager.values_list("pk", flat=True):
            total += 1
            try:
                model._default_manager.only(*names).get(pk=key)
            except SecretUnreadable:
                unreadable += 1
    if unreadable:
        mend = "Put the former RAMAH_SECRET_KEY into RAMAH_OLD_SECRET_KEYS, then run: ramah rotate-secrets"
        return [Finding("secrets", "fail", f"{unreadable} of {total} rows cannot be read", mend)]
    return [Finding("secrets", "ok", f"{total} rows can be read")]


def check_settings(at: datetime) -> list[Finding]:
    """What Django's own deployment checks say; warnings only where the shop is meant to be public."""
    if settings.DEBUG:
        return [
            Finding(
                "settings", "fail", "RAMAH_DEBUG is on: errors show their insides to everyone", "Unset RAMAH_DEBUG."
            )
        ]
    for error in run_checks(include_deployment_checks=True):
        if error.level >= ERROR:
            return [Finding("settings", "fail", str(error.msg), "Run: ramah django check --deploy")]
    if settings.BASE_URL.startswith("http://") and "127.0.0.1" not in settings.BASE_URL:
        mend = "Put a TLS proxy in front and set RAMAH_BASE_URL to https://..."
        return [Finding("settings", "warn", "customers and agents come in without encryption", mend)]
    return [Finding("settings", "ok", "as they should be")]


def secret_fields() -> dict[type[Model], list[str]]:
    """Every model with encrypted fields, and their names."""
    named = {model: _secrets(model) for model in apps.get_models()}
    return {model: names for model, names in named.items() if names}


def _secrets(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedJSONField)]


CHECKS: list[Callable[[datetime], list[Finding]]] = [
    check_database_settings,
    check_redis,
    check_mail_out,
    check_mail_in,
    check_accounts,
    check_carriers,
    check_forecast,
    check_notices,
    check_storage,
    check_clock,
    check_secrets,
    check_settings,
]


def examine(*, at: datetime) -> list[Finding]:
    """All findings. A check that itself fails is a finding; without a database the rest is not asked."""
    found = readiness(at=at)
    if any(finding.level == "fail" and finding.check in {"database", "migrations"} for finding in found):
        return found
    if not settings.ENV.redis_url:  # only the serving process itself knows its worker then: see its /readyz
        found = [finding for finding in found if finding.check != "worker"]
    for check in CHECKS:
        try:
            found += check(at)
        except DatabaseError as error:
            found.append(
                Finding(check.__name__.removeprefix("check_"), "fail", f"cannot be checked ({type(error).__name__})")
            )
    return found
