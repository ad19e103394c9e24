"""Making HTML that strangers wrote safe to show in the desk. Everything of theirs passes through `clean_html`, nothing else does.

nh3 (ammonia, a real HTML5 parser) decides what stays; what follows works on its output, which is well-formed by construction.
"""

import html
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString, mark_safe

from ramah.ui.markup import Tag, tokens

MAX_HTML = 1_000_000
MAX_TAGS = 1_000
MAX_DEPTH = 200
MAX_FORMATS = 12
MAX_ESCAPES = 20_000


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAGS = _names(
    """
    a abbr acronym address article aside b bdo bdi big blockquote br caption center cite code col colgroup dd
    del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main
    mark nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot
    th thead time tr tt u ul var wbr
    """
)
_DROPPED_WHOLE = _names(
    """
    script style title iframe object embed applet noembed noframes svg math template textarea select option xmp
    plaintext noscript
    """
)
_TEXT_ALIGNED = _names("div p h1 h2 h3 h4 h5 h6 tr tbody thead tfoot")
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "data-remote-src", "data-cid", "style"},
    "td": {"colspan", "rowspan", "align", "valign", "width"},
    "th": {"colspan", "rowspan", "align", "valign", "width", "scope"},
    "table": {"width", "border", "cellpadding", "cellspacing", "align"},
    "col": {"span", "width", "align"},
    "colgroup": {"span", "align"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "ul": {"type"},
    "time": {"datetime"},
    "font": {"color", "size"},
    **{tag: {"align"} for tag in _TEXT_ALIGNED},
}
_ALIGNMENTS = frozenset({"left", "right", "center", "justify", "top", "middle", "bottom", "baseline"})
_NUMBER = re.compile(r"\d{1,4}%?")
_WORDY = re.compile(r"[\w #,.:+-]{1,40}")
_SHOWN_DATA = re.compile(r"data:image/(?:png|gif|jpe?g|webp);base64,[a-z0-9+/=\s]+", re.I)
_REMOTE = re.compile(r"https?:[\\/]{2}[^\s\\/]", re.I)
_LINKED = re.compile(r"(?:https?:[\\/]{2}[^\s\\/]|mailto:[^\s]|tel:[+\d])", re.I)
_IGNORED_IN_URLS = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display:\s*none|(?:max-)?(?:width|height):\s*[01](?:px)?\s*(?:;|$))", re.I)
_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_LINK = re.compile(r'<a((?: [a-z-]+="[^"]*")*)>')
_PAIR = re.compile(r' ([a-z-]+)="([^"]*)"')
# Elements that the HTML parser opens anew in every block after them: many of them together grow beyond bounds.
_LOOK_ALIKES = str.maketrans("&<>", "＆＜＞")
_FORMATS = _names(
    """
    a b big code em font i nobr s small strike strong tt u
    """
)
_CLOSED_BY_THE_NEXT = frozenset({"p", "li", "td", "th", "tr", "dt", "dd"})
_NOT_NESTING = _names(
    """
    area base br col embed hr img input link meta param source track wbr
    """
)


def _filter(tag: str, name: str, value: str) -> str | None:
    """What becomes of one attribute value: nh3 calls this for each that the lists above let through."""
    if name == "href":
        address = _IGNORED_IN_URLS.sub("", value)
        return address[:2000] if _LINKED.match(address) else None
    if name in ("align", "valign"):
        return value.lower() if value.lower() in _ALIGNMENTS else None
    if name in (
        "width",
        "height",
        "colspan",
        "rowspan",
        "border",
        "cellpadding",
        "cellspacing",
        "span",
        "start",
        "value",
    ):
        return value if _NUMBER.fullmatch(value) else None
    if name in ("color", "size", "type", "scope", "reversed", "datetime", "dir", "lang"):
        return value if _WORDY.fullmatch(value) else None
    if name == "title" and tag == "a":
        return None  # the host stands there
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_DROPPED_WHOLE),
    attributes=_ATTRIBUTES,
    attribute_filter=_filter,
    strip_comments=True,
    link_rel=None,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    filter_style_properties={"display", "width", "height", "max-width", "max-height"},
)


def clean_html(source: str, *, attachments: Mapping[str, str] | None = None, remote_images: bool = False) -> SafeString:
    """HTML of a stranger as it may stand in a page of ours.

    Pictures of the mail itself are shown from `attachments` (Content-ID -> address of ours) and otherwise kept by their id in
    `data-cid`. Pictures from elsewhere tell their sender when and where a mail is read: unless `remote_images`, their address
    moves to `data-remote-src`. Cleaning twice gives the same; cleaning what was cleaned before, with `attachments` or
    `remote_images`, brings the pictures back. Of more than `MAX_HTML` characters the rest is cut.
    """
    source = source[:MAX_HTML].replace("\0", "")
    if source.count("<") > MAX_TAGS or source.count("&") > MAX_ESCAPES:
        source = _flattened(source)
    known = {content_id.strip("<>").lower(): url for content_id, url in (attachments or {}).items()}
    cleaned = _CLEANER.clean(source)
    cleaned = _IMAGE.sub(lambda found: _image(found[1], known, remote_images), cleaned)
    return mark_safe(_LINK.sub(lambda found: _link(found[1]), cleaned))  # noqa: S308 - what this function is for


def _image(pairs: str, known: Mapping[str, str], remote_images: bool) -> str:
    given = {name: html.unescape(value) for name, value in _PAIR.findall(pairs)}
    if _HIDDEN.search(given.pop("style", "")) or given.get("width") in ("0", "1") or given.get("height") in ("0", "1"):
        return ""
    source = _IGNORED_IN_URLS.sub("", given.pop("src", ""))
    remote = _IGNORED_IN_URLS.sub("", given.pop("data-remote-src", ""))
    content_id = given.pop("data-cid", "")
    shown: dict[str, str] = {}
    if source.lower().startswith("cid:") or content_id:
        content_id = content_id or source[4:]
        url = known.get(content_id.lower())
        shown = {"src": url, "data-cid": content_id} if url else {"data-cid": content_id}
    elif _SHOWN_DATA.fullmatch(source):
        shown = {"src": source}
    elif _REMOTE.match(source or remote):
        shown = {"src" if remote_images else "data-remote-src": (source or remote)[:2000]}
    if not shown and not given.get("alt"):
        return ""
    return _tag("img", {**shown, "alt": given.pop("alt", ""), **given})


def _link(pairs: str) -> str:
    given = {name: html.unescape(value) for name, value in _PAIR.findall(pairs)}
    if "href" not in given:
        return "<a>"
    return _tag(
        "a",
        {
            **{name: value for name, value in given.items() if name in ("dir", "lang")},
            "href": given["href"],
            "rel": "noopener noreferrer nofollow",
            "target": "_blank",
            "title": _host(given["href"]),
        },
    )


def _host(address: str) -> str:
    """Where a link really leads; a name in other letters also as browsers look it up, for look-alikes."""
    scheme, _, rest = address.partition(":")
    if scheme.lower() in ("mailto", "tel"):
        return rest.partition("?")[0][:200]
    try:
        host = urlsplit(address.replace("\\", "/")).hostname or ""
        return host if host.isascii() else f"{host} ({host.encode('idna').decode('ascii')})"
    except (ValueError, UnicodeError):
        return ""


def _tag(name: str, attributes: Mapping[str, str]) -> str:
    written = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>"


def _flattened(source: str) -> str:
    """HTML of very many tags without those that nest too deep: the HTML parser needs time by the square of the depth.

    So it does by the number of escaped characters in one text: beyond a bound they become wide forms that need no escape.
    Every tag is written anew, so that the parser behind finds the tags that were counted here and no others.
    """
    written: list[str] = []
    nesting = _Nesting()
    escapes = 0
    for token in tokens(source):
        if isinstance(token, str):
            text = html.unescape(token)
            escapes += text.count("&") + text.count("<") + text.count(">")
            written.append(text.translate(_LOOK_ALIKES) if escapes > MAX_ESCAPES else html.escape(text, quote=False))
        elif token.name in _TAGS and nesting.admits(token):
            written.append(f"</{token.name}>" if token.is_end else _rewritten(token))
    return "".join(written)


class _Nesting:
    """How deep the tags stand that were let through."""

    def __init__(self) -> None:
        self.open: dict[str, int] = {}
        self.depth = 0
        self.formats = 0

    def admits(self, tag: Tag) -> bool:
        """Whether `tag` may be written: an end of something open, or a beginning within the bounds."""
        if tag.name in _NOT_NESTING:
            return not tag.is_end
        if tag.is_end:
            return self._count(tag, -1) if self.open.get(tag.name) else tag.name in _CLOSED_BY_THE_NEXT
        if self.depth >= MAX_DEPTH or (tag.name in _FORMATS and self.formats >= MAX_FORMATS):
            return False
        return tag.name in _CLOSED_BY_THE_NEXT or self._count(tag, 1)

    def _count(self, tag: Tag, step: int) -> bool:
        self.open[tag.name] = self.open.get(tag.name, 0) + step
        self.depth += step
        self.formats += step if tag.name in _FORMATS else 0
        return True


def _rewritten(tag: Tag) -> str:
    allowed = _ATTRIBUTES.get(tag.name, set()) | _ATTRIBUTES["*"]
    return _tag(tag.name, {name: value for name, value in tag.attributes.items() if name in allowed})
