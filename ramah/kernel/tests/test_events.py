import dataclasses
import typing

import pytest
from django.db import transaction

from ramah.kernel import events
from ramah.kernel.models import OutboxEvent

pytestmark = pytest.mark.django_db


def test_a_published_event_waits_in_the_outbox_with_its_subject(event_type):
    Happened = event_type("test.happened")
    events.subscribe(Happened)(lambda fact: None)

    events.publish(Happened(7), subject="test:7")

    row = OutboxEvent.objects.get()
    assert (row.name, row.subject, row.payload) == ("test.happened", "test:7", {"number": 7})
    assert events.load(row.name, row.payload) == Happened(7)
    assert row.published_at is not None


def test_an_event_without_a_listener_is_not_kept(event_type):
    events.publish(event_type("test.unheard")(1), subject="test:1")

    assert not OutboxEvent.objects.exists()


def test_what_is_rolled_back_was_never_published(event_type):
    Happened = event_type("test.happened")
    events.subscribe(Happened)(lambda fact: None)

    def command():
        with transaction.atomic():
            events.publish(Happened(1), subject="test:1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        command()

    assert not OutboxEvent.objects.exists()


def test_the_bell_rings_when_the_event_is_committed_and_not_before(event_type, django_capture_on_commit_callbacks):
    Happened = event_type("test.happened")
    events.subscribe(Happened)(lambda fact: None)
    bell = events.published.listen()

    with django_capture_on_commit_callbacks(execute=True):
        events.publish(Happened(1), subject="test:1")
        assert not bell.is_set()

    assert bell.is_set()
    events.published.leave(bell)
    bell.clear()
    events.published.set()
    assert not bell.is_set()


def test_a_name_is_taken_once(event_type):
    event_type("test.happened")

    with pytest.raises(ValueError, match="taken"):
        event_type("test.happened")


def test_a_row_of_an_unknown_event_or_of_another_form_is_refused(event_type):
    event_type("test.happened")

    with pytest.raises(KeyError):
        events.load("test.never_heard_of", {})
    with pytest.raises(TypeError):
        events.load("test.happened", {"number": 1, "color": "red"})


def test_every_event_of_the_product_is_a_frozen_fact_that_fits_json():
    fits = {str(kind) for kind in (int, str, bool, float, list[int], int | None, str | None)}
    for name, cls in events._types.items():
        assert dataclasses.is_dataclass(cls), name
        assert cls.__dataclass_params__.frozen, name
        for field, kind in typing.get_type_hints(cls).items():
            assert str(kind) in fits, f"{name}.{field}: {kind}"
