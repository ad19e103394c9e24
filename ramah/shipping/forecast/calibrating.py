"""From scores to probabilities that come true, and from residuals to ranges that hold as often as they say."""

from typing import Final

import numpy as np

from ramah.shipping.forecast.table import DAY, Flags, Floats

_STEPS: Final = 30
_EDGE: Final = 1e-4
KNOTS: Final = np.concatenate([[0.002], np.arange(1, 100) / 100, [0.998]])
_WEEKS_OF_A_WAVE: Final = 4.0
_ERRORS: Final = 0.25
_TOLERANCE: Final = 0.02  # in probability


def logit(p: Floats) -> Floats:
    p = np.clip(p, _EDGE, 1 - _EDGE)
    return np.log(p / (1 - p))


def expit(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


def fit_logistic(inputs: Floats, outcome: Floats, weights: Floats, ridge: Floats, prior: Floats) -> Floats:
    """Coefficients of a logistic regression by Newton's method; `ridge` holds each one at `prior` with that weight."""
    found = prior.astype(np.float64).copy()
    for _ in range(_STEPS):
        p = expit(inputs @ found)
        slope = inputs.T @ (weights * (outcome - p)) - ridge * (found - prior)
        curve = (inputs * (weights * p * (1 - p))[:, None]).T @ inputs + np.diag(ridge)
        step = np.clip(np.linalg.solve(curve, slope), -1, 1)
        found += step
        if np.abs(step).max() < 1e-8:
            break
    return found


def beta_inputs(p: Floats) -> Floats:
    """ln p, -ln(1 - p) and 1: what beta calibration is linear in (Kull, Silva Filho & Flach 2017)."""
    p = np.clip(p, _EDGE, 1 - _EDGE)
    return np.stack([np.log(p), -np.log1p(-p), np.ones_like(p)], axis=1)


def fit_beta(p: Floats, outcome: Floats, weights: Floats) -> Floats:
    """The coefficients (a, b, c) of beta calibration, a and b not negative; held at the identity by twenty outcomes or so."""
    prior = np.array([1.0, 1.0, 0.0])
    found = fit_logistic(beta_inputs(p), outcome, weights, np.array([20.0, 20.0, 1.0]), prior)
    if found[:2].min() >= 0:
        return found
    # The curve would fall: only its level is corrected.
    return fit_logistic(beta_inputs(p), outcome, weights, np.array([1e9, 1e9, 1.0]), prior)


def level_shift(scores: Floats, outcome: Floats, weights: Floats, share: float | None = None) -> float:
    """What to add to the logits so that their mean probability is `share` (default: the share that came)."""
    total = max(float(weights.sum()), 1e-9)
    wanted = float((weights * outcome).sum()) / total if share is None else share
    wanted, shift = min(max(wanted, _EDGE), 1 - _EDGE), 0.0
    for _ in range(_STEPS):
        p = expit(scores + shift)
        gap = wanted - float((weights * p).sum()) / total
        shift += float(np.clip(gap * total / max(float((weights * p * (1 - p)).sum()), 1e-9), -1, 1))
    return shift


def lasting_shift(scores: Floats, outcome: Floats, weights: Floats, moments: Floats) -> float:
    """By how much logits lie too low for long: the mean gap between weeks, less its own uncertainty.

    Weeks differ by waves that pass, and a month of them is about one wave: a correction that runs after each would come when it
    is gone. So the gap counts as far as it is larger than two in a hundred, and than a quarter of its standard error, with four
    weeks taken as one observation.
    """
    week = np.unique(np.floor(moments / (7 * DAY)), return_inverse=True)[1]
    if not len(week):
        return 0.0
    p = expit(scores)
    weight = np.bincount(week, weights=weights)
    gaps = np.bincount(week, weights=weights * (outcome - p)) / np.maximum(weight, 1e-9)
    share = weight / max(weight.sum(), 1e-9)
    mean = float((share * gaps).sum())
    observations = max(1 / float((share**2).sum()) / _WEEKS_OF_A_WAVE, 1.0)
    error = float(np.sqrt((share * (gaps - mean) ** 2).sum() / observations))
    said = float((weights * p).sum()) / max(float(weights.sum()), 1e-9)
    wanted = said + float(np.sign(mean)) * max(abs(mean) - max(error * _ERRORS, _TOLERANCE), 0.0)
    return level_shift(scores, outcome, weights, wanted)


def recency(moments: Floats, now: float, half_life: float) -> Floats:
    """How much each moment counts now: half as much every half-life (days)."""
    return np.exp2(-np.maximum(now - moments, 0.0) / (half_life * DAY))


def fit_knots(values: Floats, is_seen: Flags, weights: Floats, prior: Floats, prior_weight: float) -> Floats:
    """The quantiles of `values` at KNOTS by weighted Kaplan-Meier (1958): where not seen, the value is only known to be larger.

    `prior` are the knots believed before; they count as `prior_weight` values, which also gives the end of the tail.
    """
    bounds = np.concatenate([[0.0], (KNOTS[1:] + KNOTS[:-1]) / 2, [1.0]])
    values = np.concatenate([values, prior])
    weights = np.concatenate([weights, np.diff(bounds) * prior_weight])
    is_seen = np.concatenate([is_seen, np.ones(len(prior), np.bool_)])
    order = np.lexsort((~is_seen, values))
    values, weights, is_seen = values[order], weights[order], is_seen[order]
    at_risk = np.cumsum(weights[::-1])[::-1]
    hazard = np.where(is_seen, weights / np.maximum(at_risk, 1e-12), 0.0)
    reached = 1 - np.cumprod(np.clip(1 - hazard, 0.0, 1.0))
    seen = np.flatnonzero(is_seen)
    middle = reached[seen] - np.diff(reached[seen], prepend=0.0) / 2
    return np.asarray(np.interp(KNOTS, middle, values[seen]), np.float64)


def kaplan_meier(values: Floats, is_seen: Flags, asked: Floats) -> Floats:
    """The share that is larger than each of `asked` (sorted), where not seen only known to be larger. 1 without any."""
    order = np.lexsort((~is_seen, values))
    values, is_seen = values[order], is_seen[order]
    left = np.arange(len(values), 0, -1)
    still = np.append(1.0, np.cumprod(1 - is_seen / left))
    return still[np.searchsorted(values, asked, side="right")]
