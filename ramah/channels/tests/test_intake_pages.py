"""The intake in the settings: nothing is hidden, nothing in it acts, and what failed can be tried again."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent, make_team
from ramah.channels.commands import Outcome, intake
from ramah.channels.models import IntakeItem
from ramah.conversations.testing import make_inbox
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry

S = IntakeItem.State
RAW = b"From: Dana <dana@mail.example>\r\nSubject: <script>alert(1)</script> \xff\r\n\r\nSecret body"


@pytest.fixture
def cast(db, monkeypatch):
    care, returns = make_team("Care"), make_team("Returns")
    cast = SimpleNamespace(
        ada=make_agent(name="Ada", role="owner"),
        ben=make_agent(name="Ben", teams=[care]),
        cleo=make_agent(name="Cleo", teams=[returns]),
        chris=make_agent(name="Chris", role="contractor", teams=[care]),
        inbox=make_inbox("support", teams=[care]),
        outcome=Outcome(S.IGNORED, "<1@mail.example>", reason="auto-reply"),
        reads=0,
    )

    def read(items, at):
        cast.reads += len(items)
        if isinstance(cast.outcome, Exception):
            raise cast.outcome
        return [cast.outcome for _ in items]

    monkeypatch.setitem(intake._readers, "email", read)
    return cast


def quarantined(cast, **fields):
    fields = {"state": S.QUARANTINED, "reason": "ParseError", "error": "Traceback <b>x</b>", "raw": RAW, **fields}
    return IntakeItem.objects.create(
        inbox=cast.inbox, external_id=f"sha256:{IntakeItem.objects.count()}", created_at=clock.now(), **fields
    )


def url(name, *args):
    return reverse(f"channels-intake{name}", args=args)


def test_the_quarantine_is_listed_with_reasons(cast):
    item = quarantined(cast)
    quarantined(cast, state=S.IGNORED, reason="auto-reply")
    browser = client_of(cast.ben)

    page = browser.get(url("")).content.decode()
    ignored = browser.get(url(""), {"state": "ignored"}).content.decode()

    assert "ParseError" in page
    assert url("-item", item.public_id) in page
    assert "auto-reply" not in page
    assert "auto-reply" in ignored
    assert url("-replay-many") in page


def test_an_item_shows_its_headers_and_error_as_text(cast):
    item = quarantined(cast)

    page = client_of(cast.ben).get(url("-item", item.public_id)).content.decode()

    assert "Subject: &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Traceback &lt;b&gt;x&lt;/b&gt;" in page
    assert "<script>alert" not in page
    assert "Secret body" not in page


def test_the_mail_can_be_downloaded_as_it_came(cast):
    item = quarantined(cast)

    answer = client_of(cast.ben).get(url("-download", item.public_id))

    assert answer.content == RAW
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="{item.public_id}.eml"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_lead_tries_an_item_again(cast):
    item = quarantined(cast)

    answer = client_of(cast.ada).post(url("-replay", item.public_id), follow=True)

    item.refresh_from_db()
    assert (item.state, item.reason) == (S.IGNORED, "auto-reply")
    assert "It was read: Ignored" in answer.content.decode()
    assert AuditEntry.objects.filter(action="intake.replay").count() == 1


def test_what_fails_again_says_so(cast):
    item = quarantined(cast)
    cast.outcome = ValueError("still broken")

    answer = client_of(cast.ada).post(url("-replay", item.public_id), follow=True)

    item.refresh_from_db()
    assert item.state == S.QUARANTINED
    assert "It failed again: ValueError" in answer.content.decode()


def test_many_are_tried_again_and_each_is_counted(cast):
    items = [quarantined(cast) for _ in range(3)]
    done = quarantined(cast, state=S.ACCEPTED, reason="")
    chosen = [item.public_id for item in (*items, done)]

    answer = client_of(cast.ada).post(url("-replay-many"), {"item": [*chosen, chosen[0], "nonsense"]}, follow=True)

    assert cast.reads == 3
    assert "3 items were read." in answer.content.decode()
    assert IntakeItem.objects.filter(state=S.IGNORED).count() == 3


def test_an_item_is_set_aside_with_a_reason(cast):
    item = quarantined(cast)
    browser = client_of(cast.ada)

    assert browser.post(url("-set-aside", item.public_id), {"reason": " "}).status_code == 422
    item.refresh_from_db()
    assert item.state == S.QUARANTINED

    browser.post(url("-set-aside", item.public_id), {"reason": "An advertisement"})
    item.refresh_from_db()
    assert (item.state, item.reason) == (S.IGNORED, "An advertisement")


def test_agents_look_but_do_not_touch(cast):
    item = quarantined(cast)
    browser = client_of(cast.ben)

    assert browser.post(url("-replay", item.public_id)).status_code == 403
    assert browser.post(url("-replay-many"), {"item": [item.public_id]}).status_code == 403
    assert browser.post(url("-set-aside", item.public_id), {"reason": "x"}).status_code == 403
    item.refresh_from_db()
    assert item.state == S.QUARANTINED
    assert cast.reads == 0


@pytest.mark.parametrize(("who", "status"), [("cleo", 404), ("chris", 403)])
def test_others_find_no_trace(cast, who, status):
    item = quarantined(cast)
    browser = client_of(getattr(cast, who))

    for page in (url("-item", item.public_id), url("-download", item.public_id)):
        answer = browser.get(page)
        assert answer.status_code == status
        assert "ParseError" not in answer.content.decode()
        assert "dana@mail.example" not in answer.content.decode()
    assert "ParseError" not in browser.get(url("")).content.decode()


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"no headers at all", b"A: b\n" * 100_000])
def test_whatever_came_can_be_looked_at(cast, raw):
    item = quarantined(cast, raw=raw)

    answer = client_of(cast.ben).get(url("-item", item.public_id))

    assert answer.status_code == 200
    assert len(answer.content) < 60_000


def test_a_wrong_cursor_is_refused(cast):
    assert client_of(cast.ben).get(url(""), {"cursor": "x"}).status_code == 400
