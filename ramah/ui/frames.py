"""Mail as it came, in a frame of its own: no script runs in it and nothing is fetched from outside unless asked."""

from django.http import HttpResponse
from django.utils.safestring import SafeString

_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light"><base target="_blank">'
    "<style>body{{margin:8px;font:15px/1.5 system-ui,sans-serif;color:#22211d;background:#fff;overflow-wrap:anywhere}}"
    "img{{max-width:100%;height:auto}}table{{max-width:100%}}pre{{white-space:pre-wrap}}</style></head><body>{}</body></html>"
)


def mail_frame(clean_html: SafeString, *, remote_images: bool = False) -> HttpResponse:
    """The answer to `<iframe class="mail" data-fit sandbox="allow-same-origin allow-popups" src=...>`.

    `clean_html` has been through `ramah.ui.sanitize`; anything not marked safe is refused with TypeError. The policy stands
    behind the cleaning: styles of the mail apply inside, scripts and forms never, remote images only with `remote_images`.
    """
    if not isinstance(clean_html, SafeString):
        raise TypeError("mail_frame takes cleaned HTML that is marked safe")
    response = HttpResponse(_PAGE.format(clean_html))
    images = "'self' data: https:" if remote_images else "'self' data:"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; img-src {images}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response
