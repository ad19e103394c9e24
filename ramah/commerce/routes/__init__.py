"""Addresses under desk/, by topic."""
