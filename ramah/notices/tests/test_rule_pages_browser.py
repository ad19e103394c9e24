"""The pages of notices in a real browser: phone and desktop, light and dark, in three languages."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.testing import make_order
from ramah.conversations.testing import make_conversation
from ramah.kernel import clock
from ramah.notices import kinds
from ramah.notices.models import Contact, DryRun, Outcome, Rule
from ramah.notices.testing import make_choice, make_notice, make_rule
from ramah.shipping.testing import make_shipment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lia():
    return client_of(make_agent(name="Lia", role="lead"))


@pytest.fixture
def rule():
    """A live rule that has told somebody, was tried out, and has an effect."""
    at = clock.now()
    rule, order = make_rule(kinds.LATE, at=at, holdout_percent=10), make_order(placed_at=at)
    make_shipment(order, at=at - timedelta(days=9))
    Contact.objects.create(conversation=make_conversation(customer=order.customer), order=order, at=at, is_wismo=True)
    for state in ("sent", "withheld"):
        notice = make_notice(order, rule=rule, at=at, state=state)
        make_choice(notice, "wait", at=at)
        Outcome.objects.create(notice=notice, closed_at=at)
    sample = {"at": at.isoformat(), "order": "TL-1", "asked_at": at.isoformat()}
    figures = {"would_send": 212, "before_asked": 31, "by_week": {"2026-W45": 7, "2026-W46": 9}, "samples": [sample]}
    DryRun.objects.create(rule=rule, rule_version=1, since=at, until=at, state="done", created_at=at, figures=figures)
    return rule


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(390, "dark", "uk"), (390, "light", "id"), (1440, "light", "en")]
)
def test_every_page_is_accessible_and_fits(open_page, live_server, lia, rule, width, theme, language):
    lia.cookies["ramah_language"] = language
    pages = ("notices/", "notices/late/", "notices/late/dry-run/", "notices/sent/", "notices/effect/",
             "settings/notices/?pane=thread")  # fmt: skip
    for page in pages:
        url = f"{live_server.url}/desk/{page}"
        seen = open_page(url, width=width, theme=theme, language=language, client=lia)

        seen.must_be_accessible()
        seen.must_not_scroll_sideways()
        seen.must_be_quiet()


def test_words_are_previewed_without_being_saved(open_page, live_server, lia, rule):
    seen = open_page(f"{live_server.url}/desk/notices/late/", client=lia)
    seen.page.fill("[name=text_en]", "<img src=x onerror=alert(1)> It comes {range}.")

    seen.page.click("text=Preview")
    seen.page.wait_for_selector("text=It comes between")

    assert seen.page.locator("#notice-preview img").count() == 0
    seen.page.fill("[name=text_en]", "{nobody}")
    seen.page.click("text=Preview")
    seen.page.wait_for_selector("text={nobody} is not known here")
    seen.must_be_quiet()
    rule.refresh_from_db()
    assert rule.version == 1


def test_everything_is_stopped_with_a_reason(open_page, live_server, lia, rule):
    seen = open_page(f"{live_server.url}/desk/settings/notices/", client=lia)
    seen.page.fill("[name=reason]", "Wrong day")
    seen.page.click("text=Stop all notices now")

    seen.page.wait_for_selector("h2:has-text('All notices are stopped.')")

    seen.page.goto(f"{live_server.url}/desk/notices/")
    assert "Wrong day" in seen.page.inner_text("main")
    assert Rule.objects.get().state == "live"
