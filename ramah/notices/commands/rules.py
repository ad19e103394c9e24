"""Writing rules, and letting them speak. A rule goes live only with a dry run of its present version behind it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from moneyed import CURRENCIES

from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, require
from ramah.notices.commands.planning import free_causes
from ramah.notices.defaults import DEFAULTS
from ramah.notices.kinds import KINDS
from ramah.notices.models import DryRun, Notice, Rule
from ramah.notices.permissions import MANAGE_NOTICES
from ramah.notices.rules import RuleTerms
from ramah.notices.texts import check_texts

S = Rule.State
CHANNELS: Final = ("email", "whatsapp", "telegram", "messenger", "instagram")
MOST_HOURS, MOST_HOLDOUT, MOST_NAME = 24 * 14, 50, 80
_BATCH: Final = 500


class BadRule(ValueError):
    """The rule cannot be saved so; says why, for people."""


class NotTriedOut(Exception):
    """There is no finished dry run of this version of the rule."""


class NotInThatState(Exception):
    """The rule is in another state by now; nothing was changed."""


@dataclass(frozen=True, slots=True)
class RuleTold:
    """A rule as somebody writes it. `terms` as `RuleTerms`, `texts` by language, `credit` by currency."""

    name: str
    kind: str
    terms: Mapping[str, Any] = field(default_factory=dict)
    channels: Sequence[str] = ("email",)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    choices: Sequence[str] = ()
    credit: Mapping[str, str] = field(default_factory=dict)
    expires_hours: int = 72
    holdout_percent: int = 0


@transaction.atomic
def save_rule(*, actor: Actor, told: RuleTold, rule: Rule | None = None, key: str = "", at: datetime) -> Rule:
    """Write a rule down, a new one (then with a key of its own) as a draft. A change of what it says makes another version:
    a live rule then rests until that one was tried out. Raises `BadRule`, `BadTerms`, `BadTexts`, `PermissionDenied`.
    """
    require(actor, MANAGE_NOTICES)
    fields = _checked(told)
    if rule is None:
        rule = Rule.objects.create(key=key or _free_key(told.kind), kind=told.kind, created_at=at, **fields)
        audit.record(actor, "notices.rule_made", _subject(rule), at=at, kind=rule.kind)
        return rule
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.kind != told.kind:
        raise BadRule(_("The kind of a rule stays what it is."))
    changed = sorted(name for name, value in fields.items() if getattr(rule, name) != value)
    if not changed:
        return rule
    for name, value in fields.items():
        setattr(rule, name, value)
    if changed != ["name"]:
        rule.version += 1
        rule.state = rule.state if KINDS[rule.kind].on_request or rule.state == S.DRAFT else S.PAUSED
    rule.save()
    audit.record(actor, "notices.rule_changed", _subject(rule), at=at, version=rule.version, fields=changed)
    return rule


@transaction.atomic
def go_live(*, actor: Actor, rule: Rule, at: datetime) -> Rule:
    """Let a rule speak. Raises `NotTriedOut`, `NotInThatState`, `PermissionDenied`."""
    require(actor, MANAGE_NOTICES)
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.state not in (S.DRAFT, S.PAUSED):
        raise NotInThatState(rule.state)
    done = DryRun.objects.filter(rule=rule, rule_version=rule.version, state=DryRun.State.DONE)
    if not KINDS[rule.kind].on_request and not done.exists():
        raise NotTriedOut
    return _enter(rule, S.LIVE, actor=actor, at=at, went_live_at=at, braked_at=None)


@transaction.atomic
def pause_rule(*, actor: Actor, rule: Rule, at: datetime) -> Rule:
    """Have a rule rest: it plans nothing new, and what it has planned waits. Raises `NotInThatState`, `PermissionDenied`."""
    require(actor, MANAGE_NOTICES)
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.state not in (S.LIVE, S.BRAKED):
        raise NotInThatState(rule.state)
    return _enter(rule, S.PAUSED, actor=actor, at=at, braked_at=None)


@transaction.atomic
def release_brake(*, actor: Actor, rule: Rule, at: datetime) -> Rule:
    """Let a braked rule go on: somebody has looked. Raises `NotInThatState`, `PermissionDenied`."""
    require(actor, MANAGE_NOTICES)
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.state != S.BRAKED:
        raise NotInThatState(rule.state)
    return _enter(rule, S.LIVE, actor=actor, at=at, braked_at=None, released_at=at)


def drop_waiting(*, actor: Actor, rule: Rule, at: datetime) -> int:
    """End all that a rule has planned and not sent; their causes are free again. Returns how many. Raises `PermissionDenied`."""
    require(actor, MANAGE_NOTICES)
    waiting = Notice.objects.filter(rule=rule, state=Notice.State.PLANNED)
    dropped = 0
    while keys := list(waiting.order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        with transaction.atomic():
            dropped += waiting.filter(pk__in=keys).update(
                state=Notice.State.OUTDATED, reason="dropped", next_attempt_at=None
            )
            free_causes(keys)
    audit.record(actor, "notices.dropped", _subject(rule), at=at, count=dropped)
    return dropped


def install_defaults(kinds: Collection[str] | None = None, *, at: datetime) -> list[Rule]:
    """The rules that a shop begins with, those of `kinds` (default: all) of which there is none yet; returns what was made.

    They are drafts; what customers ask for one by one is live.
    """
    wanted = [one for one in DEFAULTS if kinds is None or one.kind in kinds]
    there = set(Rule.objects.filter(kind__in=[one.kind for one in wanted]).values_list("kind", flat=True))
    made = []
    for one in wanted:
        if one.kind in there:
            continue
        kind = KINDS[one.kind]
        fields = {
            "name": str(kind.name),
            "kind": one.kind,
            "terms": dict(one.terms),
            "channels": ["email"],
            "texts": one.texts,
            "choices": list(kind.choices if one.choices is None else one.choices),
            "credit": dict(one.credit),
            "created_at": at,
            **({"state": S.LIVE, "went_live_at": at} if kind.on_request else {}),
        }
        rule, is_new = Rule.objects.get_or_create(key=one.kind.replace("_", "-"), defaults=fields)
        if is_new:
            audit.record(SYSTEM, "notices.rule_made", _subject(rule), at=at, kind=rule.kind)
            made.append(rule)
    return made


def _checked(told: RuleTold) -> dict[str, Any]:
    if told.kind not in KINDS:
        raise BadRule(_("There are no notices of this kind."))
    name = " ".join(told.name.split())
    if not name or len(name) > MOST_NAME:
        raise BadRule(_("A rule needs a name of at most %(most)s characters.") % {"most": MOST_NAME})
    RuleTerms.read(told.terms)
    check_texts(told.texts, told.kind)
    if not 1 <= told.expires_hours <= MOST_HOURS:
        raise BadRule(_("Choices can be open for 1 to %(most)s hours.") % {"most": MOST_HOURS})
    if not 0 <= told.holdout_percent <= (MOST_HOLDOUT if KINDS[told.kind].holds_out else 0):
        raise BadRule(_("Of this kind no more can be left out, or nobody can."))
    return {
        "name": name,
        "terms": dict(told.terms),
        "channels": _channels(told),
        "texts": {language: dict(words) for language, words in told.texts.items()},
        "choices": _choices(told),
        "credit": _credit(told.credit),
        "expires_hours": told.expires_hours,
        "holdout_percent": told.holdout_percent,
    }


def _channels(told: RuleTold) -> list[str]:
    channels = list(dict.fromkeys(told.channels))
    by_mail = KINDS[told.kind].is_promotion or KINDS[told.kind].on_request
    if not channels or not set(channels) <= set(CHANNELS) or (by_mail and channels != ["email"]):
        raise BadRule(_("Choose where it is told; offers and what was asked for go by e-mail."))
    return channels


def _choices(told: RuleTold) -> list[str]:
    choices = list(dict.fromkeys(told.choices))
    if not set(choices) <= set(KINDS[told.kind].choices):
        raise BadRule(_("A notice of this kind cannot offer all of these choices."))
    return choices


def _credit(credit: Mapping[str, str]) -> dict[str, str]:
    amounts: dict[str, str] = {}
    for currency, amount in credit.items():
        try:
            value = Decimal(str(amount))
        except InvalidOperation:
            value = Decimal("NaN")
        if currency not in CURRENCIES or not value.is_finite() or not 0 < value < 10**9:
            raise BadRule(_("A credit is an amount above 0 in a currency of the shop."))
        amounts[currency] = str(value)
    return amounts


def _enter(rule: Rule, state: str, *, actor: Actor, at: datetime, **changes: Any) -> Rule:
    before, rule.state = rule.state, state
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.save(update_fields=["state", *changes])
    audit.record(actor, f"notices.rule_{state}", _subject(rule), at=at, before=before, version=rule.version)
    return rule


def _free_key(kind: str) -> str:
    base, number = kind.replace("_", "-"), 1
    taken = set(Rule.objects.filter(key__startswith=base).values_list("key", flat=True))
    while (key := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return key


def _subject(rule: Rule) -> str:
    return f"notice_rule:{rule.pk}"
