"""One-time codes: good once, for minutes, for few tries; nothing to be read from the table or the logs."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from ramah.customers.commands import TooManyCodes, redeem_code, send_code, sweep_codes
from ramah.customers.models import OneTimeCode
from ramah.kernel.testing import at_once, raised_at_once

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DANA = "dana@mail.example"


def send(at=AT, **other):
    return send_code(**{"purpose": "order", "address": DANA, "subject": "order:7", "at": at, **other})


def redeem(code, at=AT, **other):
    told = {"purpose": "order", "address": DANA, "subject": "order:7", "code": code, "at": at, **other}
    return redeem_code(**told)


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.django_db
def test_a_code_is_six_digits_and_good_once():
    code = send()

    assert len(code) == 6
    assert code.isdigit()
    assert redeem(code) is True
    assert redeem(code) is False


@pytest.mark.django_db
def test_it_may_be_typed_with_spaces_and_the_address_in_any_case():
    code = send()

    assert redeem(f" {code[:3]} {code[3:]} ", address=" Dana@Mail.Example ") is True


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other", [{"purpose": "sign_in"}, {"address": "eli@mail.example"}, {"subject": "order:8"}, {"subject": ""}]
)
def test_it_is_good_for_nothing_else(other):
    code = send()

    assert redeem(code, **other) is False
    assert redeem(code) is True


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "good"), [(14.9, True), (15, False), (16, False)])
def test_it_dies_after_fifteen_minutes(minutes, good):
    code = send()

    assert redeem(code, at=AT + timedelta(minutes=minutes)) is good


@pytest.mark.django_db
def test_after_five_wrong_tries_even_the_right_code_is_refused():
    code = send()
    for _ in range(5):
        assert redeem(wrong(code)) is False

    assert redeem(code) is False
    assert OneTimeCode.objects.get().used_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("bad", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12345\x00"])
def test_what_is_no_code_at_all_costs_no_try(bad):
    send()

    assert redeem(bad) is False
    assert OneTimeCode.objects.get().attempts == 0


@pytest.mark.django_db
def test_only_the_newest_code_counts_also_when_it_was_used():
    first, second = send(), send(at=AT + timedelta(minutes=1))
    later = AT + timedelta(minutes=2)

    assert redeem(first, at=later) is (first == second)
    assert redeem(second, at=later) is True
    assert redeem(first, at=later) is False


@pytest.mark.django_db
def test_an_address_gets_five_codes_an_hour_whatever_they_are_for():
    for number in range(5):
        send(at=AT + timedelta(minutes=number), subject=f"order:{number}")

    with pytest.raises(TooManyCodes) as refused:
        send(at=AT + timedelta(minutes=59), purpose="sign_in", address="DANA@mail.example")

    assert refused.value.again_at == AT + timedelta(hours=1)
    assert OneTimeCode.objects.count() == 5
    assert send(at=AT + timedelta(minutes=59), address="eli@mail.example")
    assert send(at=AT + timedelta(hours=1, seconds=1))


@pytest.mark.django_db
def test_neither_table_nor_log_gives_a_code_away(caplog):
    with caplog.at_level(logging.DEBUG):
        codes = [send(), send()]
        redeem(wrong(codes[1]))

    rows = list(OneTimeCode.objects.all())
    assert len({row.code_hash for row in rows}) == 2
    assert not any(code in row.code_hash for row, code in zip(rows, codes, strict=True))
    told = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("ramah"))
    assert DANA not in told


@pytest.mark.django_db
def test_another_key_opens_nothing(settings):
    code = send()
    settings.SECRET_KEY = "another key, as in a copy of the database elsewhere"

    assert redeem(code) is False


@pytest.mark.django_db
def test_old_codes_are_swept_and_those_that_count_stay():
    send(at=AT - timedelta(hours=2))
    send(at=AT - timedelta(minutes=50))
    code = send()

    assert sweep_codes(at=AT) == 1
    assert sweep_codes(at=AT) == 0
    assert OneTimeCode.objects.count() == 2
    assert redeem(code) is True


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_it_at_once_one_succeeds():
    code = send()

    outcomes = at_once(*[lambda: redeem(code)] * 8)

    assert sorted(outcomes) == [False] * 7 + [True]


@pytest.mark.django_db(transaction=True)
def test_guessing_at_once_gets_five_tries_like_guessing_in_turn():
    code = send()

    outcomes = at_once(*[lambda: redeem(wrong(code))] * 12)

    assert outcomes == [False] * 12
    assert OneTimeCode.objects.get().attempts == 5


@pytest.mark.django_db(transaction=True)
def test_asking_at_once_gets_five_codes_like_asking_in_turn():
    outcomes = raised_at_once(*[send] * 9)

    assert sorted(outcomes, key=str) == [TooManyCodes] * 4 + [None] * 5
    assert OneTimeCode.objects.count() == 5
