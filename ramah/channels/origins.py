"""Origins of sites, as browsers name them: scheme, host, port, nothing else. Pure.

They go into headers that say who may show a page in a frame, so what is none is refused rather than mended.
"""

import re
from urllib.parse import urlsplit

_LONGEST = 253
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_OWN_MACHINE = ("localhost", "127.0.0.1", "[::1]")
_PORTS = {"https": 443, "http": 80}


class NotAnOrigin(ValueError):
    """The text is no origin."""


def read_origin(text: str) -> str:
    """`https://Shop.example/` as `https://shop.example`. Plain http only of one's own machine. Raises `NotAnOrigin`."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise NotAnOrigin(text) from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise NotAnOrigin(text)
    if any(sign in "?#\\" or sign <= " " for sign in text) or parts.netloc.endswith(":"):
        raise NotAnOrigin(text)
    host = _host(parts.hostname or "")
    if scheme == "http" and host not in _OWN_MACHINE:
        raise NotAnOrigin(text)
    return f"{scheme}://{host}" + (f":{port}" if port and port != _PORTS[scheme] else "")


def _host(name: str) -> str:
    if name == "::1":
        return "[::1]"
    try:
        name = name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError as error:
        raise NotAnOrigin(name) from error
    name = name.lower()
    labels = name.split(".")
    if len(name) > _LONGEST or not all(_LABEL.fullmatch(label) for label in labels):
        raise NotAnOrigin(name)
    return name
