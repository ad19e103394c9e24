"""What there is to learn from a simulated story: something for a plain model, more for who sees the waves of delay."""

from datetime import date

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from ramah.shipping.simulation.disturbances import Disturbances
from ramah.shipping.simulation.ordering import PLACE_REGION
from ramah.shipping.simulation.story import simulate
from ramah.shipping.simulation.weather import waves
from ramah.shipping.simulation.world import CARRIERS, REGIONS

DAY = 86400
START = date(2025, 9, 1)


def told(seed, **asked):
    return simulate(orders=20_000, seed=seed, days=120, start=START, disturbances=Disturbances(**asked))


@pytest.fixture(scope="module")
def stories():
    return [told(seed) for seed in (1, 2, 3)]


def plain_auc(story, *more):
    """Boosting on what is obvious at the hand-over (and on `more`), trained on the first 70 % of time."""
    handed, orders = story.handed_over_at, story.orders
    local = (handed - story.almanac.base) / DAY
    terms = [(story.promised_at - handed) / DAY, (handed - story.purchased_at) / DAY, local % 1, local // 1 % 7]
    table = np.column_stack([*terms, orders.place, orders.warehouse, orders.carrier, orders.service, *more])
    split = np.quantile(handed, 0.7)
    train = story.delivered_at < split
    test = (handed >= split) & ~np.isnan(story.delivered_at)
    model = HistGradientBoostingClassifier(max_iter=40, learning_rate=0.1, random_state=0)
    with threadpool_limits(1):  # threads that wait for each other on a busy machine take a minute instead of a second
        model.fit(table[train], story.is_late[train])
    return roc_auc_score(story.is_late[test], model.predict_proba(table[test])[:, 1])


def drift_at_hand_over(story):
    day = story.almanac.day_of(story.handed_over_at - story.almanac.base)
    carriers = waves(story.almanac, story.seed, "carriers", among=len(CARRIERS), strength=1)
    regions = waves(story.almanac, story.seed, "regions", among=len(REGIONS), strength=1)
    return carriers[story.orders.carrier, day], regions[PLACE_REGION[story.orders.place], day]


def test_a_plain_model_finds_some_of_it_and_one_that_knew_the_waves_much_more(stories):
    plain = [plain_auc(story) for story in stories]
    knowing = [plain_auc(story, *drift_at_hand_over(story)) for story in stories]

    assert min(plain) > 0.6
    assert 0.66 < np.mean(plain) < 0.8
    assert 0.8 < np.mean(knowing) < 0.92


def without(values, groups):
    """The values less the mean of their group."""
    return values - (np.bincount(groups, values) / np.maximum(np.bincount(groups), 1))[groups]


def lasting(story):
    """How slow a parcel is against how slow those were that reached its region in the ten days before it left: correlation.

    Usual differences between services, weekdays and lanes are taken away first.
    """
    there = np.flatnonzero(~np.isnan(story.delivered_at) & ~story.orders.is_abroad)
    left, came = story.handed_over_at[there], story.delivered_at[there]
    slow = without(np.log(came - left), story.orders.service[there] * 10 + (left // DAY % 7).astype(int))
    slow = without(slow, story.orders.warehouse[there] * 100 + story.orders.place[there])
    region = PLACE_REGION[story.orders.place[there]]
    pairs = []
    for one in range(len(REGIONS)):
        rows = np.flatnonzero(region == one)
        rows = rows[np.argsort(came[rows])]
        passed = np.concatenate([[0], np.cumsum(slow[rows])])
        until = np.searchsorted(came[rows], left[rows])
        since = np.searchsorted(came[rows], left[rows] - 10 * DAY)
        lately = (passed[until] - passed[since]) / np.maximum(until - since, 1)
        pairs.append(np.column_stack([slow[rows], lately])[until - since >= 20])
    now, before = np.concatenate(pairs).T
    return np.corrcoef(now, before)[0, 1]


def test_who_is_slow_stays_so_for_a_while(stories):
    assert min(lasting(story) for story in stories) > 0.15
    assert max(lasting(told(seed, waves=0, storms=0, strikes=0)) for seed in (1, 2, 3)) < 0.1
