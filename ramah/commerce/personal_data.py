"""What commerce holds of a customer: orders stay for the books, names and addresses on them go; what was kept, goes."""

from typing import Any

from ramah.commerce import commands, queries
from ramah.commerce.commands.address_book import forget_addresses
from ramah.commerce.commands.cart_keeping import forget_carts
from ramah.commerce.commands.voices import erase_voices
from ramah.commerce.commands.wishes import forget_wishes
from ramah.commerce.queries.address_book import addresses_exported
from ramah.commerce.queries.alerts import alerts_told
from ramah.commerce.queries.carts import carts_exported
from ramah.commerce.queries.voices import voices_exported
from ramah.commerce.queries.vouchers import vouchers_exported
from ramah.commerce.queries.wishes import wishes_exported
from ramah.kernel.personal_data import PersonalData, register_personal_data


def _export(customer_id: int) -> Any:
    return queries.orders_exported(customer_id)


def _erase(customer_id: int) -> None:
    commands.erase_personal_data(customer_id=customer_id)


register_personal_data(PersonalData("commerce.orders", _export, _erase))


def _export_kept(customer_id: int) -> Any:
    return {
        "addresses": addresses_exported(customer_id),
        "wishes": wishes_exported(customer_id),
        "alerts": alerts_told(customer_id),  # they go with the contact point
    }


def _erase_kept(customer_id: int) -> None:
    forget_addresses(customer_id=customer_id)
    forget_wishes(customer_id=customer_id)


register_personal_data(PersonalData("commerce.kept", _export_kept, _erase_kept))


def _export_carts(customer_id: int) -> Any:
    return {"carts": carts_exported(customer_id), "vouchers": vouchers_exported(customer_id)}


def _erase_carts(customer_id: int) -> None:
    forget_carts(customer_id=customer_id)


register_personal_data(PersonalData("commerce.carts", _export_carts, _erase_carts))


def _export_voices(customer_id: int) -> Any:
    return voices_exported(customer_id)


def _erase_voices(customer_id: int) -> None:
    erase_voices(customer_id=customer_id)


register_personal_data(PersonalData("commerce.voices", _export_voices, _erase_voices))
