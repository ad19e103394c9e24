"""Pages of accounts, by topic."""
