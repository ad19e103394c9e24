"""Domain events: facts in the past tense, published in the transaction that made them true.

An app declares them in its `events.py`:

    @event("conversation.resolved")
    @dataclass(frozen=True, slots=True)
    class ConversationResolved:
        conversation_id: int

A command calls `publish(ConversationResolved(...), subject="conversation:7")`; a higher app's `handlers.py` subscribes with
`@subscribe(ConversationResolved)`. Fields are ids, strings, numbers and booleans: what fits JSON, and no more.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from django.db import transaction

from ramah.kernel.models import OutboxEvent, lane_of

E = TypeVar("E")
Handler = Callable[[Any], None]

_types: dict[str, type] = {}
_names: dict[type, str] = {}
_handlers: dict[str, dict[str, Handler]] = {}
# By key of the handler: those that take many events at a time.
handlers_of_many: dict[str, Callable[[Any], None]] = {}


class Bell:
    """Rung when this process has made work: its worker threads need not wait for their next look. Other processes poll."""

    def __init__(self) -> None:
        self._listeners: set[threading.Event] = set()

    def listen(self) -> threading.Event:
        """A new event that each ring sets; whoever waits on it clears it."""
        listener = threading.Event()
        self._listeners.add(listener)
        return listener

    def leave(self, listener: threading.Event) -> None:
        """Stop setting `listener`."""
        self._listeners.discard(listener)

    def set(self) -> None:
        """Wake every listener."""
        for listener in tuple(self._listeners):
            listener.set()


published = Bell()


def event(name: str) -> Callable[[type[E]], type[E]]:
    """Register a frozen dataclass under its wire name. A name is taken once; renaming one strands rows in the outbox."""

    def register(cls: type[E]) -> type[E]:
        if _types.setdefault(name, cls) is not cls:
            raise ValueError(f"event name {name!r} is taken by {_types[name].__qualname__}")
        _names[cls] = name
        return cls

    return register


def subscribe(event_type: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Call the function for each event of this type: at least once, in order per subject, inside a transaction."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        key = f"{function.__module__}.{function.__qualname__}"
        _handlers.setdefault(_names[event_type], {})[key] = function
        return function

    return register


def subscribe_many(event_type: type[E]) -> Callable[[Callable[[Sequence[E]], None]], Callable[[Sequence[E]], None]]:
    """As `subscribe`, for a handler that takes many events of one type at a time, each of another subject.

    For what happens so often that a few queries for fifty events count. A batch of one must do the same.
    """

    def register(function: Callable[[Sequence[E]], None]) -> Callable[[Sequence[E]], None]:
        key = f"{function.__module__}.{function.__qualname__}"
        _handlers.setdefault(_names[event_type], {})[key] = lambda event: function([event])
        handlers_of_many[key] = function
        return function

    return register


def publish(fact: object, *, subject: str) -> None:
    """Write the event to the outbox, in the caller's transaction. `subject` names what must stay in order: `order:9`."""
    publish_all([(fact, subject)])


def publish_all(facts: Iterable[tuple[object, str]]) -> None:
    """Write many events with their subjects, in this order. What nobody listens to is not written."""
    rows = [
        OutboxEvent(
            name=_names[type(fact)],
            subject=subject,
            lane=lane_of(subject),
            payload=asdict(fact),  # type: ignore[call-overload]
        )
        for fact, subject in facts
        if _handlers.get(_names[type(fact)])
    ]
    if rows:
        OutboxEvent.objects.bulk_create(rows)
        transaction.on_commit(published.set)


def handlers_of(name: str) -> dict[str, Handler]:
    """Subscribed handlers of a wire name, by their dotted path."""
    return _handlers.get(name, {})


def load(name: str, payload: dict[str, Any]) -> object:
    """The event that a row holds. Raises KeyError for an unknown name and TypeError for a payload that no longer fits."""
    return _types[name](**payload)
