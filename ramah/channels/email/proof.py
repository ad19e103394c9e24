"""What is proved of a mail's sender: SPF, DKIM and DMARC for the domain in From. A From alone proves nothing."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ramah.channels.email.headers import one_line
from ramah.channels.email.parsing import ParsedMail

MAX_SIGNATURES = 3

_COMMENT = re.compile(r"\([^()]*+\)")
_METHOD = re.compile(r"\s*([a-z0-9-]+)\s*(?:/\s*\d+)?\s*=\s*([a-z]+)", re.I)
_PROPERTY = re.compile(r"\b([a-z]+)\.([a-z0-9._-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;]+))", re.I)
_LENGTH_TAG = re.compile(r"(?:^|;)\s*l\s*=")

DnsTxt = Callable[[bytes], bytes | None]


@dataclass(frozen=True, slots=True)
class Authentication:
    """Verdicts in the words of RFC 8601 (`pass`, `fail`, `none`, ...), and whether one of them speaks for the From domain."""

    spf: str = "none"
    dkim: str = "none"
    dmarc: str = "none"
    aligned: bool = False


NOTHING_PROVED = Authentication()


def read_authentication(
    raw: bytes, mail: ParsedMail, *, trusted_authserv_ids: Collection[str] = (), dnsfunc: DnsTxt | None = None
) -> Authentication:
    """What is known of the sender's domain.

    Believes the topmost Authentication-Results only, and only if one of `trusted_authserv_ids` wrote it: servers of ours, which
    set it on every mail and remove such fields that come from outside. Without one, verifies the DKIM signatures itself when
    `dnsfunc` is given (a name in, its TXT record out). A mail with several From addresses proves nothing.
    """
    domain = _domain(mail.from_.email)
    if not domain or mail.authors != 1 or mail.headers.count("from") != 1:
        return NOTHING_PROVED
    results = mail.headers.first("authentication-results")
    server = _COMMENT.sub(" ", results).partition(";")[0].split()
    if server and server[0].lower() in {name.lower() for name in trusted_authserv_ids}:
        return _read_results(results, domain)
    return _verified(raw, mail, domain, dnsfunc) if dnsfunc and "dkim-signature" in mail.headers else NOTHING_PROVED


def _read_results(results: str, domain: str) -> Authentication:
    best = {"spf": "none", "dkim": "none", "dmarc": "none"}
    aligned = False
    for part in _COMMENT.sub(" ", one_line(results)).split(";")[1:]:
        found = _METHOD.match(part)
        method, verdict = (found[1].lower(), found[2].lower()) if found else ("", "")
        if method not in best:
            continue
        if best[method] != "pass":
            best[method] = verdict
        named = {f"{kind}.{name}".lower(): quoted or bare for kind, name, quoted, bare in _PROPERTY.findall(part)}
        aligned = aligned or (verdict == "pass" and _speaks_for(method, named, domain))
    # A domain that says by DMARC that a mail is not its own has the last word.
    return Authentication(**best, aligned=aligned and best["dmarc"] != "fail")


def _speaks_for(method: str, named: dict[str, str], domain: str) -> bool:
    if method == "dmarc":
        return _domain(named.get("header.from", "")) == domain
    if method == "dkim":
        return _is_aligned(named.get("header.d") or named.get("header.i", ""), domain)
    return _is_aligned(named.get("smtp.mailfrom", ""), domain)


def _verified(raw: bytes, mail: ParsedMail, domain: str, dnsfunc: DnsTxt) -> Authentication:
    import dkim  # 150 ms, and only where no server of ours has looked already

    def lookup(name: bytes, timeout: float = 5) -> bytes | None:
        return dnsfunc(name)

    verdict, aligned = "none", False
    for index, signature in enumerate(mail.headers.all("dkim-signature")[:MAX_SIGNATURES]):
        try:
            verifier: Any = dkim.DKIM(raw, minkey=1024)  # type: ignore[no-untyped-call]  # dkimpy has no types
            is_valid = bool(verifier.verify(idx=index, dnsfunc=lookup))
            signer = verifier.domain.decode("ascii", "replace") if is_valid else ""
        except Exception:  # a hostile signature may fail anywhere in the library: it proves nothing then
            is_valid, signer = False, ""
        # Signed up to a length (l=), anybody may append: such a signature is no proof of what is read.
        if is_valid and not _LENGTH_TAG.search(signature):
            verdict, aligned = "pass", aligned or _is_aligned(signer, domain)
        elif verdict == "none":
            verdict = "fail"
    return Authentication(dkim=verdict, aligned=aligned)


def _domain(address: str) -> str:
    name = address.rpartition("@")[2].strip(" <>.").lower()
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _is_aligned(signer: str, domain: str) -> bool:
    """Relaxed alignment (RFC 7489, 3.1): both belong to one organization."""
    signer = _domain(signer)
    if not signer or "." not in signer:
        return False
    return signer == domain or _organization(signer) == _organization(domain)


@lru_cache(maxsize=4096)
def _organization(domain: str) -> str:
    from authheaders.dmarc_lookup import get_org_domain  # 150 ms, and only where domains differ

    return str(get_org_domain(domain) or domain)  # type: ignore[no-untyped-call]  # authheaders has no types
