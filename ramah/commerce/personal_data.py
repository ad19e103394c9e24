"""What commerce holds of a customer: orders stay for the books, names and addresses on them go."""

from typing import Any

from ramah.commerce import commands, queries
from ramah.kernel.personal_data import PersonalData, register_personal_data


def _export(customer_id: int) -> Any:
    return queries.orders_exported(customer_id)


def _erase(customer_id: int) -> None:
    commands.erase_personal_data(customer_id=customer_id)


register_personal_data(PersonalData("commerce.orders", _export, _erase))
