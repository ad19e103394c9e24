"""What happened to promises. A batch event is about promises of one subject, changed together."""

from dataclasses import dataclass

from ramah.kernel.events import event


@event("promise.made")
@dataclass(frozen=True, slots=True)
class PromisesMade:
    promise_ids: list[int]
    subject: str


@event("promise.at_risk")
@dataclass(frozen=True, slots=True)
class PromiseAtRisk:
    """Not fulfilled yet and little time left, or forecast to be late: once for a promise, and again after it was eased."""

    promise_id: int
    kind: str
    subject: str


@event("promise.eased")
@dataclass(frozen=True, slots=True)
class PromiseEased:
    """The forecast no longer sees a promise at risk that was."""

    promise_id: int
    kind: str
    subject: str


@event("promise.broken")
@dataclass(frozen=True, slots=True)
class PromiseBroken:
    """The due time passed without fulfillment, as far as was known; published once for a promise.

    `PromisesKept` with its key takes it back: it was done in time, and word of it came late.
    """

    promise_id: int
    kind: str
    subject: str


@event("promise.kept")
@dataclass(frozen=True, slots=True)
class PromisesKept:
    """Fulfilled in time. What was fulfilled late stays broken and is not among these."""

    promise_ids: list[int]
    subject: str


@event("promise.renegotiated")
@dataclass(frozen=True, slots=True)
class PromiseRenegotiated:
    """`promise_id` is the new promise, `replaced_id` the one whose place it takes; `actor` who moved it: `customer:12`."""

    promise_id: int
    replaced_id: int
    kind: str
    subject: str
    actor: str = ""


@event("promise.withdrawn")
@dataclass(frozen=True, slots=True)
class PromisesWithdrawn:
    promise_ids: list[int]
    subject: str


@event("promise.paused")
@dataclass(frozen=True, slots=True)
class PromisesPaused:
    promise_ids: list[int]
    subject: str


@event("promise.resumed")
@dataclass(frozen=True, slots=True)
class PromisesResumed:
    promise_ids: list[int]
    subject: str
