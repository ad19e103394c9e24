"""A shop's deliveries as they might have been: orders, carriers, seasons, disturbances, and what carriers told of them.

For demonstrations, for tests, and to measure a forecast and its notices on something whose truth is known. `story.simulate` is
the door. The carriers are invented. Pure: numpy, no rows, no Django, no clock; the same seed gives the same story.

Moments are float64 arrays of seconds since 1970 (UTC), NaN where something never happened; a row of an array is one order,
which is one parcel. "Local" seconds count from midnight of the almanac's first day on the clocks of a zone.
"""
