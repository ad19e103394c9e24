"""Pages of rules: who may what, writing and seeing words, trying out, going live, resting, the brake."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.testing import make_order
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry
from ramah.notices import kinds
from ramah.notices.defaults import DEFAULTS
from ramah.notices.models import DryRun, Notice, Rule
from ramah.notices.testing import make_notice, make_rule

pytestmark = pytest.mark.django_db
RULES, NEW, SEE = "/desk/notices/", "/desk/notices/new/", "/desk/notices/preview/"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def lia():
    return client_of(make_agent(name="Lia", role="lead"))


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


@pytest.fixture
def draft(at):
    return make_rule(kinds.LATE, at=at, state="draft", went_live_at=None)


def told(**changed):
    """A rule for late deliveries, as its form sends it."""
    words = {f"{part}_{code}": f"{{order}} {code}" for code in ("en", "id", "uk") for part in ("subject", "text")}
    return {"kind": "late", "name": "Late", "channel_0": "email", "expires_hours": "48", "choices": ["wait", "talk"],
            **words, **changed}  # fmt: skip


def try_out(rule, at, **figures):
    return DryRun.objects.create(
        rule=rule, rule_version=rule.version, since=at - timedelta(days=90), until=at, state="done", created_at=at,
        figures=figures,
    )  # fmt: skip


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


def test_the_list_says_state_what_was_told_and_what_waits(ben, at):
    rule = make_rule(kinds.LATE, at=at)
    order = make_order(placed_at=at)
    for state in ("sent", "sent", "planned", "suppressed"):
        make_notice(order, rule=rule, at=at, state=state)

    response = ben.get(RULES)

    (row,) = response.context["rows"]
    assert (row[0].told, row[0].waiting) == (2, 1)
    assert b"Live" in response.content
    assert b"Write it" not in response.content


def test_without_rules_the_page_says_what_to_do(lia, ben):
    assert b"Begin with the one for what is late" in lia.get(RULES).content
    assert b"A lead writes them" in ben.get(RULES).content


@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_a_new_rule_of_each_kind_begins_with_words_and_can_be_saved_as_it_is(lia, kind):
    page = lia.get(NEW, {"kind": kind})
    form = page.context["form"]
    fields = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "")}
    if not any(one.kind == kind for one in DEFAULTS):
        fields |= {name: value for name, value in told(kind=kind).items() if name.startswith(("subject", "text"))}
        fields = {
            name: value.replace("{order}", "") + "x" if name != "name" else value for name, value in fields.items()
        }

    answer = lia.post(NEW, {"name": "Mine", "channel_0": "email", **fields, "kind": kind})

    assert answer.status_code == 302, answer.context["form"].errors
    rule = Rule.objects.get()
    assert (rule.kind, rule.state, rule.version) == (kind, "draft", 1)


def test_an_unknown_kind_leads_back_to_the_list(lia):
    assert lia.get(NEW, {"kind": "' OR 1=1"}).url == RULES
    assert lia.post(NEW, {"kind": ""}).url == RULES
    assert lia.post(SEE, {"kind": "x"}).status_code == 400


def test_a_change_makes_another_version_and_a_live_rule_rests(lia, at):
    make_rule(kinds.LATE, at=at, choices=["wait"])

    answer = lia.post(
        "/desk/notices/late/", told(probability="", countries="id, ua", credit_IDR="15000.00"), follow=True
    )

    rule = Rule.objects.get()
    assert (rule.version, rule.state) == (2, "paused")
    assert rule.terms == {"countries": ["ID", "UA"]}
    assert (rule.choices, rule.credit, rule.expires_hours) == (["wait", "talk"], {"IDR": "15000"}, 48)
    assert "Try it out before it goes live" in said(answer)


def test_terms_come_back_into_the_form_as_they_were_said(lia, at):
    terms = {"probability": 0.55, "days": 3, "languages": ["id", "uk"]}
    make_rule(kinds.AT_RISK, at=at, terms=terms, channels=["whatsapp", "email"], holdout_percent=10)

    form = lia.get("/desk/notices/at_risk/").context["form"]

    wanted = {"probability": 55, "days": 3, "languages": "id, uk", "channel_0": "whatsapp", "channel_1": "email",
              "holdout_percent": 10}  # fmt: skip
    assert {name: form[name].value() for name in wanted} == wanted


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"text_uk": "{secret} x"}, "{secret} is not known here"),
        ({"text_en": "{order"}, "a brace stands alone"),
        ({"subject_id": ""}, "This field is required"),
        ({"text_en": "x" * 4001}, "4000"),
        ({"subject_en": "a\x00b"}, "Null characters"),
        ({"text_en": "safe \u202e elif"}, "no control characters"),
        ({"channel_0": "pigeon"}, "not one of the available choices"),
        ({"choices": ["pay"]}, "not one of the available choices"),
        ({"expires_hours": "0"}, "greater than or equal to 1"),
        ({"holdout_percent": "51"}, "less than or equal to 50"),
        ({"credit_IDR": "-5"}, "greater than or equal to 0.01"),
        ({"countries": "x" * 301}, "at most 300"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(lia, draft, changed, words):
    answer = lia.post("/desk/notices/late/", told(**changed))

    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&#x27;", "'")
    draft.refresh_from_db()
    assert (draft.version, AuditEntry.objects.count()) == (1, 0)


def test_hostile_words_are_shown_as_words(lia, draft):
    hostile = '<script>alert("{order}")</script><img src=x onerror=alert(1)>'

    answer = lia.post(SEE, told(text_en=hostile, subject_uk="<b>{name}</b>"))

    text = answer.content.decode()
    assert "<script>" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
    assert "&lt;b&gt;" in text
    assert not Rule.objects.exclude(pk=draft.pk).exists()


def test_the_preview_speaks_three_languages_to_three_customers(lia):
    words = {f"text_{code}": "Dear {name}, {range}" for code in ("en", "id", "uk")}

    text = lia.post(SEE, told(**words)).content.decode()

    assert [f'lang="{code}"' in text for code in ("en", "id", "uk")] == [True] * 3
    assert text.count("<article") == 9
    assert "Wait for it" in text
    assert "antara" in text
    assert "Олена" in text or "Олено" in text


def test_a_preview_of_what_cannot_be_saved_says_why(lia):
    assert "{nobody} is not known here" in lia.post(SEE, told(text_en="{nobody}")).content.decode()
    assert lia.post(SEE, {"kind": "late"}).status_code == 200


def test_a_rule_does_not_go_live_without_a_dry_run_of_its_version(lia, draft, at):
    answer = lia.post("/desk/notices/late/live/", follow=True)
    assert "Try this version out first" in said(answer)
    assert Rule.objects.get().state == "draft"

    try_out(draft, at)
    Rule.objects.update(version=2)
    lia.post("/desk/notices/late/live/")
    assert Rule.objects.get().state == "draft"

    try_out(Rule.objects.get(), at)
    assert "speaks from now on" in said(lia.post("/desk/notices/late/live/", follow=True))
    assert Rule.objects.get().state == "live"


def test_a_dry_run_is_started_once_and_shows_what_it_found(lia, draft, at):
    lia.post("/desk/notices/late/dry-run/")
    lia.post("/desk/notices/late/dry-run/")
    run = DryRun.objects.get()
    waiting = lia.get("/desk/notices/late/dry-run/").content.decode()
    assert "every 3s" in waiting
    assert "Go live" not in waiting

    sample = {"at": at.isoformat(), "order": "TL-77", "cause": "x"}
    run.figures = {"would_send": 212, "before_asked": 31, "by_week": {"2026-W09": 7}, "samples": [sample, {"at": "?"}]}
    run.state = "done"
    run.save()
    done = lia.get("/desk/notices/late/dry-run/").content.decode()

    assert "212 <small>would have been told" in done
    assert "31 of them before the customer asked" in done
    assert "TL-77" in done
    assert "Go live" in done
    assert "every 3s" not in done


def test_of_a_changed_rule_the_page_says_that_the_run_is_old(lia, draft, at):
    try_out(draft, at, would_send=3)
    Rule.objects.update(version=2)

    text = lia.get("/desk/notices/late/dry-run/").content.decode()

    assert "The rule was changed since" in text
    assert "Go live" not in text


def test_a_braked_rule_is_released_or_what_waits_is_dropped(lia, at):
    rule = make_rule(kinds.LATE, at=at, state="braked", braked_at=at)
    make_notice(make_order(placed_at=at), rule=rule, at=at)
    assert "planned far more than usual" in lia.get("/desk/notices/late/").content.decode()

    answer = lia.post("/desk/notices/late/drop/", follow=True)
    assert "1 notice is dropped." in said(answer)
    assert Notice.objects.get().state == "outdated"
    lia.post("/desk/notices/late/release/")
    assert Rule.objects.get().state == "live"
    assert "in another state by now" in said(lia.post("/desk/notices/late/release/", follow=True))
    lia.post("/desk/notices/late/off/")
    assert Rule.objects.get().state == "paused"


@pytest.mark.parametrize("role", ["agent", "contractor"])
def test_only_leads_write_try_and_let_go_live(role, draft, at):
    browser = client_of(make_agent(name="Chris", role=role))
    try_out(draft, at)

    for name in ("live", "off", "release", "drop"):
        assert browser.post(f"/desk/notices/late/{name}/").status_code == 403
    assert browser.post("/desk/notices/late/", told(name="Mine")).status_code == 403
    assert browser.post(NEW, told()).status_code == 403
    assert browser.post(SEE, told()).status_code == 403
    assert browser.post("/desk/notices/late/dry-run/").status_code == 403

    page = browser.get("/desk/notices/late/")
    assert page.status_code == 200
    assert b"<textarea" not in page.content
    draft.refresh_from_db()
    assert (draft.state, draft.version, draft.name) == ("draft", 1, "Late")
    assert DryRun.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_a_rule_nobody_wrote_is_not_found(lia):
    for name in ("", "dry-run/"):
        assert lia.get(f"/desk/notices/none/{name}").status_code == 404
    assert lia.post("/desk/notices/none/live/").status_code == 404


def test_a_stranger_sees_nothing(client, draft):
    for url in (RULES, reverse("notices-sent"), reverse("notices-effect"), reverse("notice-settings")):
        assert client.get(url).status_code == 302
    assert client.post("/desk/notices/late/live/").status_code == 302
    assert Rule.objects.get().state == "draft"
