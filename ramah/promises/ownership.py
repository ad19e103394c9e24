"""What belongs to a customer here: promises, and with them their history."""

from ramah.kernel.ownership import register_owned

register_owned("promises.Promise")
