"""Who is meant by what WhatsApp says: a number in E.164, or where it is hidden, WhatsApp's own id of the customer for this shop.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from collections.abc import Mapping

from ramah.kernel.providers.json import text_in

MOST_DIGITS = 20


def number_of(text: str) -> str:
    """A number as WhatsApp writes it (digits, with the country code) as it is stored; empty where it is none.

    WhatsApp's word counts: it knows numbers that the tables of numbering plans do not know yet.
    """
    digits = text.strip().removeprefix("+")
    return f"+{digits}" if digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS else ""


def address_of(message: Mapping[str, object]) -> str:
    """The address of whoever wrote a message; empty where it says nothing of them."""
    return number_of(text_in(message, "from", most=60)) or text_in(message, "from_user_id", most=150).strip()


def recipient_of(address: str) -> dict[str, object]:
    """The fields of a message that say whom it goes to."""
    return {"to": address, "recipient_type": "individual"} if address.startswith("+") else {"recipient": address}
