"""Customers of a simulated story: who asks, when, and what a notice changes."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from ramah.shipping.simulation.customers import NOTICES, REASONS, ResponseError
from ramah.shipping.simulation.disturbances import CALM, Disturbances
from ramah.shipping.simulation.story import simulate

START = date(2025, 9, 1)


@pytest.fixture(scope="module")
def story():
    return simulate(orders=20_000, seed=1, days=120, start=START, disturbances=Disturbances(late=0.15, attempts=0.15))


def test_they_ask_while_the_parcel_is_under_way(story):
    asks = story.customers.asks_at
    asked = ~np.isnan(asks)

    assert (asks[asked] >= story.purchased_at[asked]).all()
    early = asks < story.handed_over_at  # nothing has left by the promised day
    assert set(story.customers.reason[early]) <= {REASONS.index("late"), REASONS.index("stalled")}
    assert not (asks > story.delivered_at).any()
    assert not (asks > story.returned_at).any()
    assert (story.customers.reason[~asked] == -1).all()
    assert set(story.customers.reason[asked]) == set(range(len(REASONS)))
    assert story.figures()["asked_share"] == pytest.approx(asked.mean(), abs=1e-4)


def test_more_ask_when_it_is_late_has_stalled_was_attempted_or_is_lost(story):
    asked = ~np.isnan(story.customers.asks_at)
    attempted = ~np.isnan(story.journeys.ends.failed_at[:, 0])
    fine = ~story.is_late & ~attempted & ~story.is_lost

    assert asked[fine].mean() < 0.08
    assert asked[story.is_late].mean() > 3 * asked[fine].mean()
    assert asked[attempted].mean() > 2 * asked[fine].mean()
    assert asked[story.is_lost].mean() > 3 * asked[fine].mean()
    late = story.customers.reason == REASONS.index("late")
    assert (story.customers.asks_at[late] > story.promised_at[late]).all()


def test_in_a_calm_story_hardly_anybody_asks():
    calm = simulate(orders=5000, seed=2, days=60, start=START, disturbances=CALM)

    attempted = calm.customers.reason == REASONS.index("attempted")
    assert not attempted.any()
    assert np.mean(~np.isnan(calm.customers.asks_at)) < 0.1


def answers(story, kind, days_before, rows):
    return Counter(story.responds(int(row), kind, days_before) for row in rows)


def test_the_earlier_a_notice_the_fewer_ask_anyway(story):
    would = np.flatnonzero(story.customers.reason == REASONS.index("late"))
    asked = [answers(story, "at_risk", days, would)["asks"] / len(would) for days in (3, 0, -2)]

    assert asked[0] < asked[1] < asked[2] < 1
    assert asked[0] == pytest.approx(0.3, abs=0.06)
    never = np.flatnonzero(np.isnan(story.customers.asks_at))
    stirred = answers(story, "at_risk", 3, never)["asks"] / len(never)
    assert stirred == pytest.approx(0.015, abs=0.004)


@pytest.mark.parametrize("kind", sorted(NOTICES))
def test_some_choose_and_few_cancel_as_the_notice_lets_them(story, kind):
    rows = range(len(story.purchased_at))
    found = answers(story, kind, 1, rows)
    spoken = sum(found.values()) - found["asks"]
    _saves, chooses, cancels = NOTICES[kind]

    assert set(found) <= {"asks", "chooses", "cancels", "nothing"}
    assert found["chooses"] / spoken == pytest.approx(chooses, abs=0.015)
    assert found["cancels"] / spoken == pytest.approx(cancels, abs=0.015)


def test_the_same_customer_answers_the_same_notice_alike(story):
    again = simulate(orders=20_000, seed=1, days=120, start=START, disturbances=Disturbances(late=0.15, attempts=0.15))

    for row in range(0, 20_000, 97):
        first = story.responds(row, "late", 0)
        assert first == story.responds(row, "late", 0) == again.responds(row, "late", 0)


@pytest.mark.parametrize(
    ("order", "kind", "named"),
    [(0, "promo", "notice_kind"), (0, "", "notice_kind"), (-1, "late", "order"), (20_000, "late", "order")],
)
def test_who_or_what_there_is_not_is_refused(story, order, kind, named):
    with pytest.raises(ResponseError, match=named):
        story.responds(order, kind, 1)
