"""Pages of the shop, by topic."""
