"""Pages of deliveries in the desk, and the address that carriers post to."""
