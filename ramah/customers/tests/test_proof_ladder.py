"""The identity ladder, line by line, and that its guide says the same."""

import re
from pathlib import Path

import pytest

from ramah.customers.models import Proof
from ramah.customers.proof import LADDER, LEVELS, CustomerActor, allows, required_level
from ramah.kernel.actors import Actor

GUIDE = Path(__file__).parents[3] / "docs/guides/identity-ladder.md"

# The whole table once more, as it was decided: a change of the ladder must be made twice.
TABLE = {
    "anonymous": {"helpcenter.read", "conversations.start"},
    "claimed": {"customers.be_named", "promises.request_callback"},
    "channel_verified": {
        "commerce.view_order_status",
        "shipping.follow",
        "conversations.view_history",
        "notices.choose",
    },
    "order_verified": {
        "commerce.view_orders",
        "commerce.view_masked_address",
        "commerce.change_delivery",
        "commerce.change_address",
        "resolutions.request_return",
        "resolutions.refund_to_original",
    },
    "signed_in": {
        "commerce.view_addresses",
        "commerce.view_all_orders",
        "resolutions.refund_elsewhere",
        "loyalty.redeem",
        "promises.view",
        "customers.keep_account",
        "customers.change_contact",
        "privacy.export",
        "privacy.erase",
    },
}


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_allows_its_own_actions_and_those_of_the_levels_below(level):
    granted = set().union(*(TABLE[lower] for lower in LEVELS[: LEVELS.index(level) + 1]))

    assert {rung.action for rung in LADDER if allows(level, rung.action)} == granted


@pytest.mark.parametrize(
    ("action", "level"), [(action, level) for level, actions in TABLE.items() for action in actions]
)
def test_the_required_level_is_the_weakest_that_allows(action, level):
    assert required_level(action) == level


def test_levels_are_those_of_contact_points():
    assert list(LEVELS) == Proof.values


def test_no_proof_allows_what_the_table_does_not_name():
    assert not allows("signed_in", "commerce.import")
    with pytest.raises(KeyError):
        required_level("commerce.import")


def test_actions_stand_in_the_table_once():
    actions = [rung.action for rung in LADDER]
    assert len(actions) == len(set(actions))


def test_the_guide_shows_the_same_table():
    told = {}
    for line in GUIDE.read_text().splitlines():
        if match := re.match(r"\| `(?P<action>[\w.]+)` \| (?P<says>.+?) \| (?P<marks>.*) \|$", line):
            marks = [cell.strip() == "yes" for cell in match["marks"].split(" | ")]
            told[match["action"]] = (match["says"], marks)

    assert told == {r.action: (str(r.says), [allows(level, r.action) for level in LEVELS]) for r in LADDER}


def test_a_customer_who_acts_is_asked_like_any_actor():
    dana: Actor = CustomerActor(customer_id=12, level="order_verified", name="Dana", order_id=7)

    assert (dana.ref, dana.label) == ("customer:12", "Dana")
    assert dana.may("resolutions.request_return")
    assert not dana.may("privacy.export")
    assert not dana.may("accounts.manage_agents")


def test_order_proof_names_its_order():
    with pytest.raises(ValueError, match="order"):
        CustomerActor(customer_id=12, level="order_verified")
