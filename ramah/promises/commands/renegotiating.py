"""Agreeing with the customer on another time."""

from datetime import datetime

from django.db import transaction

from ramah.customers.queries import CustomerActor, customer_acting
from ramah.kernel.actors import SYSTEM, Actor, NotVisible, PermissionDenied, require
from ramah.kernel.events import publish
from ramah.promises import permissions
from ramah.promises.commands.ledger import break_promises, note, write
from ramah.promises.commands.making import WARN_PERCENT, Terms, promise_by_terms
from ramah.promises.events import PromiseRenegotiated
from ramah.promises.models import Promise, PromiseChange
from ramah.promises.queries import schedule_of


class PromiseEnded(Exception):
    """The promise was kept, withdrawn or renegotiated already: there is nothing to move."""


class DueInThePast(ValueError):
    """The new due time is not in the future."""


class DueNotLater(ValueError):
    """A customer may wait longer than was promised; to have it earlier is for an agent to promise."""


@transaction.atomic
def renegotiate_promise(
    *,
    actor: Actor,
    promise_id: int,
    due_at: datetime,
    reason: str,
    at: datetime,
    warn_percent: int = WARN_PERCENT,
) -> Promise:
    """Put a new promise, due at `due_at`, in the place of an outstanding one, and return it.

    Told in time, the old promise ends as renegotiated. A broken one stays broken, also when the clock had not noticed yet; it
    has a successor all the same, and one that follows a forecast has one that does. A customer may have a delivery to them made
    later, with the proof that the identity ladder asks for. Raises `PermissionDenied`, `PromiseEnded` and `DueInThePast`; for a
    customer `NotVisible` of what was not promised to them, and `DueNotLater`.
    """
    own = customer_acting(actor)
    if own is None:
        require(actor, permissions.RENEGOTIATE)
    else:
        _require_own_delivery(own, promise_id)
    if due_at <= at:
        raise DueInThePast
    rows = Promise.objects.filter(pk=promise_id).outstanding().select_related("calendar")
    old = rows.select_for_update(of=("self",)).first()
    if old is None:
        raise PromiseEnded
    if own is not None and old.due_at and due_at <= old.due_at:
        raise DueNotLater
    if old.state == Promise.State.OPEN and old.due_at and old.due_at < at:
        break_promises([old], actor=SYSTEM, at=at)
    if old.state == Promise.State.OPEN:
        write([old], state=Promise.State.RENEGOTIATED, ended_at=at, paused_at=None)
    write([old], moved_to=due_at, reason=reason[:200])
    new = promise_by_terms(
        Terms(old.kind, due_at=due_at, warn_percent=None if old.warn_minutes is None else warn_percent),
        schedule_of(old.calendar),
        customer_id=old.customer_id,
        subject=old.subject,
        calendar=old.calendar,
        owner_id=old.owner_id,
        team_id=old.team_id,
        at=at,
    )
    new.replaces = old
    new.save()
    note([old], PromiseChange.Action.RENEGOTIATED, actor=actor, at=at, due_at=due_at.isoformat())
    note([new], PromiseChange.Action.MADE, actor=SYSTEM, at=at)
    publish(PromiseRenegotiated(new.pk, old.pk, old.kind, old.subject, actor.ref), subject=old.subject)
    return new


def _require_own_delivery(own: CustomerActor, promise_id: int) -> None:
    """Raise `NotVisible` unless it was promised to the customer who acts, `PermissionDenied` unless they may move it."""
    promise = Promise.objects.filter(pk=promise_id, customer_id=own.customer_id).first()
    # Proof of one order is proof of nothing else that the customer was promised.
    if promise is None or not (own.may(permissions.EVERY_ORDER) or promise.subject == f"order:{own.order_id}"):
        raise NotVisible
    if promise.kind != Promise.Kind.DELIVERY:
        raise PermissionDenied(permissions.RENEGOTIATE)
    require(own, permissions.MOVE_DELIVERY)
