"""Which sites may open a chat. Pure."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from ramah.channels.chat.queries import Widget


def is_welcome(origin: str, widget: Widget) -> bool:
    """Whether a page of this origin may open the chat: the shop's own may, and sites that the inbox names.

    Not a page at all (no origin): no browser would send its visitors' cookies, and there are none.
    """
    if not origin:
        return True
    if origin.rstrip("/").lower() in {str(one).rstrip("/").lower() for one in widget.settings.origins}:
        return True
    parts = urlsplit(origin)
    own = urlsplit(settings.BASE_URL)
    if (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
        return True
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    return parts.scheme in ("http", "https") and bool(host) and validate_host(str(host), settings.ALLOWED_HOSTS)
