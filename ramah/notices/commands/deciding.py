"""Whether a notice goes now: the case that `rules.judge` decides on, read from the rows of the moment."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ramah.customers.models import Consent, Customer
from ramah.customers.queries import consent_to
from ramah.notices.kinds import KINDS
from ramah.notices.models import Notice, NoticeSettings, Preference
from ramah.notices.queries.signals import OF_ORDERS, is_feed_silent, signal_now
from ramah.notices.queries.wishes import is_spared, notice_settings, preference_of, quiet_of, zone_for
from ramah.notices.rules import WEEK, Case, RuleTerms, Signal, Verdict, judge

_ON_REQUEST = [kind.key for kind in KINDS.values() if kind.on_request]
_PROMOTIONS = [kind.key for kind in KINDS.values() if kind.is_promotion]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a notice, and what holds of it now (None for what is no state of an order)."""

    verdict: Verdict
    signal: Signal | None = None


@dataclass
class Addressee:
    """A customer, locked, with all that decides on what they are told at `at`; read once for all of their notices."""

    customer: Customer
    at: datetime

    @cached_property
    def settings(self) -> NoticeSettings:
        """What holds for all."""
        return notice_settings()

    @cached_property
    def preference(self) -> Preference | None:
        """What they want themselves."""
        return preference_of(self.customer.pk)

    def sent(self, *, is_promotion: bool) -> list[datetime]:
        """When notices of this sort went to them in the last seven days."""
        rows = Notice.objects.filter(
            customer=self.customer.pk, state=Notice.State.SENT, sent_at__gt=self.at - WEEK
        ).exclude(kind__in=_ON_REQUEST)
        rows = rows.filter(kind__in=_PROMOTIONS) if is_promotion else rows.exclude(kind__in=_PROMOTIONS)
        return [sent for sent in rows.values_list("sent_at", flat=True) if sent is not None]


def decide(notice: Notice, to: Addressee) -> Decision:
    """What becomes of a notice with its rule and order loaded: facts are read anew, then it is judged."""
    signal: Signal | None = None
    if notice.kind in OF_ORDERS and notice.order_id is not None:
        ref = str(notice.facts.get("ref") or "")
        signal = signal_now(notice.kind, order_id=notice.order_id, shipment_id=notice.shipment_id, ref=ref, at=to.at)
        if signal is None or not notice.causes.filter(key=signal.key).exists():
            return Decision(Verdict("end", "over", state=Notice.State.OUTDATED))
    return Decision(judge(_case(notice, to), at=to.at), signal)


def _case(notice: Notice, to: Addressee) -> Case:
    kind, rule, held = KINDS[notice.kind], notice.rule, to.settings
    key = f"{rule.pk}:{notice.customer_id}"
    return Case(
        kind=kind,
        fresh_until=notice.not_after,
        quiet=quiet_of(to.preference, held, zone_for(to.customer, notice.order)),
        is_off=held.all_off_at is not None,
        rule_state=rule.state,
        is_spared=is_spared(notice.customer_id, is_promotion=kind.is_promotion, at=to.at),
        has_consent=not kind.is_promotion or has_consent(notice.customer_id, RuleTerms.read(rule.terms)),
        muted=to.preference.muted if to.preference else (),
        is_feed_silent=is_feed_silent(notice.kind, notice.shipment_id, notice.order_id),
        sent=to.sent(is_promotion=kind.is_promotion),
        per_week=held.promotions_per_week if kind.is_promotion else held.per_week,
        holdout_key=key,
        holdout_percent=rule.holdout_percent,
        spread_key=key,
    )


def has_consent(customer_id: int, terms: RuleTerms) -> bool:
    """Whether the customer agreed to news, and to offers by what they bought where these terms go by that."""
    by_bought = bool(terms.category or terms.bought_days or terms.idle_days)
    asked = [Consent.Purpose.NEWS, *([Consent.Purpose.PERSONAL_OFFERS] if by_bought else [])]
    return all((given := consent_to(customer_id, purpose)) is not None and given.granted for purpose in asked)
