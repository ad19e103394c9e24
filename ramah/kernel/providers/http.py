"""Talking to providers over HTTP: with limits of time and size, without redirects, and with errors that say what they mean.

An address that somebody else named (of a file) is only fetched from the public internet: the name is looked up once, all of its
addresses must be public, and the connection goes to the one that was looked at.
"""

import ipaddress
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3
from django.utils.translation import gettext as _
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    SSLError,
)
from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from ramah.kernel.providers.contract import Refused, TryLater, Uncertain

CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 5.0, 20.0, 60.0
MOST_JSON = 4 * 1024 * 1024
LONGEST_PAUSE = timedelta(hours=1)
CHUNK = 64 * 1024
_pool = urllib3.PoolManager(num_pools=20, maxsize=4)


class TooLarge(Refused):
    """The answer is larger than may be."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a provider answered: header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_ok(self) -> bool:
        """Whether it says that all went well."""
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """The object in it; empty where there is none."""
        try:
            found = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def pause(self) -> timedelta | None:
        """How long to wait before asking again, where it says so in seconds."""
        seconds = self.headers.get("retry-after", "").strip()
        if not seconds.isdecimal() or len(seconds) > 9:
            return None
        return min(timedelta(seconds=int(seconds)), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a provider. `changes`: it sends something, so that it must not be asked twice without knowing."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    changes: bool = False
    most: int = MOST_JSON


def get(url: str, *, headers: Mapping[str, str] | None = None) -> Answered:
    """Ask for something. Raises `TryLater`, `Refused`."""
    return call(Call("GET", url, headers or {}))


def post_json(url: str, fields: object, *, headers: Mapping[str, str] | None = None, changes: bool = True) -> Answered:
    """Send JSON. Raises `TryLater`, `Refused`, and `Uncertain` where it may have been taken."""
    body = json.dumps(fields, ensure_ascii=False).encode(errors="replace")
    sent = {"Content-Type": "application/json", **(headers or {})}
    return call(Call("POST", url, sent, body, changes=changes))


def post_files(
    url: str,
    fields: Mapping[str, str],
    files: Mapping[str, tuple[str, bytes, str]],
    *,
    headers: Mapping[str, str] | None = None,
    changes: bool = True,
) -> Answered:
    """Send a form with files (name, content, type). Raises as `post_json`."""
    parts: list[RequestField] = [RequestField.from_tuples(name, value) for name, value in fields.items()]
    parts += [RequestField.from_tuples(name, value) for name, value in files.items()]
    body, content_type = encode_multipart_formdata(parts)
    return call(Call("POST", url, {"Content-Type": content_type, **(headers or {})}, body, changes=changes))


def call(asked: Call) -> Answered:
    """Ask at an address of the settings, whatever the answer is; a redirect is an answer, too."""
    no_address = Refused(
        _("The address of the provider is not one: %(url)s") % {"url": _without_secrets(asked.url)}, of_account=True
    )
    scheme, host, _port = origin_of(asked.url)
    if scheme not in ("http", "https") or not host:
        raise no_address
    try:
        return _answer(_pool, asked, asked.url)
    except (LocationParseError, UnicodeError) as error:
        raise no_address from error


def fetch_public(
    url: str, *, headers: Mapping[str, str] | None = None, most: int, trusted_origin: str = ""
) -> Answered:
    """Fetch a file from an address that a provider named, of at most `most` bytes.

    Only by https from public addresses; what is at `trusted_origin` (a provider of the settings, also one on this machine) is
    fetched as it is. Raises `TryLater`, `Refused`.
    """
    asked = Call("GET", url, headers or {}, most=most)
    if trusted_origin and origin_of(url) == origin_of(trusted_origin):
        return call(asked)
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise Refused(_("The provider named a place to fetch the file from that is not safe."))
    address = _public_address(parts.hostname, parts.port or 443)
    with urllib3.HTTPSConnectionPool(
        address, parts.port or 443, server_hostname=parts.hostname, assert_hostname=parts.hostname
    ) as pool:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _answer(pool, Call("GET", url, {**asked.headers, "Host": parts.netloc}, most=most), target)


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address; raises nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return ("", "", 0)
    return (parts.scheme, (parts.hostname or "").lower(), port)


def _without_secrets(url: str) -> str:
    """Scheme and host: tokens stand in the rest of some providers' addresses."""
    return url.partition("://")[0][:20] + "://" + url.partition("://")[2].partition("/")[0][:120]


def _public_address(host: str, port: int) -> str:
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise TryLater(_("The provider cannot be reached: %(reason)s") % {"reason": type(error).__name__}) from error
    if not found or not all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in found):
        raise Refused(_("The provider named a place to fetch the file from that is not safe."))
    return sorted(found)[0]


def _answer(pool: Any, asked: Call, target: str) -> Answered:
    ends_at = time.monotonic() + ALL_SECONDS
    try:
        response = pool.request(
            asked.method,
            target,
            body=asked.body or None,
            headers={"Accept-Encoding": "identity", "User-Agent": "Ramah", **asked.headers},
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=False,
            redirect=False,
            preload_content=False,
        )
    except (NewConnectionError, ConnectTimeoutError, SSLError) as error:  # it has not heard a word
        raise TryLater(_("The provider cannot be reached: %(reason)s") % {"reason": type(error).__name__}) from error
    except HTTPError as error:
        raise _broken(asked, error) from error
    try:
        content = _content(response, asked, ends_at=ends_at)
    except HTTPError as error:
        response.close()
        raise _broken(asked, error) from error
    except Exception:
        response.close()
        raise
    response.release_conn()
    return Answered(response.status, {name.lower(): value for name, value in response.headers.items()}, content)


def _content(response: Any, asked: Call, *, ends_at: float) -> bytes:
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > asked.most:
        raise _too_large(asked)
    content = bytearray()
    # By what has come, not by full chunks: who sends a byte now and then must not hold us for hours.
    while chunk := response.read1(CHUNK, decode_content=False):
        content += chunk
        if len(content) > asked.most:
            raise _too_large(asked)
        if time.monotonic() > ends_at:
            raise _broken(asked, TimeoutError())
    return bytes(content)


def _too_large(asked: Call) -> Exception:
    words = _("What the provider answered is too large.")
    return Uncertain(words) if asked.changes else TooLarge(words)


def _broken(asked: Call, error: Exception) -> Exception:
    words = _("The connection to the provider broke: %(reason)s") % {"reason": type(error).__name__}
    return Uncertain(words) if asked.changes else TryLater(words)
