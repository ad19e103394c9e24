"""What belongs to a customer here: contact points, log-ins, consents, and customers merged into this one before."""

from ramah.kernel.ownership import register_owned

register_owned("customers.ContactPoint")
register_owned("customers.Customer", field="merged_into_id")
register_owned("customers.CustomerLogin")
register_owned("customers.Consent")
