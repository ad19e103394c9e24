"""EMAIL_URL becomes Django's settings, or a refusal that says what is accepted; mails become files."""

import pytest
from django.core.mail import EmailMessage

from ramah.config.email_settings import EmlFiles, WrongEmailURL, django_email_settings


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 25, "", "", False, False)),
        ("smtps://u%40x:p%2Fw@mail.example", ("mail.example", 465, "u@x", "p/w", True, False)),
        ("smtp+tls://u:p@mail.example:2587", ("mail.example", 2587, "u", "p", False, True)),
    ],
)
def test_servers(url, expected):
    found = django_email_settings(url, host="shop.example")

    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_SSL", "USE_TLS")
    assert tuple(found[f"EMAIL_{name}"] for name in names) == expected
    assert found["DEFAULT_FROM_EMAIL"] == "Ramah <no-reply@shop.example>"


def test_a_sender_of_its_own():
    found = django_email_settings("smtp://m.example/?from=Toko%20%3Ccare@toko.example%3E", host="shop.example")

    assert found["DEFAULT_FROM_EMAIL"] == "Toko <care@toko.example>"


@pytest.mark.parametrize(
    "url", ["smtp://", "pop://mail.example", "smtp://m.example:port", "smtp://m.example:99999", "mail"]
)
def test_what_cannot_be_used_is_refused_with_what_is_accepted(url):
    with pytest.raises(WrongEmailURL, match=r"smtp\+tls://"):
        django_email_settings(url, host="shop.example")


def test_mails_become_files(tmp_path, settings):
    settings.EMAIL_URL = f"file://{tmp_path}/my%20outbox"

    sent = EmlFiles().send_messages([EmailMessage("Привіт", "text", "a@x.example", ["b@x.example"])] * 2)

    files = sorted((tmp_path / "my outbox").iterdir())
    assert sent == 2
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert b"To: b@x.example" in files[0].read_bytes()
