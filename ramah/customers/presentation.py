"""A customer in words, as pages show it: addresses as far as the viewer may see them, the name of a language."""

from dataclasses import dataclass

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ramah.customers.models import ContactPoint, Customer, Proof
from ramah.kernel.masking import shown_address, shown_name

_ICONS = {"email": "mail", "phone": "phone", "whatsapp": "wa", "telegram": "send"}
_TONES = {Proof.ANONYMOUS: "", Proof.CLAIMED: ""}


@dataclass(frozen=True, slots=True)
class PointSight:
    """One address as it is shown; `tone` is that of the pill of its proof."""

    point: ContactPoint
    text: str
    icon: str
    tone: str


def sight_of(point: ContactPoint, *, whole: bool) -> PointSight:
    """The address, in full with `whole`. A chat visitor has none that says anything."""
    is_visitor = point.kind == ContactPoint.Kind.VISITOR
    text = str(point.get_kind_display()) if is_visitor else shown_address(point.value, whole=whole)
    return PointSight(point, text, _ICONS.get(point.kind, "chat"), _TONES.get(Proof(point.proof), "accent"))


def name_of(customer: Customer, *, whole: bool) -> str:
    """What to call a customer; an e-mail address in place of a name is shown like an address."""
    return shown_name(customer.name, whole=whole) or _("No name")


def language_name(tag: str) -> str:
    """`id` as `Indonesian`, in the active language; the tag itself where nobody has a name for it."""
    here = Locale.parse(get_language() or "en", sep="-")
    try:
        return str(Locale.parse(tag, sep="-").get_display_name(here) or tag)
    except (UnknownLocaleError, ValueError):
        return tag


@dataclass(frozen=True, slots=True)
class Row:
    """A customer of a list, or somebody who may be the same person, with the grounds for it."""

    customer: Customer
    name: str
    points: list[PointSight]
    grounds: str = ""


def row_of(customer: Customer, *, whole: bool, reasons: list[str] | None = None) -> Row:
    """The customer with its addresses, which the query has loaded."""
    words = {
        "verified_number": _("the same number, verified with both"),
        "verified_email": _("the same e-mail address, verified with both"),
        "number": _("same number"),
        "email": _("e-mail address begins alike"),
        "name": _("same name"),
    }
    points = [sight_of(point, whole=whole) for point in customer.contact_points.all()]
    return Row(customer, name_of(customer, whole=whole), points, ", ".join(words[reason] for reason in reasons or []))
