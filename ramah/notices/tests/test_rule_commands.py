"""Writing rules and letting them speak, the brake, the switch, sparing people: who may, what is refused, what is on record."""

from datetime import time, timedelta

import pytest

from ramah.customers.proof import CHANNEL_VERIFIED, CLAIMED, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.personal_data import personal_data_holders
from ramah.notices import kinds
from ramah.notices.commands import braking
from ramah.notices.commands.dry_runs import run_due, start_dry_run
from ramah.notices.commands.rules import (
    BadRule,
    NotInThatState,
    NotTriedOut,
    RuleTold,
    drop_waiting,
    go_live,
    pause_rule,
    release_brake,
    save_rule,
)
from ramah.notices.commands.sending import send_due
from ramah.notices.commands.suppressing import BadPreference, lift_suppression, set_preference, suppress
from ramah.notices.commands.switching import BadSettings, change_settings, switch_off, switch_on
from ramah.notices.models import Cause, Notice, NoticeSettings, Preference, Rule, Suppression
from ramah.notices.queries.wishes import preference_of
from ramah.notices.rules import BadTerms
from ramah.notices.testing import TEXTS, make_choice, make_notice, make_rule
from ramah.notices.tests.scenes import AT, DAY, expected, live, ordered, planned
from ramah.notices.texts import BadTexts
from ramah.shipping.models import Flight

HOUR = timedelta(hours=1)
LATE = RuleTold(name="Late", kind=kinds.LATE, texts=TEXTS, choices=("wait", "talk"), credit={"IDR": "20000"})
pytestmark = pytest.mark.django_db


def with_(**changes):
    return RuleTold(**{**{name: getattr(LATE, name) for name in LATE.__slots__}, **changes})


def on_record():
    return list(AuditEntry.objects.filter(action__startswith="notices").order_by("id").values_list("action", flat=True))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"kind": "spam"}, BadRule),
        ({"name": "  "}, BadRule),
        ({"name": "x" * 81}, BadRule),
        ({"terms": {"evil": 1}}, BadTerms),
        ({"texts": {}}, BadTexts),
        ({"channels": ()}, BadRule),
        ({"channels": ("pigeon",)}, BadRule),
        ({"kind": kinds.PROMOTION, "channels": ("whatsapp",), "choices": ()}, BadTexts),
        ({"choices": ("pay",)}, BadRule),
        ({"credit": {"IDR": "-1"}}, BadRule),
        ({"credit": {"IDR": "NaN"}}, BadRule),
        ({"credit": {"XXXX": "1"}}, BadRule),
        ({"expires_hours": 0}, BadRule),
        ({"holdout_percent": 51}, BadRule),
    ],
)
def test_a_rule_that_would_not_do_is_refused_and_nothing_is_kept(ada, changes, error):
    with pytest.raises(error):
        save_rule(actor=ada, told=with_(**changes), at=AT)

    assert not Rule.objects.exists()
    assert on_record() == []


def test_only_leads_write_rules_and_set_what_holds_for_all(ben):
    rule = make_rule(at=AT, state="draft")
    refused = (
        lambda: save_rule(actor=ben, told=LATE, at=AT),
        lambda: go_live(actor=ben, rule=rule, at=AT),
        lambda: pause_rule(actor=ben, rule=rule, at=AT),
        lambda: release_brake(actor=ben, rule=rule, at=AT),
        lambda: drop_waiting(actor=ben, rule=rule, at=AT),
        lambda: start_dry_run(actor=ben, rule=rule, at=AT),
        lambda: switch_on(actor=ben, at=AT),
        lambda: change_settings(
            actor=ben,
            quiet_from=time(21),
            quiet_to=time(8),
            per_week=50,
            promotions_per_week=1,
            credits_per_year=1,
            at=AT,
        ),
    )
    for one in refused:
        with pytest.raises(PermissionDenied):
            one()
    rule.refresh_from_db()
    assert (rule.state, NoticeSettings.objects.count(), on_record()) == ("draft", 0, [])


def test_from_a_draft_to_live_by_a_dry_run_of_that_version(ada):
    rule = save_rule(actor=ada, told=LATE, at=AT)
    assert (rule.key, rule.state, rule.version) == ("late", "draft", 1)
    with pytest.raises(NotTriedOut):
        go_live(actor=ada, rule=rule, at=AT)

    run = start_dry_run(actor=ada, rule=rule, at=AT)
    assert start_dry_run(actor=ada, rule=rule, at=AT) == run
    with pytest.raises(NotTriedOut):
        go_live(actor=ada, rule=rule, at=AT)
    assert run_due(at=AT) == 1
    assert go_live(actor=ada, rule=rule, at=AT + HOUR).went_live_at == AT + HOUR
    with pytest.raises(NotInThatState):
        go_live(actor=ada, rule=rule, at=AT)

    # Another name is no other version; another word is, and the rule rests until that was tried out.
    assert save_rule(actor=ada, told=with_(name="Too late"), rule=rule, at=AT).state == "live"
    changed = save_rule(actor=ada, told=with_(expires_hours=24), rule=rule, at=AT)
    assert (changed.state, changed.version, changed.name) == ("paused", 2, "Late")
    with pytest.raises(NotTriedOut):
        go_live(actor=ada, rule=rule, at=AT)
    with pytest.raises(BadRule):
        save_rule(actor=ada, told=with_(kind=kinds.AT_RISK), rule=rule, at=AT)
    assert save_rule(actor=ada, told=LATE, at=AT).key == "late-2"


def test_the_brake_holds_what_is_far_more_than_usual_until_somebody_has_looked(ada):
    rule = live(kinds.REFUND_SENT)
    order = ordered()
    Notice.objects.bulk_create(
        Notice(
            rule=rule,
            rule_version=1,
            kind=rule.kind,
            customer=order.customer,
            planned_at=AT - HOUR / 2,
            not_after=AT + DAY,
            next_attempt_at=AT,
            public_id=f"b{number}",
            created_at=AT,
        )
        for number in range(braking.AT_LEAST + 1)
    )
    Notice.objects.filter(public_id="b0").update(planned_at=AT - 2 * HOUR)
    assert braking.rules_speaking(at=AT) == [rule.pk]
    Notice.objects.filter(public_id="b0").update(planned_at=AT)

    assert send_due(at=AT - HOUR) == 0  # nothing is due yet
    assert Rule.objects.get().state == "live"
    assert send_due(at=AT) == 0
    rule.refresh_from_db()
    assert (rule.state, rule.braked_at) == ("braked", AT)
    assert Notice.objects.filter(state="planned").count() == braking.AT_LEAST + 1

    released = release_brake(actor=ada, rule=rule, at=AT)
    assert (released.state, braking.rules_speaking(at=AT)) == ("live", [rule.pk])
    assert on_record() == ["notices.brake", "notices.rule_live"]
    with pytest.raises(NotInThatState):
        release_brake(actor=ada, rule=rule, at=AT)


def test_a_busy_rule_is_not_braked_by_a_busy_hour():
    rule = live(kinds.REFUND_SENT)
    order = ordered()
    rows = [
        (day, number) for day in range(1, 28) for number in range(20)
    ]  # twenty a day: a hundred and twenty are too many, a hundred are not
    rows += [(0, number) for number in range(100)]
    Notice.objects.bulk_create(
        Notice(
            rule=rule,
            rule_version=1,
            kind=rule.kind,
            customer=order.customer,
            planned_at=AT - day * DAY,
            not_after=AT + DAY,
            next_attempt_at=AT,
            public_id=f"u{day}-{number}",
            created_at=AT,
        )
        for day, number in rows
    )
    assert braking.rules_speaking(at=AT) == [rule.pk]


def test_while_nothing_is_due_looking_costs_two_queries(django_assert_num_queries):
    for kind in (kinds.LATE, kinds.LOST, kinds.REFUND_SENT):
        live(kind)

    with django_assert_num_queries(2):
        assert send_due(at=AT) == 0


def test_what_customers_asked_for_is_never_braked():
    rule = live(kinds.BACK_IN_STOCK)
    order = ordered()
    for number in range(braking.AT_LEAST + 5):
        make_notice(order, rule.kind, at=AT, rule=rule, public_id=f"a{number}")

    assert braking.rules_speaking(at=AT) == [rule.pk]


def test_what_is_dropped_can_be_planned_again(ada):
    rule = live(kinds.AT_RISK)
    order = ordered()
    expected(order, Flight.Level.AT_RISK)
    planned(kinds.AT_RISK, order)
    pause_rule(actor=ada, rule=rule, at=AT)

    assert drop_waiting(actor=ada, rule=rule, at=AT) == 1
    assert (Cause.objects.count(), Notice.objects.get().reason) == (0, "dropped")
    assert drop_waiting(actor=ada, rule=rule, at=AT) == 0


def test_the_switch_is_for_everybody_on_the_team_and_is_on_record(ada, ben):
    held = switch_off(actor=ben, reason=" wrong text ", at=AT)
    switch_off(actor=ada, reason="again", at=AT + HOUR)
    assert (held.off_reason, held.off_by) == ("wrong text", ben.ref)
    assert NoticeSettings.objects.get().all_off_at == AT

    switch_on(actor=ada, at=AT + HOUR)
    switch_on(actor=ada, at=AT + HOUR)
    assert NoticeSettings.objects.get().all_off_at is None
    assert on_record() == ["notices.off", "notices.on"]


@pytest.mark.parametrize("change", [{"per_week": -1}, {"per_week": 51}, {"credits_per_year": 101}])
def test_figures_out_of_bounds_change_nothing(ada, change):
    figures = {"per_week": 3, "promotions_per_week": 1, "credits_per_year": 3, **change}
    with pytest.raises(BadSettings):
        change_settings(actor=ada, quiet_from=time(20), quiet_to=time(9), at=AT, **figures)

    assert not NoticeSettings.objects.exists()


def test_customers_choose_for_themselves_with_proof_of_their_channel(ben):
    dana, eli = make_customer("Dana"), make_customer("Eli")
    told = {"channel": "whatsapp", "muted": ["delivered"], "quiet_from": time(22), "quiet_to": time(7)}

    set_preference(actor=CustomerActor(dana.pk, CHANNEL_VERIFIED), customer=dana, at=AT, **told)
    for actor in (CustomerActor(dana.pk, CLAIMED), CustomerActor(eli.pk, CHANNEL_VERIFIED)):
        with pytest.raises(PermissionDenied):
            set_preference(actor=actor, customer=dana, muted=["late"], at=AT)
    for wrong in ({"channel": "pigeon"}, {"muted": ["spam"]}, {"quiet_from": time(22)}):
        with pytest.raises(BadPreference):
            set_preference(actor=ben, customer=dana, at=AT, **wrong)

    row = Preference.objects.get()
    assert {name: getattr(row, name) for name in told} == told
    set_preference(actor=ben, customer=dana, at=AT + HOUR)
    assert preference_of(dana.pk).muted == []
    assert Preference.objects.count() == 1


def test_sparing_somebody_is_by_customer_or_address_and_can_be_lifted(ben):
    dana = make_customer("Dana", email="dana@mail.example")
    point = dana.contact_points.get()
    for both in ({}, {"customer": dana, "contact_point": point}):
        with pytest.raises(ValueError, match="either"):
            suppress(actor=ben, at=AT, **both)
    with pytest.raises(ValueError, match="nonsense"):
        suppress(actor=ben, customer=dana, scope="nonsense", at=AT)
    with pytest.raises(PermissionDenied):
        suppress(actor=CustomerActor(dana.pk, CHANNEL_VERIFIED), customer=dana, at=AT)
    assert not Suppression.objects.exists()

    row = suppress(actor=ben, contact_point=point, reason="asked by phone", at=AT)
    lift_suppression(actor=ben, suppression=row, at=AT)
    lift_suppression(actor=ben, suppression=row, at=AT)
    assert (Suppression.objects.count(), on_record()) == (0, ["notices.spare", "notices.spare_no_more"])


def test_what_is_held_of_a_customer_is_given_out_and_forgotten():
    holder = next(one for one in personal_data_holders() if one.key == "notices")
    live(kinds.AT_RISK)
    order = ordered()
    expected(order, Flight.Level.AT_RISK)
    planned(kinds.AT_RISK, order)
    past = make_notice(order, at=AT, state="sent", facts={"name": "Dana"})
    make_choice(past, "leave", at=AT, taken_at=AT, state="done", said={"where": "behind the door"}, result="Told.")
    set_preference(actor=SYSTEM, customer=order.customer, muted=["late"], at=AT)

    told = holder.export(order.customer_id)
    assert [len(told[name]) for name in ("notices", "choices", "preferences")] == [2, 1, 1]
    assert "behind the door" in str(told)

    for _twice in range(2):
        holder.erase(order.customer_id)
    told = holder.export(order.customer_id)
    assert "Dana" not in str(told)
    assert "behind the door" not in str(told)
    assert set(Notice.objects.values_list("state", flat=True)) == {"suppressed", "sent"}
    assert send_due(at=AT + DAY) == 0
