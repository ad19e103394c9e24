"""Will it be late, and when will it be there: forecasts of deliveries at purchase, at hand-over and on the way.

`reading` and `table` hold what is known of shipments as columns; `groups`, `outcomes`, `terms` and `features` say what was known
at a moment; `training` fits what `model` predicts with and keeps; `evaluating` tests it on the later part of time. Pure: numpy
alone, no rows, no clock, no Django; scikit-learn is loaded by training only.

Moments are seconds since 1970 UTC as float64, with NaN where there is none. Durations are hours where nothing else is said.
"""
