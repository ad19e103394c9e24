"""Writes of the desk, by topic."""
