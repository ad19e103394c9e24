"""What live chat can carry, told to whoever answers."""

from ramah.conversations.commands.outlets import Outlet, register_outlet
from ramah.customers.models import ContactPoint

register_outlet(Outlet("chat", ContactPoint.Kind.VISITOR, longest=8000, is_read_here=True, has_answers=True))
