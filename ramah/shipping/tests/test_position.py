"""Where a parcel stands: tables for the ways that parcels go, properties for what no order, repetition or replay may change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ramah.shipping import position
from ramah.shipping.position import HELD, MISDELIVERED, STATES, Doubt, PositionError, StoredEvent, fold

JAKARTA, KYIV = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Kyiv")
PLACED = datetime(2026, 3, 2, 8, tzinfo=UTC)
HANDED = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def events(*told):
    """Events of `(hours after the hand-over, state)` or `(hours, state, reason)`; digests are `e0`, `e1`, ..."""
    return [
        StoredEvent(f"e{number}", state, HANDED + hours * HOUR, *reason)
        for number, (hours, state, *reason) in enumerate(told)
    ]


def folded(*told, handed_over_at=HANDED):
    return fold(events(*told), handed_over_at=handed_over_at, placed_at=PLACED)


@pytest.mark.parametrize(
    ("told", "state", "since"),
    [
        pytest.param([], "in_transit", 0, id="handed over, nothing told"),
        pytest.param([(-2, "pre_transit")], "in_transit", 0, id="the hand-over is later than the label"),
        pytest.param([(-2, "exception", "address")], "in_transit", 0, id="the hand-over ends what was wrong before"),
        pytest.param([(-2, "lost")], "in_transit", 0, id="the hand-over lifts a loss before it"),
        pytest.param([(1, "in_transit")], "in_transit", 1, id="on its way"),
        pytest.param([(1, "in_transit"), (2, "pre_transit")], "in_transit", 1, id="the paper comes after the parcel"),
        pytest.param([(5, "out_for_delivery"), (1, "in_transit")], "out_for_delivery", 5, id="the wrong way round"),
        pytest.param([(1, "out_for_delivery"), (5, "in_transit")], "in_transit", 5, id="back to the branch"),
        pytest.param([(1, "in_transit"), (2, "exception", "customs")], "exception", 2, id="stopped"),
        pytest.param([(2, "exception", "customs"), (3, "in_transit")], "in_transit", 3, id="moves again"),
        pytest.param([(1, "delivery_attempted"), (2, "out_for_delivery")], "out_for_delivery", 2, id="tried again"),
        pytest.param([(2, "available_for_pickup")], "available_for_pickup", 2, id="waits at the branch"),
        pytest.param([(1, "delivery_attempted"), (2, "returned")], "returned", 2, id="nobody took it"),
        pytest.param([(1, "available_for_pickup"), (9, "delivered")], "delivered", 9, id="fetched"),
        pytest.param([(9, "delivered"), (30, "in_transit")], "delivered", 9, id="late scan"),
        pytest.param([(9, "delivered"), (20, "exception", "damaged")], "delivered", 9, id="late exception"),
        pytest.param([(9, "delivered"), (10, "pre_transit")], "delivered", 9, id="late paper"),
        pytest.param([(9, "delivered"), (12, "delivered")], "delivered", 9, id="delivered twice"),
        pytest.param([(9, "delivered"), (99, "returned")], "returned", 99, id="sent back"),
        pytest.param([(9, "returned"), (20, "delivered")], "returned", 9, id="delivered to the shop"),
        pytest.param([(9, "returned"), (20, "lost")], "returned", 9, id="nothing is lost after its end"),
        pytest.param([(9, "delivered"), (20, "exception", MISDELIVERED)], "exception", 20, id="wrong door"),
        pytest.param([(9, "exception", MISDELIVERED)], "exception", 9, id="wrong door, not told as delivered"),
        pytest.param([(9, "lost")], "lost", 9, id="lost"),
        pytest.param([(9, "lost"), (20, "lost")], "lost", 9, id="lost twice"),
        pytest.param([(9, "lost"), (20, "exception", "search")], "lost", 9, id="looked for"),
        pytest.param([(9, "lost"), (8, "in_transit")], "lost", 9, id="an older scan finds nothing"),
        pytest.param([(9, "lost"), (90, "in_transit")], "in_transit", 90, id="found"),
        pytest.param([(9, "lost"), (90, "delivered")], "delivered", 90, id="found at the customer's"),
        pytest.param([(9, "lost"), (90, "returned")], "returned", 90, id="found at the shop's"),
    ],
)
def test_the_state_and_its_moment(told, state, since):
    found = folded(*told)

    assert (found.state, found.occurred_at) == (state, HANDED + since * HOUR)
    assert found.doubts == ()


def test_nothing_is_known():
    found = folded(handed_over_at=None)

    assert (found.state, found.reason, found.attempts, found.doubts) == ("pre_transit", "", 0, ())
    moments = (found.occurred_at, found.handed_over_at, found.last_moved_at)
    assert (*moments, found.delivered_at, found.returned_at, found.lost_at) == (None,) * 6


@pytest.mark.parametrize("told", ["pre_transit", "exception", "lost"])
def test_what_does_not_show_the_parcel_with_the_carrier_hands_nothing_over(told):
    found = folded((1, told), handed_over_at=None)

    assert (found.state, found.occurred_at) == (told, HANDED + HOUR)
    assert (found.handed_over_at, found.last_moved_at) == (None, None)


@pytest.mark.parametrize("told", sorted(HELD))
def test_the_first_event_with_the_carrier_hands_it_over(told):
    found = folded((-1, "pre_transit"), (5, told), (3, told), handed_over_at=None)

    assert found.handed_over_at == HANDED + 3 * HOUR


def test_at_the_same_moment_the_rank_decides():
    """As with carriers that tell the day only."""
    same = [(1, state) for state in STATES if state not in {"delivered", "returned", "lost"}]
    for count in range(2, len(same) + 1):
        assert folded(*reversed(same[:count])).state == same[count - 1][1]
    assert folded((1, "delivered"), (1, "out_for_delivery"), (1, "in_transit")).state == "delivered"
    assert folded((1, "returned"), (1, "delivered")).state == "returned"


def test_at_the_same_moment_and_rank_the_digest_decides():
    one, other = StoredEvent("a", "exception", HANDED, "weather"), StoredEvent("b", "exception", HANDED, "strike")

    for told in ([one, other], [other, one]):
        assert fold(told, handed_over_at=None, placed_at=PLACED).reason == "strike"


def test_moments_of_a_way():
    told = [(1, "in_transit"), (30, "out_for_delivery"), (31, "delivery_attempted", "nobody"), (55, "delivered")]

    found = folded(*told, (60, "in_transit"))

    assert (found.handed_over_at, found.delivered_at) == (HANDED, HANDED + 55 * HOUR)
    assert found.last_moved_at == found.delivered_at  # a late scan moves nothing
    assert (found.returned_at, found.lost_at, found.attempts) == (None, None, 1)
    assert (folded(*told[:3]).reason, found.reason) == ("nobody", "")
    assert folded((5, "exception", "weather")).last_moved_at == HANDED  # where nothing else has moved it


def test_a_delivery_that_went_wrong_is_taken_back_and_the_next_one_counts():
    wrong = [(9, "delivered"), (100, "exception", MISDELIVERED)]

    assert (folded(*wrong).delivered_at, folded(*wrong).reason) == (None, MISDELIVERED)
    right = folded(*wrong, (110, "out_for_delivery"), (120, "delivered"))
    assert (right.state, right.delivered_at) == ("delivered", HANDED + 120 * HOUR)


def test_what_is_found_was_not_lost():
    assert folded((1, "in_transit"), (9, "lost")).lost_at == HANDED + 9 * HOUR
    assert folded((9, "lost"), (90, "in_transit")).lost_at is None
    assert folded((9, "lost"), (90, "in_transit"), (200, "lost")).lost_at == HANDED + 200 * HOUR


def test_sent_back_after_delivery_keeps_both_moments():
    found = folded((9, "delivered"), (99, "returned"), (300, "in_transit"), (300, "lost"))

    assert (found.delivered_at, found.returned_at) == (HANDED + 9 * HOUR, HANDED + 99 * HOUR)
    assert (found.state, found.last_moved_at, found.doubts) == ("returned", found.returned_at, ())


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ((9 + 48, "in_transit"), None),
        ((9 + 48.1, "in_transit"), "moved_after_delivered"),
        ((9 + 48.1, "delivery_attempted"), "moved_after_delivered"),
        ((9 + 48.1, "exception", "damaged"), "moved_after_delivered"),
        ((9 + 48.1, "exception", MISDELIVERED), None),
        ((9 + 48.1, "returned"), None),
        ((9 + 48.1, "delivered"), None),
        ((9 + 48.1, "pre_transit"), None),
        ((9.1, "lost"), "lost_after_delivered"),
    ],
)
def test_what_comes_long_after_delivery_is_a_doubt(told, word):
    found = folded((1, "in_transit"), (9, "delivered"), told)

    assert found.doubts == (() if word is None else (Doubt(word, "e2"),))
    if word is not None:
        assert found == replace(folded((1, "in_transit"), (9, "delivered")), doubts=found.doubts)


@pytest.mark.parametrize("adjusted", ["future", "untold"])
def test_a_moment_that_is_not_known_raises_no_doubt(adjusted):
    told = events((1, "in_transit"), (9, "delivered"), (200, "in_transit"))
    told[2] = replace(told[2], adjusted=adjusted)

    assert fold(told, handed_over_at=HANDED, placed_at=PLACED).doubts == ()


@pytest.mark.parametrize(
    ("handed", "told", "handed_over", "is_doubtful"),
    [
        pytest.param(0, [(1, "in_transit"), (2, "delivered")], 0, False, id="in order"),
        pytest.param(0, [(2, "delivered")], 0, False, id="a carrier of few words"),
        pytest.param(9, [(1, "in_transit"), (2, "delivered")], 1, False, id="written down late"),
        pytest.param(9, [(1, "in_transit"), (20, "delivered")], 1, False, id="written down late, still on its way"),
        pytest.param(9, [(2, "delivered")], 2, True, id="delivered before it was handed over"),
        pytest.param(9, [(2, "delivered"), (3, "in_transit")], 2, True, id="a late scan moves nothing"),
        pytest.param(None, [(2, "delivered")], 2, True, id="nobody handed it over"),
        pytest.param(None, [(2, "pre_transit"), (2, "delivered")], 2, True, id="only its paper is known"),
        pytest.param(None, [(2, "in_transit"), (2, "delivered")], 2, False, id="the day only"),
        pytest.param(9, [(2, "returned"), (3, "delivered")], 2, False, id="returned before"),
    ],
)
def test_the_hand_over_is_never_later_than_what_the_carrier_had(handed, told, handed_over, is_doubtful):
    found = folded(*told, handed_over_at=None if handed is None else HANDED + handed * HOUR)

    assert found.handed_over_at == HANDED + handed_over * HOUR
    assert [doubt.word for doubt in found.doubts] == ["delivered_unmoved"] * is_doubtful
    if found.delivered_at is not None:
        assert found.delivered_at == next(HANDED + hours * HOUR for hours, state in told if state == "delivered")


@pytest.mark.parametrize(
    ("hours", "attempts"),
    [([], 0), ([1], 1), ([1, 1], 1), ([1, 3, 5], 1), ([1, 5.1], 2), ([1, 3, 5, 5.1, 24, 25, 48], 4)],
)
def test_one_attempt_in_several_events_is_one(hours, attempts):
    told = [(hour, "delivery_attempted") for hour in hours]

    assert folded(*told).attempts == attempts
    assert folded(*told, (60, "delivered"), (70, "delivery_attempted")).attempts == attempts


def test_an_earlier_parcel_with_the_same_number_is_not_folded():
    old = [StoredEvent("old", "delivered", PLACED - DAY - MINUTE), StoredEvent("older", "lost", PLACED - 90 * DAY)]
    told = events((1, "in_transit"))

    found = fold([*old, *told], handed_over_at=None, placed_at=PLACED)

    assert found == fold(told, handed_over_at=None, placed_at=PLACED)
    assert fold(old, handed_over_at=None, placed_at=None).state == "delivered"
    within = [StoredEvent("new", "delivered", PLACED - DAY)]
    assert fold(within, handed_over_at=None, placed_at=PLACED).state == "delivered"


def test_events_of_a_number_that_was_corrected_are_not_folded():
    wrong = [replace(event, adjusted="foreign") for event in events((5, "delivered"))]

    assert fold(wrong, handed_over_at=HANDED, placed_at=PLACED) == folded()


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (StoredEvent("a", "teleported", HANDED), "state: 'teleported'"),
        (StoredEvent("a", "", HANDED), "state"),
        (StoredEvent("", "in_transit", HANDED), "digest"),
        (StoredEvent("a", "in_transit", HANDED.replace(tzinfo=None)), "occurred_at"),
    ],
)
def test_a_bad_event_names_the_field(event, named):
    with pytest.raises(PositionError) as caught:
        fold([event], handed_over_at=None, placed_at=None)

    assert named in str(caught.value)


def test_moments_without_offset_name_the_field():
    naive = HANDED.replace(tzinfo=None)
    told = events((1, "in_transit"))
    with pytest.raises(PositionError, match="handed_over_at"):
        fold(told, handed_over_at=naive, placed_at=PLACED)
    with pytest.raises(PositionError, match="placed_at"):
        fold(told, handed_over_at=HANDED, placed_at=naive)


def test_moments_of_the_night_that_has_an_hour_twice_are_told_apart():
    """Python compares two times of the same zone by the clock on the wall: 03:50 before the change is 20 minutes before 03:10."""
    first = datetime(2026, 10, 25, 3, 50, tzinfo=KYIV, fold=0)
    second = datetime(2026, 10, 25, 3, 10, tzinfo=KYIV, fold=1)
    told = [StoredEvent("a", "out_for_delivery", second), StoredEvent("b", "in_transit", first)]

    found = fold(told, handed_over_at=None, placed_at=None)

    assert (found.state, found.occurred_at) == ("out_for_delivery", utc("2026-10-25T01:10"))
    assert found.handed_over_at == utc("2026-10-25T00:50")
    assert found.occurred_at.tzinfo is UTC


def test_it_stays_pure():
    lines = Path(position.__file__).read_text().splitlines()

    assert [line for line in lines if line.startswith(("from django", "import django", "from ramah"))] == []
    assert not any("now(" in line or "today(" in line for line in lines)


# In these nights the clocks of Kyiv change.
NIGHTS = (datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC))
ORDERED = NIGHTS[0] - 2 * DAY
MOMENTS = st.one_of(
    st.integers(0, 30).map(lambda hours: NIGHTS[0] + hours * HOUR),  # many at the same moment
    st.integers(-6 * 24, 14 * 24).map(lambda hours: NIGHTS[0] + hours * HOUR),
    st.integers(0, 5 * 60).map(lambda minutes: NIGHTS[1] + minutes * MINUTE),
)
EVENTS = st.lists(
    st.builds(
        lambda digest, state, at, zone, reason, adjusted: StoredEvent(
            str(digest), state, at.astimezone(zone), reason, adjusted
        ),
        st.integers(0, 30),  # so that some digests come twice
        st.sampled_from(STATES),
        MOMENTS,
        st.sampled_from([UTC, KYIV, JAKARTA]),
        st.sampled_from(["", "", "customs", MISDELIVERED]),
        st.sampled_from(["", "", "", "zone", "future", "foreign"]),
    ),
    max_size=14,
)
HAND_OVERS = st.none() | MOMENTS
COMMON = settings(max_examples=100, deadline=None)


def fold_at(told, handed):
    return fold(told, handed_over_at=handed, placed_at=ORDERED)


@COMMON
@given(EVENTS, HAND_OVERS, st.randoms(use_true_random=False), st.data())
def test_neither_order_nor_repetition_change_the_position(told, handed, random, data):
    again = told + (data.draw(st.lists(st.sampled_from(told))) if told else [])
    random.shuffle(again)

    assert fold_at(again, handed) == fold_at(told, handed)
    assert fold_at(told + told, handed) == fold_at(told, handed)
    assert fold_at(iter(told), handed) == fold_at(told, handed)


def test_every_order_of_a_story_gives_the_same():
    told = events(
        (-1, "pre_transit"), (1, "in_transit"), (9, "delivered"), (20, "exception", MISDELIVERED), (40, "lost"), (50, "delivered")
    )  # fmt: skip

    assert {fold(order, handed_over_at=None, placed_at=PLACED) for order in permutations(told)} == {
        fold(told, handed_over_at=None, placed_at=PLACED)
    }


@COMMON
@given(EVENTS, HAND_OVERS, st.data())
def test_parts_that_came_before_leave_no_trace(told, handed, data):
    """Folding a part, storing its hand-over, then folding all of it: the same as all at once, in whatever parts it came."""
    stored = handed
    for _ in range(data.draw(st.integers(1, 3))):
        part = [event for event in told if data.draw(st.booleans())]
        stored = fold_at(part, stored).handed_over_at

    assert fold_at(told, stored) == fold_at(told, handed)


@COMMON
@given(EVENTS, EVENTS, HAND_OVERS)
def test_merging_partial_sets(one, other, handed):
    assert fold_at(one + other, handed) == fold_at(other + one, handed) == fold_at(one + other + one, handed)


@COMMON
@given(EVENTS, HAND_OVERS, st.sampled_from(sorted(HELD - {"delivered", "returned"})), st.integers(0, 48))
@example([StoredEvent("1", "delivered", NIGHTS[0] + HOUR)], NIGHTS[0], "in_transit", 48)
def test_a_late_scan_after_delivery_changes_nothing(told, handed, state, hours):
    before = fold_at(told, handed)
    if before.state != "delivered":
        return
    late = StoredEvent("late", state, before.delivered_at + hours * HOUR + (MINUTE if hours < 48 else timedelta()))

    assert fold_at([*told, late], handed) == before


@COMMON
@given(EVENTS, HAND_OVERS, st.sampled_from(["pre_transit", "in_transit", "out_for_delivery"]), st.integers(1, 47))
def test_an_old_scan_that_comes_after_delivery_leaves_it_delivered(told, handed, state, hours):
    before = fold_at(told, handed)
    if before.state != "delivered":
        return
    old = StoredEvent("old", state, before.delivered_at - hours * HOUR)

    after = fold_at([*told, old], handed)

    assert (after.state, after.delivered_at, after.attempts) == ("delivered", before.delivered_at, before.attempts)
    assert after.handed_over_at <= before.handed_over_at


@COMMON
@given(EVENTS, HAND_OVERS)
def test_what_a_position_always_is(told, handed):
    found = fold_at(told, handed)

    moments = (found.occurred_at, found.handed_over_at, found.last_moved_at, found.delivered_at, found.lost_at)
    assert all(moment is None or moment.tzinfo is UTC for moment in moments)
    assert found.state in STATES
    assert (found.lost_at is not None) is (found.state == "lost")
    assert (found.returned_at is not None) is (found.state == "returned")
    assert found.delivered_at is not None or found.state != "delivered"
    assert found.delivered_at is None or found.state in {"delivered", "returned"}
    assert (found.handed_over_at is None) is (found.last_moved_at is None)
    for moment in (found.delivered_at, found.returned_at, found.last_moved_at):
        assert moment is None or moment >= found.handed_over_at
    assert found.state != "pre_transit" or found.handed_over_at is None
    assert {doubt.digest for doubt in found.doubts} <= {event.digest for event in told}


@COMMON
@given(st.lists(MOMENTS, max_size=12), st.lists(MOMENTS, max_size=3))
def test_more_events_never_make_fewer_attempts(some, more):
    told = [StoredEvent(str(number), "delivery_attempted", at) for number, at in enumerate(some + more)]

    assert fold_at(told, None).attempts >= fold_at(told[: len(some)], None).attempts
