"""When it will be there: a distribution of the hours from the start to the delivery.

log hours = location + scale * residual; the residuals are those of past forecasts, as quantiles at `calibrating.KNOTS`, with a
straight tail on either side.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ramah.shipping.forecast.calibrating import KNOTS
from ramah.shipping.forecast.outcomes import log_hours
from ramah.shipping.forecast.table import HOUR, Floats

_TAIL: Final = 0.5  # residuals over which the tail beyond the last knot falls to a third
_LEAST: Final = 1e-300
_LONGEST: Final = 11.0  # log hours: seven years
NORMAL: Final = np.interp(
    KNOTS,
    [0.002, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.998],
    [-2.88, -2.33, -1.96, -1.64, -1.28, -0.84, -0.52, -0.25, 0.0, 0.25, 0.52, 0.84, 1.28, 1.64, 1.96, 2.33, 2.88],
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """The distributions of n shipments: start (epoch seconds), location and scale of the log hours, and shared knots."""

    start: Floats
    location: Floats
    scale: Floats
    knots: Floats

    def residual(self, moments: Floats) -> Floats:
        """How many scales a delivery at these moments lies beyond the location."""
        return (log_hours(moments - self.start) - self.location) / self.scale

    def later(self, moments: Floats) -> Floats:
        """The probability of a delivery later than these moments."""
        residual = self.residual(moments)
        inside = 1 - np.interp(residual, self.knots, KNOTS)
        beyond = np.exp(-np.maximum(residual - self.knots[-1], 0.0) / _TAIL)
        before = np.exp(-np.maximum(self.knots[0] - residual, 0.0) / _TAIL)
        share = np.where(residual > self.knots[-1], inside * beyond, 1 - (1 - inside) * before)
        return np.asarray(share, np.float64)

    def moment(self, still: Floats | float) -> Floats:
        """The moments at which a share `still` (n,) or one for all is not there yet; epoch seconds.

        It is the share that is left, not the one that is there, because it may be far smaller than a float can be off one.
        """
        still = np.broadcast_to(np.maximum(np.asarray(still, np.float64), _LEAST), self.location.shape)
        residual = np.interp(1 - still, KNOTS, self.knots)
        beyond = np.log(np.maximum((1 - KNOTS[-1]) / still, 1.0))
        hours = np.exp(np.clip(self.location + self.scale * (residual + _TAIL * beyond), -5.0, _LONGEST))
        return np.asarray(self.start + hours * HOUR, np.float64)

    def take(self, rows: np.ndarray) -> "Arrival":
        """The distributions of some of the shipments."""
        return replace(self, start=self.start[rows], location=self.location[rows], scale=self.scale[rows])

    def joined(self, other: "Arrival") -> "Arrival":
        """These shipments and then those, with the knots of these."""
        return replace(
            self,
            start=np.concatenate([self.start, other.start]),
            location=np.concatenate([self.location, other.location]),
            scale=np.concatenate([self.scale, other.scale]),
        )
