"""What `parse_mail` reads out of mails as they come."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ramah.channels.email.parsing import parse_mail
from ramah.channels.email.tests.mails import DATE, HEAD, MAILS, file_part, multipart, text_part


def field_of(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else getattr(value, step)
    return value


@pytest.mark.parametrize("name", MAILS)
def test_each_mail_of_the_corpus_is_read(name):
    sample = MAILS[name]
    mail = parse_mail(sample.raw)
    assert {path: field_of(mail, path) for path in sample.expected} == sample.expected


def test_date_is_utc():
    assert parse_mail(HEAD + DATE + b"\r\nhi").date == datetime(2025, 7, 1, 3, tzinfo=UTC)


def test_of_very_many_references_the_first_and_the_last_stay():
    raw = b"References: " + b" ".join(b"<%d@example.com>" % number for number in range(5000)) + b"\n\nhi"
    references = parse_mail(raw).references
    assert (len(references), references[0], references[-1]) == (100, "<0@example.com>", "<4999@example.com>")


def test_parts_beyond_the_limit_are_kept_together_in_a_last_file():
    raw = multipart(*[file_part(f"filename={number}.png") for number in range(3000)])
    mail = parse_mail(raw)
    assert len(mail.attachments) == 1000
    assert mail.attachments[-1].filename == "further-parts.eml"
    assert b"filename=2999.png" in mail.attachments[-1].content


def test_parts_nested_without_end_are_kept_as_a_file():
    raw = HEAD
    for level in range(5000):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
    mail = parse_mail(raw + b"\ndeep words\n")
    assert len(mail.attachments) == 1
    assert b"deep words" in mail.attachments[0].content


def test_text_beyond_the_limit_is_cut_and_kept_as_a_file():
    mail = parse_mail(HEAD + b"\r\n" + b"word " * 400_000)
    assert len(mail.text) < 1_100_000
    assert mail.attachments[0].size == 2_000_000


def test_both_texts_and_both_html_bodies_around_a_file_are_joined():
    raw = multipart(text_part("<p>One</p>", "html"), file_part("filename=a.png"), text_part("<p>Two</p>", "html"))
    mail = parse_mail(raw)
    assert mail.text == "One\n\nTwo"
    assert mail.html == "<p>One</p>\n<p>Two</p>"


def test_plain_words_beside_html_are_in_the_html_too():
    mail = parse_mail(multipart(text_part("<p>One</p>", "html"), text_part("5 < 6")))
    assert mail.html == "<p>One</p>\n<div>5 &lt; 6</div>"
