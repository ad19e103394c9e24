import time

from ramah.kernel.ids import LENGTH, new_public_id


def test_ids_sort_by_the_time_of_their_making():
    made = []
    for _ in range(20):
        made.append(new_public_id())
        time.sleep(0.002)

    assert made == sorted(made)


def test_ids_are_of_fixed_length_and_of_unambiguous_characters():
    for _ in range(100):
        made = new_public_id()
        assert len(made) == LENGTH == 26
        assert set(made) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_ids_of_one_millisecond_differ_in_what_cannot_be_guessed(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 1_790_000_000_000_000_000)

    made = {new_public_id() for _ in range(10_000)}

    assert len(made) == 10_000
    assert len({one[:10] for one in made}) == 1  # the time
    assert len({one[10:14] for one in made}) > 9_000  # the first of the random part
