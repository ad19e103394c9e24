"""The environment, read once and checked: see docs/guides/settings.md for each name."""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from environs import Env, EnvError


class WrongSetting(SystemExit):
    """A variable has a value that cannot be used. The message names it and says what is accepted."""


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """The keys of a Stripe account, all of the same mode (test or live)."""

    secret: str
    public: str
    webhook_secret: str


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment says, typed."""

    home: Path
    debug: bool
    secret_key: str
    old_secret_keys: list[str]
    base_url: str
    allowed_hosts: list[str]
    behind_proxy: bool
    database_url: str
    redis_url: str
    email_url: str
    smtp_port: int
    smtp_tls: tuple[Path, Path] | None
    port: int
    time_zone: str
    log_json: bool
    log_level: str
    metrics_token: str
    attachment_max_bytes: int
    trusted_authserv_ids: list[str]
    verify_dkim: bool
    intake_max_bytes: int
    s3_options: dict[str, Any]
    stripe: StripeKeys | None
    demo_payments: bool

    @property
    def clustered(self) -> bool:
        """Whether this is a cluster: anything but SQLite may be shared by several processes."""
        return not self.database_url.startswith("sqlite")

    @classmethod
    def read(cls) -> "Environment":
        """Read and check every variable. Raises `WrongSetting`."""
        try:
            return _read(Env())
        except EnvError as error:
            raise WrongSetting(f"ramah: {error}") from None


def _read(env: Env) -> Environment:
    home = Path(env.str("RAMAH_HOME", "var")).absolute()
    port = _number(env, "RAMAH_PORT", 8000, least=1, most=65535)
    database_url = _url(
        env, "DATABASE_URL", f"sqlite:///{home / 'ramah.sqlite3'}", ("sqlite", "postgres", "postgresql")
    )
    base_url = _url(env, "RAMAH_BASE_URL", f"http://127.0.0.1:{port}", ("http", "https")).rstrip("/")
    time_zone = env.str("RAMAH_TIME_ZONE", "Asia/Jakarta")
    if time_zone not in available_timezones():
        raise WrongSetting(f"ramah: RAMAH_TIME_ZONE is {time_zone!r}; accepted is an IANA name such as Asia/Jakarta.")
    log_level = env.str("RAMAH_LOG_LEVEL", "INFO").upper()
    if log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise WrongSetting("ramah: RAMAH_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR.")
    return Environment(
        home=home,
        debug=env.bool("RAMAH_DEBUG", False),
        secret_key=_secret_key(env, home, clustered=not database_url.startswith("sqlite")),
        old_secret_keys=env.list("RAMAH_OLD_SECRET_KEYS", []),
        base_url=base_url,
        allowed_hosts=env.list("RAMAH_ALLOWED_HOSTS", [])
        or [urlsplit(base_url).hostname or "localhost", "localhost", "127.0.0.1", "[::1]"],
        behind_proxy=env.bool("RAMAH_BEHIND_PROXY", False),
        database_url=database_url,
        redis_url=_url(env, "REDIS_URL", "", ("redis", "rediss", "unix")),
        email_url=_url(env, "EMAIL_URL", f"file://{home / 'outbox'}", ("file", "smtp", "smtps", "smtp+tls")),
        smtp_port=_number(env, "RAMAH_SMTP_PORT", 2525, least=0, most=65535),
        smtp_tls=_certificate(env),
        port=port,
        time_zone=time_zone,
        log_json=env.bool("RAMAH_LOG_JSON", False),
        log_level=log_level,
        metrics_token=env.str("RAMAH_METRICS_TOKEN", ""),
        trusted_authserv_ids=env.list("RAMAH_TRUSTED_AUTHSERV_IDS", []),
        verify_dkim=env.bool("RAMAH_VERIFY_DKIM", False),
        attachment_max_bytes=_number(env, "RAMAH_ATTACHMENT_MAX_MB", 25, least=1, most=1000) * 1024 * 1024,
        intake_max_bytes=_number(env, "RAMAH_INTAKE_MAX_MB", 50, least=1, most=1000) * 1024 * 1024,
        s3_options=_s3(env),
        stripe=_stripe(env),
        demo_payments=env.bool("RAMAH_DEMO_PAYMENTS", False),
    )


def _number(env: Env, name: str, default: int, *, least: int, most: int) -> int:
    value: int = env.int(name, default)
    if not least <= value <= most:
        raise WrongSetting(f"ramah: {name} is {value}; accepted is a number from {least} to {most}.")
    return value


def _url(env: Env, name: str, default: str, schemes: tuple[str, ...]) -> str:
    value: str = env.str(name, "") or default
    scheme, separator, _ = value.partition("://")
    if value and not (separator and scheme in schemes):
        raise WrongSetting(f"ramah: {name} must start with one of {', '.join(s + '://' for s in schemes)}")
    return value


def _secret_key(env: Env, home: Path, *, clustered: bool) -> str:
    key: str = env.str("RAMAH_SECRET_KEY", "")
    if key:
        if len(key) < 32:
            raise WrongSetting("ramah: RAMAH_SECRET_KEY is too short; give at least 32 random characters.")
        return key
    if clustered:
        raise WrongSetting(
            "ramah: RAMAH_SECRET_KEY is required with a database server, since all processes must share it;"
            " make one with: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    kept = home / "secret-key"
    if not kept.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f"secret-key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, kept)  # of two processes that start together, one wins and both read the same key
        fresh.unlink()
    return kept.read_text().strip()


def _certificate(env: Env) -> tuple[Path, Path] | None:
    """Certificate chain and key of the mail receiver, both or none."""
    named = {name: env.str(name, "") for name in ("RAMAH_SMTP_TLS_CERT", "RAMAH_SMTP_TLS_KEY")}
    if not any(named.values()):
        return None
    if not all(Path(path).is_file() for path in named.values()):
        raise WrongSetting(f"ramah: {' and '.join(named)} go together, and must name PEM files that are there.")
    return Path(named["RAMAH_SMTP_TLS_CERT"]), Path(named["RAMAH_SMTP_TLS_KEY"])


def _s3(env: Env) -> dict[str, Any]:
    bucket = env.str("RAMAH_S3_BUCKET", "")
    if not bucket:
        return {}
    return {
        "bucket_name": bucket,
        "endpoint_url": env.str("RAMAH_S3_ENDPOINT", None),
        "region_name": env.str("RAMAH_S3_REGION", None),
        "access_key": env.str("RAMAH_S3_ACCESS_KEY", None),
        "secret_key": env.str("RAMAH_S3_SECRET_KEY", None),
        "default_acl": "private",
        "querystring_auth": True,
        "file_overwrite": False,
    }


def _stripe(env: Env) -> StripeKeys | None:
    """The three keys, all or none, each with the beginning that Stripe gives it, and none of another mode than the others."""
    begins = {
        "RAMAH_STRIPE_SECRET_KEY": ("sk_test_", "sk_live_", "rk_test_", "rk_live_"),
        "RAMAH_STRIPE_PUBLIC_KEY": ("pk_test_", "pk_live_"),
        "RAMAH_STRIPE_WEBHOOK_SECRET": ("whsec_",),
    }
    keys = {name: env.str(name, "") for name in begins}
    if not any(keys.values()):
        return None
    for name, accepted in begins.items():
        if not keys[name].startswith(accepted):
            raise WrongSetting(
                f"ramah: {name} must begin with one of {', '.join(accepted)}; {' and '.join(begins)} go together."
            )
    secret, public, webhook_secret = keys.values()
    if ("_live_" in secret[:8]) != public.startswith("pk_live_"):
        raise WrongSetting(
            "ramah: RAMAH_STRIPE_SECRET_KEY and RAMAH_STRIPE_PUBLIC_KEY: one is for tests, the other is live."
        )
    return StripeKeys(secret, public, webhook_secret)
