"""How sure the difference of two shares is."""

from dataclasses import dataclass
from math import sqrt

from ramah.shipping.queries.scores import wilson


@dataclass(frozen=True, slots=True)
class Difference:
    """A share minus another, and between what it lies with 95 % confidence; all of them -1 to 1."""

    value: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether chance does not explain it."""
        return self.low > 0 or self.high < 0


def newcombe(hits: int, count: int, other_hits: int, other_count: int) -> Difference | None:
    """The difference of two independent shares, by Newcombe's hybrid score (1998, method 10); None where one has no cases."""
    mine, theirs = wilson(hits, count), wilson(other_hits, other_count)
    if mine is None or theirs is None:
        return None
    one, other = hits / count, other_hits / other_count
    value = one - other
    low = value - sqrt((one - mine[0]) ** 2 + (theirs[1] - other) ** 2)
    high = value + sqrt((mine[1] - one) ** 2 + (other - theirs[0]) ** 2)
    return Difference(value, max(-1.0, low), min(1.0, high))
