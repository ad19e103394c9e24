"""The delivery forecast: training on 100,000 shipments, judging 1,000,000, one alone, and the memory it takes. No database.

Floor of the training: gradient boosting as it comes, on the columns as they stand, once. Floor of judging: adding up the same rows'
moments. Of one shipment: the same among a thousand.
"""

import resource
from functools import partial

import numpy as np

from bench import ground
from ramah.shipping.forecast import storing
from ramah.shipping.forecast.evaluating import evaluate
from ramah.shipping.forecast.predicting import predict
from ramah.shipping.forecast.table import HANDOVER, Table
from ramah.shipping.forecast.testing import make_history
from ramah.shipping.forecast.training import plain_scores, train

TRAINED, JUDGED, ROUNDS = 100_000, 1_000_000, 200


def main() -> None:
    """Train, store, judge; the figures are seconds unless they say otherwise."""
    history = make_history(TRAINED, days=700)
    handed = history.take(np.isfinite(history.handed))
    floor, _cpu = ground.timed(partial(plain_scores, handed, handed.take(np.arange(10)), HANDOVER))
    wall, cpu = ground.timed(lambda: train(history))
    ground.figure("forecast.train", wall, "s", floor=floor, cpu=round(cpu, 1), rss_mb=peak())
    report = evaluate(history)
    ground.figure(
        "forecast.evaluate", report["seconds"], "s", floor=floor, trained=report["trained"], roc_auc=report["roc_auc"]
    )
    model = train(history)
    blob = storing.dump(model)
    wall, cpu = ground.timed(lambda: storing.load(blob))
    ground.figure("forecast.load", wall * 1000, "ms", floor=0, kb=len(blob) // 1000)
    stored = storing.load(blob)
    rows = history.take(np.random.default_rng(0).integers(0, len(history), JUDGED))
    floor, _cpu = ground.timed(lambda: added_up(rows))
    wall, cpu = ground.timed(lambda: predict(stored, rows, now=stored.trained_at))
    ground.figure("forecast.predict", wall, "s", floor=floor, rows=JUDGED, cpu=round(cpu, 1), rss_mb=peak())
    some = rows.take(np.arange(1000))
    floor, _cpu = ground.timed(lambda: predict(stored, some, now=stored.trained_at))
    ones = [rows.take(np.array([row])) for row in range(ROUNDS)]
    wall, _cpu = ground.timed(lambda: [predict(stored, one, now=stored.trained_at) for one in ones])
    ground.figure("forecast.predict_one", wall / ROUNDS * 1000, "ms", floor=floor)


def added_up(rows: Table) -> float:
    """What it takes at least: each moment touched once."""
    return float(np.nansum(rows.purchased) + np.nansum(rows.handed) + np.nansum(rows.promised))


def peak() -> int:
    """The most memory of this process so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


if __name__ == "__main__":
    main()
