"""Calendars: their hours, holidays, what uses them, and the pages on which they are set."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from ramah.accounts.testing import actor_of_agent, client_of, make_agent
from ramah.kernel.actors import SYSTEM, NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.promises import demo
from ramah.promises.business_time import BadSchedule, is_open
from ramah.promises.commands import CalendarInUse, NameTaken, delete_calendar, save_calendar
from ramah.promises.forms import CalendarForm
from ramah.promises.models import Calendar
from ramah.promises.queries import calendar_for, days_ahead, opening_of, schedule_of
from ramah.promises.testing import AT, OFFICE_HOURS, make_calendar, make_promise

INDEPENDENCE_DAY = date(2026, 8, 17)  # a Monday


@pytest.fixture
def ada(db):
    return make_agent(name="Ada", role="owner")


@pytest.fixture
def ben(db):
    return make_agent(name="Ben")


def save(**fields):
    return save_calendar(
        **{
            "actor": SYSTEM,
            "name": "Jakarta",
            "time_zone": "Asia/Jakarta",
            "hours": {**OFFICE_HOURS, "sun": []},
            "at": AT,
            **fields,
        }
    )


def test_a_calendar_keeps_the_holidays_of_its_country_and_its_own(db):
    calendar = save(holiday_country="ID", holidays=["2026-08-18"])

    schedule = schedule_of(calendar)

    assert schedule.hours_on(INDEPENDENCE_DAY) == ()
    assert schedule.hours_on(date(2026, 8, 18)) == ()
    assert schedule.hours_on(date(2026, 8, 19)) == ((480, 1020),)
    assert calendar.hours == OFFICE_HOURS
    assert AuditEntry.objects.get().action == "calendar.make"


def test_a_schedule_is_made_once_for_what_a_calendar_says(db):
    calendar = make_calendar()
    calendar.refresh_from_db()
    schedule = schedule_of(calendar)

    assert schedule_of(Calendar.objects.get()) is schedule
    calendar.hours = {"sat": [["10:00", "12:00"]]}
    assert schedule_of(calendar) is not schedule
    assert is_open(schedule_of(calendar), datetime(2026, 3, 7, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"hours": {}}, "hours"),
        ({"hours": {"mon": []}}, "hours"),
        ({"hours": {"mon": [["08:00", "25:00"]]}}, "hours.mon"),
        ({"time_zone": "Jakarta"}, "timezone"),
        ({"holiday_country": "XX"}, "holiday_country"),
        ({"holidays": ["tomorrow"]}, "holidays"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
    ],
)
def test_what_makes_no_sense_is_not_saved(db, fields, named):
    with pytest.raises(BadSchedule, match=named):
        save(**fields)

    assert not Calendar.objects.exists()


def test_a_name_is_taken_once(db):
    calendar = save()

    with pytest.raises(NameTaken):
        save()
    assert save(calendar=calendar, time_zone="Asia/Makassar").time_zone == "Asia/Makassar"
    assert Calendar.objects.count() == 1


def test_a_calendar_in_use_stays(dana):
    calendar = make_calendar()
    make_promise(dana, calendar=calendar)

    with pytest.raises(CalendarInUse):
        delete_calendar(actor=SYSTEM, calendar=calendar, at=AT)

    assert Calendar.objects.filter(pk=calendar.pk).exists()


def test_ben_may_not_set_calendars(ben):
    calendar = make_calendar()
    actor = actor_of_agent(ben)

    for act in (lambda: save(actor=actor), lambda: delete_calendar(actor=actor, calendar=calendar, at=AT)):
        with pytest.raises(PermissionDenied):
            act()
    with pytest.raises(NotVisible):
        calendar_for(actor, public_id=calendar.public_id)
    assert Calendar.objects.get() == calendar


def test_the_days_ahead_say_why_they_differ(db):
    calendar = make_calendar(
        holidays=["2026-03-03"], exceptions={"2026-03-04": [["08:00", "12:00"]], "2026-03-07": [["22:00", "02:00"]]}
    )

    ahead = days_ahead(calendar, at=AT, days=6)

    assert [(day.date.day, day.hours, day.is_exception, day.is_day_off) for day in ahead] == [
        (2, ["08:00–17:00"], False, False),
        (3, [], False, True),
        (4, ["08:00–12:00"], True, False),
        (5, ["08:00–17:00"], False, False),
        (6, ["08:00–17:00"], False, False),
        (7, ["22:00–02:00"], True, False),
    ]
    assert str(opening_of(calendar, at=datetime(2026, 3, 2, 11, tzinfo=UTC))) == "2026-03-04 08:00:00+07:00"


def test_the_demo_is_seeded_once(db):
    assert sorted(demo.seed(AT)) == ["Around the clock", "Jakarta office hours", "Kyiv"]
    demo.seed(AT)

    assert Calendar.objects.count() == 3


# Pages

FILLED = {
    "name": "Kyiv",
    "time_zone": "Europe/Kyiv",
    "mon": "9:00-13:00, 14.00 – 18.00",
    "sat": "22:00-06:00",
    "holiday_country": "UA",
    "holidays": "2026-12-24\n\n2026-12-31",
    "exceptions": "2026-12-25 10:00-12:00\n2026-12-26",
}


def test_a_lead_makes_a_calendar(db):
    client = client_of(make_agent(name="Cleo", role="lead"))

    answer = client.post(reverse("promises-new-calendar"), FILLED)

    calendar = Calendar.objects.get()
    assert answer.status_code == 302
    assert answer.url == reverse("promises-calendar", args=[calendar.public_id])
    assert (calendar.name, calendar.time_zone, calendar.holiday_country) == ("Kyiv", "Europe/Kyiv", "UA")
    assert calendar.hours == {"mon": [["09:00", "13:00"], ["14:00", "18:00"]], "sat": [["22:00", "06:00"]]}
    assert calendar.holidays == ["2026-12-24", "2026-12-31"]
    assert calendar.exceptions == {"2026-12-25": [["10:00", "12:00"]], "2026-12-26": []}


def test_what_is_shown_can_be_saved_as_it_is(ada):
    client_of(ada).post(reverse("promises-new-calendar"), FILLED)
    calendar = Calendar.objects.get()
    shown = CalendarForm(calendar=calendar)

    answer = client_of(ada).post(
        reverse("promises-calendar", args=[calendar.public_id]), {field.name: field.value() or "" for field in shown}
    )

    assert answer.status_code == 302
    again = Calendar.objects.get()
    assert (again.hours, again.holidays, again.exceptions) == (calendar.hours, calendar.holidays, calendar.exceptions)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mon": "nine to five"}, "“nine to five” is no interval. Write it as 08:00-17:00."),
        ({"mon": "08:00-25:00"}, "Times go from 00:00 to 24:00"),
        ({"mon": "08:00-08:00"}, "the end differs from the start"),
        ({"mon": ",".join(["08:00-09:00"] * 49)}, "at most 400 characters"),
        ({"mon": "", "sat": ""}, "Fill in the opening hours of one weekday at least."),
        ({"time_zone": "Kyiv"}, "There is no such time zone."),
        ({"holidays": "24.12.2026"}, "“24.12.2026” is no date. Write it as 2026-12-24."),
        ({"holidays": "2026-12-24\n" * 401}, "At most 400 lines are taken."),
        ({"exceptions": "2026-12-24 noon"}, "“noon” is no interval."),
        ({"holiday_country": "XX"}, "Select a valid choice."),
        ({"name": "Jakarta"}, "Another calendar has this name."),
    ],
)
def test_mistakes_are_named_beside_the_field_and_nothing_is_saved(ada, wrong, message):
    make_calendar("Jakarta")

    answer = client_of(ada).post(reverse("promises-new-calendar"), {**FILLED, **wrong})

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert Calendar.objects.count() == 1


def test_the_list_and_the_page_show_when_it_opens(ada):
    calendar = make_calendar("Jakarta <b>")
    client = client_of(ada)

    listed = client.get(reverse("promises-calendars")).content.decode()
    page = client.get(reverse("promises-calendar", args=[calendar.public_id])).content.decode()

    assert "Jakarta &lt;b&gt;" in listed
    assert "Asia/Jakarta" in listed
    assert page.count("08:00–17:00") == 10
    assert 'value="08:00-17:00"' in page


def test_deleting_by_page(ada, dana):
    used, unused = make_calendar(), make_calendar()
    make_promise(dana, calendar=used)
    client = client_of(ada)

    client.post(reverse("promises-delete-calendar", args=[unused.public_id]))
    answer = client.post(reverse("promises-delete-calendar", args=[used.public_id]), follow=True)

    assert list(Calendar.objects.all()) == [used]
    assert "It stays." in answer.content.decode()
    assert client.get(reverse("promises-delete-calendar", args=[used.public_id])).status_code == 405


@pytest.mark.parametrize("role", ["agent", "contractor"])
def test_only_leads_come_here(db, role):
    calendar = make_calendar("Jakarta")
    client = client_of(make_agent(role=role))

    for name, arguments in (
        ("promises-calendars", []),
        ("promises-new-calendar", []),
        ("promises-calendar", [calendar.public_id]),
    ):
        answer = client.get(reverse(name, args=arguments))
        assert answer.status_code == 403
        assert "Asia/Jakarta" not in answer.content.decode()
    assert client.post(reverse("promises-delete-calendar", args=[calendar.public_id])).status_code == 403
    assert Calendar.objects.count() == 1


def test_strangers_are_sent_to_the_log_in(client, db):
    answer = client.get(reverse("promises-calendars"))

    assert answer.status_code == 302
    assert "login" in answer.url
