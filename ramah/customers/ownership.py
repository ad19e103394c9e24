"""What belongs to a customer here: contact points, and customers that were merged into this one before."""

from ramah.kernel.ownership import register_owned

register_owned("customers.ContactPoint")
register_owned("customers.Customer", field="merged_into_id")
