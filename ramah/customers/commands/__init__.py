"""Writes on customers: meeting them in a channel, bringing them in from another shop."""

from ramah.customers.commands.imports import Saved, meet_people, save_imported_customers
from ramah.customers.commands.meeting import flag_bounced, meet_customer

__all__ = ["Saved", "flag_bounced", "meet_customer", "meet_people", "save_imported_customers"]
