"""What proves a sender: the verdict of a server of ours, or a signature verified here. No network is used."""

import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ramah.channels.email.parsing import parse_mail
from ramah.channels.email.proof import NOTHING_PROVED, Authentication, read_authentication

TRUSTED = ("mx.shop.example",)
MAIL = b"From: Dana <dana@example.com>\r\nTo: support@shop.example\r\nSubject: Order\r\n\r\nHello there\r\n"


def judged(results: str, *, mail: bytes = MAIL) -> Authentication:
    raw = f"Authentication-Results: {results}\r\n".encode() + mail
    return read_authentication(raw, parse_mail(raw), trusted_authserv_ids=TRUSTED)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (
            "mx.shop.example; spf=pass smtp.mailfrom=dana@example.com;\r\n dkim=pass (2048-bit key) header.d=example.com;"
            " dmarc=pass header.from=example.com",
            Authentication("pass", "pass", "pass", aligned=True),
        ),
        ("mx.shop.example 1; dkim=pass header.i=@mail.example.com", Authentication(dkim="pass", aligned=True)),
        ("mx.shop.example; dkim=pass header.d=example.net", Authentication(dkim="pass")),
        (
            "mx.shop.example; dkim=fail header.d=example.com; dkim=pass header.d=example.com",
            Authentication(dkim="pass", aligned=True),
        ),
        ("mx.shop.example; spf=pass smtp.mailfrom=bounce.example.com", Authentication(spf="pass", aligned=True)),
        ("mx.shop.example; spf=softfail smtp.mailfrom=example.com", Authentication(spf="softfail")),
        (
            "mx.shop.example; dkim=pass header.d=example.com; dmarc=fail header.from=example.com",
            Authentication(dkim="pass", dmarc="fail"),
        ),
        ("mx.shop.example; dmarc=pass header.from=example.net", Authentication(dmarc="pass")),
        ("mx.shop.example (dkim=pass header.d=example.com); dkim=none", Authentication()),
        ("mx.shop.example; none", NOTHING_PROVED),
        ("mx.evil.example; dkim=pass header.d=example.com", NOTHING_PROVED),
        ("", NOTHING_PROVED),
    ],
)
def test_only_our_servers_are_believed_and_only_for_the_from_domain(results, expected):
    assert judged(results) == expected


def test_results_below_the_topmost_are_not_believed():
    forged = b"Authentication-Results: mx.shop.example; dkim=pass header.d=example.com\r\n" + MAIL
    assert judged("mx.other.example; none", mail=forged) == NOTHING_PROVED


@pytest.mark.parametrize(
    "senders", ["From: dana@example.com\r\nFrom: eli@example.com", "From: dana@example.com, eli@example.com"]
)
def test_mail_of_several_senders_proves_nothing(senders):
    mail = MAIL.replace(b"From: Dana <dana@example.com>", senders.encode())
    assert judged("mx.shop.example; dmarc=pass header.from=example.com", mail=mail) == NOTHING_PROVED


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(key, mail: bytes = MAIL, domain: bytes = b"example.com", **options) -> bytes:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return dkim.sign(mail, b"s1", domain, pem, include_headers=[b"from", b"subject"], **options) + mail


def verified(key, raw: bytes, record: bytes | None = None) -> Authentication:
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public) if record is None else record
    return read_authentication(raw, parse_mail(raw), dnsfunc=lambda name: text)


def test_signature_of_the_from_domain_proves_it(key):
    assert verified(key, signed(key)) == Authentication(dkim="pass", aligned=True)


def test_signature_of_another_domain_proves_nothing_of_the_sender(key):
    assert verified(key, signed(key, domain=b"example.net")) == Authentication(dkim="pass", aligned=False)


def test_changed_mail_fails(key):
    assert verified(key, signed(key).replace(b"Hello", b"Hallo")) == Authentication(dkim="fail")


def test_signature_of_a_part_of_the_body_proves_nothing(key):
    assert verified(key, signed(key, length=True) + b"and more") == Authentication(dkim="fail")


@pytest.mark.parametrize("record", [b"", b"v=DKIM1; p=", b"nonsense", b"v=DKIM1; k=rsa; p=AAAA"])
def test_no_key_or_a_broken_one_fails(key, record):
    assert verified(key, signed(key), record) == Authentication(dkim="fail")


def test_without_a_dns_function_nothing_is_verified(key):
    raw = signed(key)
    assert read_authentication(raw, parse_mail(raw)) == NOTHING_PROVED


@pytest.mark.parametrize(
    "signature", [b"x", b"v=1; a=rsa-sha256; d=example.com", b"v=1; a=none; b=!; bh=!; d=.; h=from; s=;"]
)
def test_broken_signatures_fail(key, signature):
    assert verified(key, b"DKIM-Signature: " + signature + b"\r\n" + MAIL) == Authentication(dkim="fail")
