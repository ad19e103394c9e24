"""Drawings of figures as the points of an SVG, with the sentence that says the same. Pure: no rows, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

SIDE: Final = 240.0  # of the drawing, in its own units; the margin is for the figures of the axes
MARGIN: Final = 34.0
_LEAST_DOT, _MOST_DOT = 2.5, 7.0
WEEKS_WIDE, WEEKS_HIGH = 220.0, 56.0


@dataclass(frozen=True, slots=True)
class Dot:
    """What was said with about the same probability, and how often it came: 0 to 1. `x`, `y`, `r` are where it is drawn."""

    said: float
    came: float
    count: int
    x: str
    y: str
    r: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Said against came. The diagonal is where both are the same; `label` says the curve in words."""

    dots: Sequence[Dot]
    path: str
    label: str


def curve_of(bins: Sequence[tuple[float, float, int]]) -> Curve | None:
    """The reliability curve of bins (said, came, how many); None where there are none."""
    told = sorted(one for one in bins if one[2] > 0)
    if not told:
        return None
    most = max(count for _said, _came, count in told)
    dots = [_dot(said, came, count, most) for said, came, count in told]
    pairs = "; ".join(
        _("said %(said)d %%, came %(came)d %%") % {"said": round(100 * one.said), "came": round(100 * one.came)}
        for one in dots
    )
    return Curve(
        dots,
        _path([(one.x, one.y) for one in dots]),
        _("How often what was said came true: %(pairs)s") % {"pairs": pairs},
    )


def bins_of(report: Mapping[str, Any]) -> list[tuple[float, float, int]]:
    """The bins of a back-test's report, as it keeps them; those that are not understood are left out."""
    rows = report.get("reliability")
    found = []
    for row in rows if isinstance(rows, list) else []:
        try:
            found.append((float(row["said"]), float(row["came"]), int(row["count"])))
        except (KeyError, TypeError, ValueError):
            continue
    return found


def weeks_path(shares: Sequence[float]) -> str:
    """Shares (0 to 1) of weeks one after the other as a line; empty of fewer than two."""
    if len(shares) < 2:
        return ""
    step = WEEKS_WIDE / (len(shares) - 1)
    low = min(0.8, *shares)
    high = WEEKS_HIGH - 8
    return _path(
        [
            (f"{n * step:.1f}", f"{4 + high * (1 - (share - low) / (1 - low or 1)):.1f}")
            for n, share in enumerate(shares)
        ]
    )


def _dot(said: float, came: float, count: int, most: int) -> Dot:
    said, came = (min(1.0, max(0.0, share)) for share in (said, came))
    size = _LEAST_DOT + (_MOST_DOT - _LEAST_DOT) * (count / most) ** 0.5
    return Dot(said, came, count, f"{MARGIN + said * SIDE:.1f}", f"{8 + (1 - came) * SIDE:.1f}", f"{size:.1f}")


def _path(points: Sequence[tuple[str, str]]) -> str:
    return "M" + " L".join(f"{x} {y}" for x, y in points)
