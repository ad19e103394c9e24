"""Writes on conversations, by topic: receiving, replying, organizing, merging, delivering, filing."""
