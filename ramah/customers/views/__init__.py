"""Pages of customers: what is known of them, and putting it right."""
