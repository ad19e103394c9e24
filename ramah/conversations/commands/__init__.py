"""Writes on conversations, by topic: receiving, replying, organizing, merging, delivering, filing; `rows` is what they share."""
