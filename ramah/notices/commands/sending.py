"""Sending what is due: into the customer's conversation, once, when it still holds and is still wanted.

1. Due rows of live rules are claimed. 2. In one transaction: the customer is locked (so caps and causes are counted one after the
other), the facts are read anew, it is judged again, what else waits for the customer joins, a way is found, the message is
written. Its purpose is `notice:<key>`, so a second try finds the first. 3. The channel's worker hands it over, with its own
retries, never in quiet hours (`hold`). A channel that fails later is no second notice.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ramah.commerce.models import Order
from ramah.conversations.commands.opening import open_conversation
from ramah.conversations.commands.outlets import Announcement, outlet_of
from ramah.conversations.models import Message
from ramah.customers.models import Customer
from ramah.kernel import claims
from ramah.kernel.events import publish
from ramah.notices.commands import braking, offering, reaching, tellers
from ramah.notices.commands.deciding import Addressee, Decision, decide
from ramah.notices.commands.planning import free_causes
from ramah.notices.events import NoticeSent
from ramah.notices.kinds import KINDS
from ramah.notices.models import Notice, Outcome
from ramah.notices.queries.signals import OF_ORDERS
from ramah.notices.queries.wishes import notice_settings, quiet_of, zone_for
from ramah.notices.rules import END, SEND, WEEK
from ramah.notices.texts import LANGUAGES, filled, worded

S = Notice.State
BATCH: Final = 20
LEASE: Final = timedelta(minutes=2)
MOST_TRIES: Final = 6
_MOST_MERGED: Final = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ready:
    notice: Notice
    decision: Decision


def send_due(*, at: datetime, limit: int = BATCH) -> int:
    """Send what is due of live rules; a job that any number of workers may run. Returns how many were looked at."""
    if notice_settings().all_off_at is not None:
        return 0
    speaking = braking.rules_speaking(at=at)
    due = Notice.objects.filter(state=S.PLANNED, rule__in=speaking)
    claimed = claims.claim_due(due, at=at, lease=LEASE, limit=limit) if speaking else []
    for notice in claimed:
        try:
            send_notice(notice, at=at)
        except Exception as error:
            _log.exception("a notice could not be sent", extra={"notice": notice.pk})
            _try_again(notice, "error", f"error: {type(error).__name__}", at=at)
    return len(claimed)


@transaction.atomic
def send_notice(notice: Notice, *, at: datetime) -> Message | None:
    """Send a planned notice if it goes now; None where it does not: then it waits, or has ended, and says why."""
    customer = _lock_customer(notice.pk)
    row = _open(notice.pk)
    if customer is None or row is None:
        return None
    to = Addressee(customer, at)
    decision = decide(row, to)
    if decision.verdict.action != SEND:
        _settle(row, decision, at=at)
        return None
    ready = [_Ready(row, decision), *(_companions(row, to) if row.kind in OF_ORDERS else [])]
    lead = min(ready, key=lambda one: (KINDS[one.notice.kind].rank, one.notice.pk))
    for one in ready:
        _renew(one)
    return _tell(lead.notice, [one.notice for one in ready if one is not lead], to)


def _lock_customer(notice_id: int) -> Customer | None:
    """Lock whose notice it is; a merge that was faster has given it to somebody else."""
    customer: Customer | None = None
    for _try in range(3):
        key = Notice.objects.filter(pk=notice_id).values_list("customer_id", flat=True).first()
        if customer is not None and customer.pk == key:
            return customer
        if key is None:
            return None
        customer = Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk=key).first()
    return customer


def _open(notice_id: int) -> Notice | None:
    rows = Notice.objects.select_for_update(of=("self",)).filter(pk=notice_id, state=S.PLANNED)
    return rows.select_related("rule", "customer", "order__customer", "shipment__account").first()


def _companions(first: Notice, to: Addressee) -> list[_Ready]:
    """What else waits for the customer and goes now: it is told with the first. What has no more use is ended."""
    waiting = Notice.objects.select_for_update(of=("self",)).filter(
        customer=first.customer_id, state=S.PLANNED, kind__in=OF_ORDERS, rule__state="live"
    )
    rows = waiting.exclude(pk=first.pk).select_related("rule", "customer", "order__customer", "shipment__account")
    found = []
    for notice in rows.order_by("id")[:_MOST_MERGED]:
        decision = decide(notice, to)
        if decision.verdict.action == SEND:
            found.append(_Ready(notice, decision))
        elif decision.verdict.action == END:
            _settle(notice, decision, at=to.at)
    return found


def _renew(one: _Ready) -> None:
    """Have the notice say what holds now."""
    notice, signal = one.notice, one.decision.signal
    if signal is not None:
        notice.facts = dict(signal.facts)
    notice.language = _language_of(notice)


def _language_of(notice: Notice) -> str:
    told = (notice.facts.get("language"), notice.order.language if notice.order else "", notice.customer.language)
    bases = (str(one or "").split("-")[0].lower() for one in told)
    return next((base for base in bases if base in LANGUAGES), LANGUAGES[0])


def _tell(lead: Notice, others: Sequence[Notice], to: Addressee) -> Message | None:
    at = to.at
    zone = zone_for(to.customer, lead.order)
    offered = offering.open_offers(lead, at=at)
    lead.choice_until = at + timedelta(hours=lead.rule.expires_hours) if offered else None
    facts = _facts(lead, zone)
    words = filled(lead.rule.texts, lead.language, facts, at=at)
    further = [filled(one.rule.texts, lead.language, _facts(one, zone), at=at).subject for one in others]
    told = tellers.tell(lead, offered, subject=words.subject, text=words.text, further=further, at=at)
    values = {**worded(facts, lead.language, at=at), "link": _page(lead.order)}
    is_promotion = KINDS[lead.kind].is_promotion
    announcement = Announcement(lead.kind, lead.language, values, is_promotion, told.plain)
    preferred = to.preference.channel if to.preference else ""
    try:
        way = reaching.find_way(lead, announcement, preferred=preferred, at=at)
    except reaching.Unreachable as error:
        _not_reached(lead, error, at=at)
        return None
    message = open_conversation(
        inbox=way.inbox,
        contact_point=way.point,
        customer_id=to.customer.pk,
        subject=told.subject,
        text=told.text if outlet_of(way.inbox.channel).has_threads else told.plain,
        html=told.html,
        language=lead.language,
        about=_about(lead),
        purpose=f"notice:{lead.pk}",
        at=at,
        headers=told.headers,
        sealed=told.sealed,
        prepared=way.prepared,
        detail={"notice": {"id": lead.public_id, "kind": lead.kind}},
        hold=quiet_of(to.preference, to.settings, zone).hold,
    )
    offering.offer(lead, offered, at=at)
    _close(lead, S.SENT, message=message, at=at)
    for one in others:
        _close(one, S.MERGED, into=lead, at=at)
    publish(NoticeSent(lead.pk, to.customer.pk), subject=f"customer:{to.customer.pk}")
    return message


def _facts(notice: Notice, zone: str) -> Mapping[str, Any]:
    until = notice.facts.get("due_at") or (notice.choice_until.isoformat() if notice.choice_until else "")
    currency = notice.order.currency if notice.order else ""
    credit = {"amount": notice.rule.credit.get(currency, ""), "currency": currency}
    return {"zone": zone, "until": until, "credit": credit, **notice.facts}


def _about(notice: Notice) -> str:
    return f"order:{notice.order_id}" if notice.order_id else str(notice.facts.get("about") or "")


def _page(order: Order | None) -> str:
    return settings.BASE_URL + (reverse("track", args=[order.public_id]) if order is not None else "/")


def _close(notice: Notice, state: str, *, at: datetime, **changes: Any) -> None:
    Notice.objects.filter(pk=notice.pk).update(
        state=state,
        sent_at=at,
        reason="",
        facts=notice.facts,
        language=notice.language,
        choice_until=notice.choice_until,
        next_attempt_at=None,
        claim="",
        claimed_until=None,
        **changes,
    )
    Outcome.objects.create(notice=notice, next_attempt_at=at + WEEK)


def _settle(notice: Notice, decision: Decision, *, at: datetime) -> None:
    """Write down why a notice does not go now, or not at all."""
    verdict = decision.verdict
    changes: dict[str, Any] = {"reason": verdict.reason, "next_attempt_at": verdict.not_before}
    if verdict.action == END:
        changes |= {"state": verdict.state, "next_attempt_at": None}
    Notice.objects.filter(pk=notice.pk).update(claim="", claimed_until=None, **changes)
    if verdict.state == S.OUTDATED:
        free_causes([notice.pk])
    elif verdict.state == S.WITHHELD:
        Outcome.objects.create(notice=notice, next_attempt_at=at + WEEK)


def _not_reached(notice: Notice, error: reaching.Unreachable, *, at: datetime) -> None:
    if error.has_address:
        _try_again(notice, "no_way", "unreachable", at=at)
    else:
        Notice.objects.filter(pk=notice.pk).update(
            state=S.FAILED, reason="unreachable", next_attempt_at=None, claim="", claimed_until=None
        )


def _try_again(notice: Notice, reason: str, at_last: str, *, at: datetime) -> None:
    """Later once more; after so many tries it counts as failed, for people to see."""
    tries = notice.attempts + 1
    again = claims.next_attempt(tries, at=at) if tries < MOST_TRIES else None
    changes = {"reason": reason} if again else {"reason": at_last[:80], "state": S.FAILED}
    Notice.objects.filter(pk=notice.pk, state=S.PLANNED).update(
        attempts=tries, next_attempt_at=again, claim="", claimed_until=None, **changes
    )
