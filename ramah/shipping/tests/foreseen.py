"""A forecast that says what a test wants, by order."""

from dataclasses import dataclass, field

import numpy as np

from ramah.commerce.testing import AT
from ramah.shipping.commands.foreseeing import Expected
from ramah.shipping.forecast.table import Ints
from ramah.shipping.queries.flying import Flying, LaneWords

DAY = 86400


@dataclass
class Told:
    """Probabilities by key of the order (else `p`); arrives `days` after AT, give or take one. `asked` holds each look's rows."""

    p: float = 0.1
    by_order: dict[int, float] = field(default_factory=dict)
    lost: dict[int, float] = field(default_factory=dict)
    stalled: set[int] = field(default_factory=set)
    days: float = 3.0
    version: int = 7
    asked: list[tuple[Flying, Ints]] = field(default_factory=list)

    def __call__(self, rows: Flying, lanes: LaneWords, *, now: Ints) -> Expected:
        self.asked.append((rows, now))
        lanes.texts(rows.lane_id)
        keys = rows.order_id.tolist()
        middle = np.full(len(rows), int(AT.timestamp() + self.days * DAY))
        return Expected(
            p_late=np.array([self.by_order.get(key, self.p) for key in keys]),
            p_lost=np.array([self.lost.get(key, 0.0) for key in keys]),
            q10=middle - DAY,
            q50=middle,
            q80=middle + DAY // 2,
            q90=middle + DAY,
            threshold=np.full(len(rows), 0.5),
            stalled=np.array([key in self.stalled for key in keys]),
        )
