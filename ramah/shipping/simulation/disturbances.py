"""What goes wrong in a story, and how often."""

from dataclasses import dataclass, fields
from typing import Final


class DisturbancesError(ValueError):
    """A share or a number that cannot be; the message names it."""


@dataclass(frozen=True, slots=True)
class Disturbances:
    """Shares between 0 and 1 are of all parcels unless something else is said; the rest are numbers over the whole story.

    `late` is of the delivered ones: the shop sets its promised days so that it comes out. Raises `DisturbancesError`.
    """

    late: float = 0.08
    lost: float = 0.004
    returned: float = 0.01  # refused, or not collected; of those not lost
    attempts: float = 0.08  # the first attempt fails; of those that are brought to a door
    address: float = 0.012  # the carrier has to ask for the address
    customs: float = 0.15  # held; of those that cross a customs border
    misdelivered: float = 0.002  # first; of those brought to a door
    delivered_twice: float = 0.015  # told so
    scan_gaps: float = 0.05  # days without an event, although it moves
    reused_numbers: float = 0.004  # events of an earlier parcel come first
    duplicates: float = 0.03  # of events
    reordered: float = 0.04  # of events: they come after later ones
    skewed: float = 0.01  # of events: told with a clock that is fast
    wrong_zones: bool = True  # two carriers tell times of another zone, or of none
    storms: int = 6  # regions
    strikes: int = 2  # carriers
    outages: int = 2  # days on which a carrier tells nothing, and the day after everything at once
    waves: float = 1.0  # how strongly speed drifts by carrier and region over weeks; 0: not at all

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            most = _MOST.get(one.name, 1)
            if not 0 <= value <= most:
                raise DisturbancesError(f"{one.name}: {value} is not between 0 and {most}")


_MOST: Final = {"late": 0.9, "storms": 100, "strikes": 100, "outages": 100, "waves": 5}
CALM: Final = Disturbances(
    **dict.fromkeys((one.name for one in fields(Disturbances) if one.name != "late"), 0),  # type: ignore[arg-type]
)
