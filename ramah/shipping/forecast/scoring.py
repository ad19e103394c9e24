"""How good probabilities and ranges were. Pure numbers; all take the outcome as 0.0 or 1.0."""

from typing import Final

import numpy as np

from ramah.shipping.forecast.table import Floats

BINS: Final = 10
_SMALLEST: Final = 1e-6


def ranks(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing their mean rank."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[where]


def roc_auc(outcome: Floats, score: Floats) -> float:
    """Area under the ROC curve (Mann-Whitney); NaN where only one outcome occurs."""
    late = float(outcome.sum())
    fine = len(outcome) - late
    if not late or not fine:
        return float("nan")
    return float((ranks(score)[outcome > 0].sum() - late * (late + 1) / 2) / (late * fine))


def average_precision(outcome: Floats, score: Floats) -> float:
    """Mean precision over the late ones, equal scores counted together; NaN where none is late."""
    if not outcome.sum():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hits, ordered = np.cumsum(outcome[order]), score[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    gained = np.diff(hits[last], prepend=0.0)
    return float((gained * hits[last] / (last + 1)).sum() / outcome.sum())


def log_loss(outcome: Floats, p: Floats) -> float:
    """Mean negative log-likelihood, probabilities kept a millionth off 0 and 1."""
    p = np.clip(p, _SMALLEST, 1 - _SMALLEST)
    return float(-(outcome * np.log(p) + (1 - outcome) * np.log(1 - p)).mean())


def reliability(outcome: Floats, p: Floats) -> list[dict[str, float]]:
    """Ten bins of equal width: how many, the mean of what was said, the share of what came."""
    place = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    found = []
    for number in np.unique(place):
        inside = place == number
        said, came = float(p[inside].mean()), float(outcome[inside].mean())
        found.append({"count": int(inside.sum()), "said": round(said, 4), "came": round(came, 4)})
    return found


def calibration_error(outcome: Floats, p: Floats) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al. 2015)."""
    place = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(place, weights=p - outcome, minlength=BINS)
    return float(np.abs(gaps).sum() / max(len(p), 1))


def scores(outcome: Floats, p: Floats) -> dict[str, float]:
    """The figures of a report, to four digits; NaN becomes None where JSON is made."""
    return {
        "roc_auc": round(roc_auc(outcome, p), 4),
        "average_precision": round(average_precision(outcome, p), 4),
        "ece": round(calibration_error(outcome, p), 4),
        "log_loss": round(log_loss(outcome, p), 4),
    }


def threshold(outcome: Floats, p: Floats, precision: float = 0.92) -> float:
    """The lowest probability from which on at least `precision` of those told as late were; inf where there is none."""
    order = np.argsort(-p, kind="stable")
    hits, ordered = np.cumsum(outcome[order]), p[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    good = last[hits[last] / (last + 1) >= precision] if len(p) else last[:0]
    return float(ordered[good[-1]]) if len(good) else float("inf")
