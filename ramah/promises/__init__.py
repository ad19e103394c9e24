"""What was promised, by when, and whether it was kept: promises, calendars, business time, the clock.

Owns: promises to customers and their history, calendars of opening hours, business time.
Publishes: promise.made, promise.at_risk, promise.eased, promise.broken, promise.kept, promise.renegotiated, promise.withdrawn,
promise.paused, promise.resumed.
Listens to: nothing; whoever fulfills a promise calls `commands.keep_promises`, whoever forecasts one `commands.follow_forecast`.
Never: decides what is promised (policies of higher apps do), knows what a subject such as `conversation:7` is, changes the
outcome of a promise that has ended (but for one that the clock broke although it had been done in time), moves a due time
silently when a calendar is edited.
"""
