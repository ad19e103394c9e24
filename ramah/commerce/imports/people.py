"""Rows into people: the owner of an order, or a customer."""

from django.utils.translation import gettext as _

from ramah.commerce.imports import values
from ramah.commerce.imports.grouping import Group
from ramah.commerce.imports.reading import Row
from ramah.commerce.imports.records import ImportedPerson, Refused
from ramah.commerce.imports.values import Reading


def person_key(row: Row) -> str:
    """What makes two rows the same customer: id, else e-mail address, else phone number."""
    cells = row.cells
    return cells.get("customer_id") or cells.get("email", "").lower() or cells.get("phone", "")


def customer_of(group: Group, reading: Reading) -> ImportedPerson:
    """The customer of a row; the same customer may stand in the file once. Raises `Refused`."""
    first, *others = group
    if others:
        reason = _("the same customer stands on line %(line)d already") % {"line": first.line}
        raise Refused(reason, line=others[0].line)
    return person_of(first.cells, reading, line=first.line)


def person_of(cells: dict[str, str], reading: Reading, *, line: int = 0) -> ImportedPerson:
    """The person that cells speak of, who must be reachable or known. Raises `Refused`."""
    person = ImportedPerson(
        external_id=values.text(cells.get("customer_id", ""), limit=80, column="customer_id"),
        name=_name(cells),
        email=values.email(cells["email"]) if "email" in cells else "",
        phone=values.phone(cells["phone"], reading=reading) if "phone" in cells else "",
        language=values.language(cells.get("language", "")),
        time_zone=values.time_zone(cells.get("time_zone", "")),
        note=values.prose(cells.get("note", ""), limit=4000, column="note"),
        line=line,
    )
    if not (person.external_id or person.email or person.phone):
        raise Refused(_("there is no e-mail address, phone number or customer id"), column="email")
    return person


def _name(cells: dict[str, str]) -> str:
    both = f"{cells.get('first_name', '')} {cells.get('last_name', '')}"
    return values.text(cells.get("name", "") or both, limit=160, column="name")
