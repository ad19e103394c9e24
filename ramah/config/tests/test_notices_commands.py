"""notices: the rules, trying one out, and the switch, as people and scripts call them."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from ramah.config.cli import main
from ramah.notices.demo import seed
from ramah.notices.models import NoticeSettings, Rule

AT = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def run(*arguments):
    return CliRunner().invoke(main, ["notices", *arguments])


def test_the_rules_and_the_switch():
    assert run("list").exit_code == 0
    listed = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert {"rule": "at-risk", "kind": "at_risk", "state": "draft", "version": 1} in listed
    assert listed[-1] == {"last_seven_days": {}, "off_since": None}

    assert run("off", "--reason", "wrong text").exit_code == 0
    assert NoticeSettings.objects.get().off_reason == "wrong text"
    assert "switched off since" in run("list").stdout
    assert run("on").exit_code == 0
    assert NoticeSettings.objects.get().all_off_at is None


def test_a_rule_is_tried_out_to_its_end():
    result = run("dry-run", "late", "--days", "30", "--json")

    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["rule"], told["version"], told["would_send"], told["customers"]) == ("late", 1, 0, 0)


def test_an_unknown_rule_is_named():
    result = run("dry-run", "nope")

    assert result.exit_code == 1
    assert "There is no rule 'nope'" in result.stderr
    assert run("dry-run", "late", "--days", "0").exit_code == 2


def test_the_demo_has_some_rules_live():
    seed(AT)
    seed(AT)

    live = set(Rule.objects.filter(state="live").values_list("kind", flat=True))
    assert live == {"at_risk", "late", "lost", "delivery_failed", "refund_sent", "back_in_stock", "price_drop"}
