"""How messages reach Ramah and leave it.

Owns: the intake (every item as it came, raw, and what became of it) and one folder for each channel.
Publishes: nothing. Listens to: nothing; senders are driven by rows that are due.
Never: acknowledges what is not committed, drops an item without a trace, or lets one bad item stop the next.
"""
