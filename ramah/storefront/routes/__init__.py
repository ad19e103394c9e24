"""Addresses of the shop, by topic."""
