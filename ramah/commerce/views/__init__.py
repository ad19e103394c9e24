"""The desk's pages on the shop, by topic."""
