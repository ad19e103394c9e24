"""Pages about channels, by topic: the intake."""
