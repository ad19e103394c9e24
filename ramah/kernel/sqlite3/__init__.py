"""SQLite as Django has it, with transactions of one process taking turns (see `base`)."""
