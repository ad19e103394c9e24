"""What belongs to a customer here: conversations, and with them all that is in them."""

from ramah.kernel.ownership import register_owned

register_owned("conversations.Conversation")
