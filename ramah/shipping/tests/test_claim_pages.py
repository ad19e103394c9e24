"""Pages of claims on carriers: list, evidence, and what came of each."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from ramah.accounts.testing import actor_of_agent, client_of, make_agent
from ramah.commerce.testing import make_order
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry
from ramah.shipping.commands.claims import open_claim
from ramah.shipping.models import Claim
from ramah.shipping.testing import make_carrier, make_shipment, make_tracking_event

pytestmark = pytest.mark.django_db
CLAIMS = "/desk/delivery/claims/"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def agent():
    return make_agent(name="Ben")


@pytest.fixture
def ben(agent):
    return client_of(agent)


def make_claim(agent, at, *, days=3, number="TL-1", **told):
    shipment = make_shipment(
        make_order(number=number, placed_at=at - timedelta(days=days + 1)), at=at - timedelta(days=days),
        carried_by=make_carrier(at=at), tracking_number=f"JN{number}55",
    )  # fmt: skip
    make_tracking_event(shipment, "in_transit", at=at - timedelta(days=days), place="Bekasi hub")
    told = {"kind": "lost", "amount": 389000, "note": "Called <them>", **told}
    return open_claim(
        actor=actor_of_agent(agent), shipment=shipment, at=at, **{**told, "amount": Decimal(told["amount"])}
    )


def url_of(claim, name="carrier-claim"):
    return reverse(name, args=[claim.public_id])


def test_the_list_says_state_amount_and_the_last_day(ben, agent, at):
    make_claim(agent, at, number="TL-1", days=58)
    later = make_claim(agent, at, number="TL-2")
    Claim.objects.filter(pk=later.pk).update(state="sent", reference="C-77")

    text = ben.get(CLAIMS).content.decode()

    assert "Send it by" in text
    assert "Rp389.000" in text.replace("\xa0", "").replace(" ", "") or "389" in text
    assert "C-77" in text
    assert [row[0].shipment.order.number for row in ben.get(CLAIMS, {"state": "sent"}).context["rows"]] == ["TL-2"]
    assert [row[3] for row in ben.get(CLAIMS).context["rows"]] == [False, True]


def test_an_empty_list_says_how_to_claim(ben):
    assert "tick it, then Claim" in ben.get(CLAIMS, {"state": "nonsense"}).content.decode()
    assert ben.get(CLAIMS, {"cursor": "x"}).status_code == 400


def test_a_claim_shows_what_it_rests_on(ben, agent, at):
    claim = make_claim(agent, at)

    text = ben.get(url_of(claim)).content.decode()

    for words in (
        "Claim for TL-1",
        "JNTL-155",
        "Called &lt;them&gt;",
        "Handed to the carrier",
        "Bekasi hub",
        "Last day",
    ):
        assert words in text


def test_it_goes_from_sent_to_paid_and_not_back(ben, agent, at):
    claim = make_claim(agent, at)

    ben.post(url_of(claim), {"state": "sent", "reference": "C-77"})
    ben.post(url_of(claim), {"state": "paid", "paid_amount": "300000"})

    claim.refresh_from_db()
    assert (claim.state, claim.reference, int(claim.paid_amount)) == ("paid", "C-77", 300000)
    assert ben.post(url_of(claim), {"state": "sent"}).status_code == 422
    assert "What came of it" not in ben.get(url_of(claim)).content.decode()


@pytest.mark.parametrize(
    "told", [{"state": "paid"}, {"state": "lost"}, {}, {"state": "sent", "reference": "x" * 81}]
)  # paid before it was sent is no step
def test_what_is_no_step_changes_nothing(ben, agent, at, told):
    claim = make_claim(agent, at)

    assert ben.post(url_of(claim), told).status_code == 422
    claim.refresh_from_db()
    assert (claim.state, claim.reference) == ("draft", "")


@pytest.mark.parametrize("amount", ["-1", "NaN", "1e30", "ten"])
def test_a_paid_amount_is_an_amount(ben, agent, at, amount):
    claim = make_claim(agent, at)
    Claim.objects.filter(pk=claim.pk).update(state="sent")

    assert ben.post(url_of(claim), {"state": "paid", "paid_amount": amount}).status_code == 422
    claim.refresh_from_db()
    assert claim.state == "sent"


def test_a_draft_is_taken_back_a_sent_one_stays(ben, agent, at):
    draft, sent = make_claim(agent, at, number="TL-1"), make_claim(agent, at, number="TL-2")
    Claim.objects.filter(pk=sent.pk).update(state="sent")

    for claim in (draft, sent):
        ben.post(url_of(claim, "carrier-claim-drop"))

    assert list(Claim.objects.values_list("pk", flat=True)) == [sent.pk]


def test_a_contractor_has_no_part_in_it(agent, at):
    claim = make_claim(agent, at)
    chris = client_of(make_agent(name="Chris", role="contractor"))
    before = AuditEntry.objects.count()

    for answer in (chris.get(CLAIMS), chris.get(url_of(claim)), chris.post(url_of(claim), {"state": "sent"}),
                   chris.post(url_of(claim, "carrier-claim-drop"))):  # fmt: skip
        assert answer.status_code == 403

    claim.refresh_from_db()
    assert (claim.state, AuditEntry.objects.count()) == ("draft", before)
    assert CLAIMS.encode() not in chris.get("/desk/delivery/").content


def test_none_of_a_foreign_key_is_found(ben):
    for key in ("none", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "a b"):
        assert ben.get(reverse("carrier-claim", args=[key])).status_code == 404
