"""What customers hold of a person: name, language, note, addresses, log-ins, consents, codes that were sent."""

from typing import Any

from ramah.customers import commands, queries
from ramah.kernel.personal_data import PersonalData, register_personal_data


def _export(customer_id: int) -> Any:
    return queries.told_of(customer_id)


def _erase(customer_id: int) -> None:
    commands.erase_customer(customer_id=customer_id)


register_personal_data(PersonalData("customers", _export, _erase))
