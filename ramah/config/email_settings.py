"""EMAIL_URL as Django's mail settings, and the backend that writes mails to files.

file:///var/outbox                        one .eml file per mail (the default: RAMAH_HOME/outbox)
smtp://user:password@host:25              plain; smtps:// TLS from the start (465); smtp+tls:// STARTTLS (587)
...?from=Shop%20<care@shop.example>       sender of what Ramah itself sends: invitations, password resets
User and password are percent-encoded.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from ramah.kernel import clock
from ramah.kernel.ids import new_public_id

_PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}


class WrongEmailURL(ValueError):
    """EMAIL_URL cannot be used. The message says what is accepted."""


def django_email_settings(url: str, *, host: str) -> dict[str, Any]:
    """Django's EMAIL_* settings for an EMAIL_URL. `host` is the shop's own, for the sender if none is given.

    Raises `WrongEmailURL`.
    """
    parts = urlsplit(url)
    sender = parse_qs(parts.query).get("from", [f"Ramah <no-reply@{host}>"])[0]
    common = {"DEFAULT_FROM_EMAIL": sender, "SERVER_EMAIL": sender, "EMAIL_TIMEOUT": 15}
    if parts.scheme == "file":
        backend = f"{EmlFiles.__module__}.{EmlFiles.__qualname__}"
        return {**common, "EMAIL_BACKEND": backend}
    try:
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        port = 0
    if not (port and parts.hostname):
        raise WrongEmailURL("EMAIL_URL must be file:///directory, or smtp://, smtps:// or smtp+tls:// with a host.")
    return {
        **common,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
    }


class EmlFiles(BaseEmailBackend):
    """Writes each mail as `<time>-<id>.eml`; a file appears whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails and return how many. Raises OSError when the directory cannot be written."""
        folder = Path(unquote(urlsplit(settings.EMAIL_URL).path))
        folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            name = f"{clock.now():%Y%m%dT%H%M%S}-{new_public_id()}"
            unfinished = folder / f".{name}.tmp"
            unfinished.write_bytes(mail.message().as_bytes())
            unfinished.rename(folder / f"{name}.eml")
        return len(email_messages)
