"""Mail that providers post: taken in when it is theirs, refused without a trace when it is not."""

import base64
import hashlib
import hmac
import json
import warnings
from email import message_from_bytes, policy
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from ramah.channels.email import hooks, views
from ramah.channels.email.models import Mailbox
from ramah.channels.email.tests.conftest import AT
from ramah.channels.models import IntakeItem

pytestmark = pytest.mark.django_db
# Latin-1 in the body, and dots and blank lines: what a form field read as text would spoil.
MAIL = b"From: dana@mail.example\r\nSubject: Halo\r\nMessage-ID: <1@mail.example>\r\n\r\ncaf\xe9\r\n\r\n.\r\n"
TEXT = MAIL.replace(b"\xe9", "é".encode()).decode()
KEY, PASSWORD = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0", "ramah:let me in"


@pytest.fixture(autouse=True)
def frozen(time_machine):
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def post(inbox):
    """Sets a provider up and posts to its address."""

    def post(provider, data, secret=KEY, content_type="application/json", **headers):
        Mailbox.objects.update_or_create(inbox=inbox, defaults={"provider": provider, "hook_secret": secret})
        content = data if isinstance(data, bytes) else json.dumps(data)
        client = Client(enforce_csrf_checks=True)
        return client.post("/hooks/email/support", content, content_type=content_type, headers=headers)

    return post


def basic(password=PASSWORD):
    return {"Authorization": f"Basic {base64.b64encode(password.encode()).decode()}"}


def multipart(fields, files=()):
    """A form as providers send it, field contents as raw bytes."""
    lines = []
    for name, value in fields.items():
        lines += [b"--XX", b'Content-Disposition: form-data; name="%s"' % name.encode(), b"", value]
    for name, filename, kind, value in files:
        disposition = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'.encode()
        lines += [b"--XX", disposition, f"Content-Type: {kind}".encode(), b"", value]
    return b"\r\n".join([*lines, b"--XX--", b""])


FORM = "multipart/form-data; boundary=XX"


def mailgun(fields=None, *, key=KEY, at=AT, token="50dcec4a2d0ef27036c44ff39ce9324736f6faa8"):
    """Mailgun's fields (https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store), signed."""
    stamp = str(int(at.timestamp()))
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    own = {"body-mime": MAIL, "sender": b"dana@mail.example", "recipient": b"support+x@shop.example"}
    signed = {"timestamp": stamp.encode(), "token": token.encode(), "signature": signature.encode()}
    return {**(own if fields is None else fields), **signed}


def stored():
    item = IntakeItem.objects.get()
    return bytes(item.raw), item.envelope


def test_mailgun_raw(post):
    assert post("mailgun", multipart(mailgun()), content_type=FORM).status_code == 200

    envelope = {"transport": "hook", "sender": "dana@mail.example", "recipients": ["support+x@shop.example"]}
    assert stored() == (MAIL, envelope)


def test_mailgun_as_an_urlencoded_form(post):
    content = urlencode(mailgun()).encode()

    assert post("mailgun", content, content_type="application/x-www-form-urlencoded").status_code == 200
    assert stored()[0] == MAIL


def test_mailgun_taken_apart_is_put_together(post):
    fields = mailgun(
        {
            "message-headers": json.dumps(
                [["From", "dana@mail.example"], ["Subject", "Фото"], ["Message-Id", "<7@x>"]]
            ).encode(),
            "body-plain": "Ось фото".encode(),
            "sender": b"dana@mail.example",
            "recipient": b"support@shop.example",
            "attachment-count": b"1",
        }
    )
    files = [("attachment-1", "photo.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\xff")]

    assert post("mailgun", multipart(fields, files), content_type=FORM).status_code == 200

    raw, envelope = stored()
    assert b"Message-Id: <7@x>" in raw
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail.get_body(("plain",)).get_content().strip() == "Ось фото"
    (photo,) = mail.iter_attachments()
    assert (photo.get_filename(), photo.get_content()) == ("photo.png", b"\x89PNG\r\n\x1a\n\x00\xff")
    assert envelope["recipients"] == ["support@shop.example"]


@pytest.mark.parametrize(
    "fields",
    [
        mailgun(key="another key"),
        {**mailgun(), "token": b"other"},
        {**mailgun(), "signature": b""},
        {name: value for name, value in mailgun().items() if name != "signature"},
        mailgun(at=AT.replace(day=1)),
        {},
    ],
)
def test_mailgun_with_a_wrong_or_old_signature_leaves_no_trace(post, fields):
    assert post("mailgun", multipart(fields), content_type=FORM).status_code == 403
    assert not IntakeItem.objects.exists()


def test_a_large_mail_is_no_problem_and_a_too_large_one_is_refused(post, settings):
    settings.INTAKE_MAX_BYTES = 8 * 1024 * 1024
    large = MAIL + b"x" * (7 * 1024 * 1024)

    assert post("mailgun", multipart(mailgun({"body-mime": large})), content_type=FORM).status_code == 200
    settings.INTAKE_MAX_BYTES = 1024 * 1024
    assert post("mailgun", multipart(mailgun({"body-mime": large})), content_type=FORM).status_code == 413

    assert stored()[0] == large


POSTMARK = {
    "FromName": "Dana",
    "From": "dana@mail.example",
    "FromFull": {"Email": "dana@mail.example", "Name": "Dana", "MailboxHash": ""},
    "ToFull": [{"Email": "support@shop.example", "Name": "", "MailboxHash": ""}],
    "OriginalRecipient": "support@shop.example",
    "Subject": "Halo",
    "MessageID": "22c74902-a0c1-4511-804f-341342852c90",
    "TextBody": "Di mana paket saya?",
    "HtmlBody": "",
    "Headers": [{"Name": "Message-ID", "Value": "<1@mail.example>"}],
    "Attachments": [],
}


def test_postmark_raw(post):
    assert post("postmark", {**POSTMARK, "RawEmail": TEXT}, PASSWORD, **basic()).status_code == 200

    assert stored() == (
        TEXT.encode(),
        {"transport": "hook", "sender": "dana@mail.example", "recipients": ["support@shop.example"]},
    )


def test_postmark_taken_apart_is_put_together(post):
    assert post("postmark", POSTMARK, PASSWORD, **basic()).status_code == 200

    raw = stored()[0]
    text = message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    assert text.strip() == "Di mana paket saya?"
    assert b"Message-ID: <1@mail.example>" in raw


@pytest.mark.parametrize("provider", ["postmark", "sendgrid", "sparkpost"])
@pytest.mark.parametrize("headers", [{}, basic("ramah:wrong"), basic("ramah"), {"Authorization": "Bearer x"}])
def test_without_the_password_nothing_is_stored(post, provider, headers):
    assert post(provider, {**POSTMARK, "RawEmail": TEXT}, PASSWORD, **headers).status_code == 403
    assert not IntakeItem.objects.exists()


def test_a_mailbox_without_a_secret_takes_nothing(post):
    assert post("postmark", {**POSTMARK, "RawEmail": TEXT}, None).status_code == 403
    assert not IntakeItem.objects.exists()


def test_sendgrid_raw(post):
    envelope = json.dumps({"to": ["support@shop.example"], "from": "dana@mail.example"}).encode()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = post("sendgrid", multipart({"email": MAIL, "envelope": envelope}), PASSWORD, FORM, **basic())

    assert answer.status_code == 200
    assert stored() == (
        MAIL,
        {"transport": "hook", "sender": "dana@mail.example", "recipients": ["support@shop.example"]},
    )


def test_mailersend_raw(post):
    posted = json.dumps(
        {
            "type": "inbound.message",
            "data": {
                "raw": TEXT,
                "sender": {"email": "dana@mail.example"},
                "recipients": {"rcptTo": [{"email": "support@shop.example"}]},
            },
        }
    ).encode()
    signature = hmac.new(KEY.encode(), posted, hashlib.sha256).hexdigest()

    assert post("mailersend", posted, Signature="0" * 64).status_code == 403
    assert not IntakeItem.objects.exists()
    assert post("mailersend", posted, Signature=signature).status_code == 200
    assert stored()[0] == TEXT.encode()


def test_sparkpost_posts_several_at_once(post):
    def relay(content):
        return {"msys": {"relay_message": {"content": content, "msg_from": "d@x", "rcpt_to": "support@shop.example"}}}

    encoded = {"email_rfc822": base64.b64encode(MAIL).decode(), "email_rfc822_is_base64": True}
    plain = {"email_rfc822": TEXT, "email_rfc822_is_base64": False}

    assert post("sparkpost", [relay(encoded), relay(plain)], PASSWORD, **basic()).status_code == 200
    assert [bytes(item.raw) for item in IntakeItem.objects.order_by("id")] == [MAIL, TEXT.encode()]


def sns(kind, **more):
    headers = {"X-Amz-Sns-Message-Type": kind, "X-Amz-Sns-Message-Id": "m1"}
    return {"Type": kind, "MessageId": "m1", "TopicArn": "arn:aws:sns:eu-west-1:1:mail", **more}, headers


def test_amazon_ses(post):
    note = {
        "notificationType": "Received",
        "mail": {"source": "dana@mail.example"},
        "receipt": {"recipients": ["support@shop.example"], "action": {"type": "SNS", "encoding": "BASE64"}},
        "content": base64.b64encode(MAIL).decode(),
    }
    posted, headers = sns("Notification", Message=json.dumps(note))

    unasked = post("ses", posted, PASSWORD, **headers)
    assert (unasked.status_code, unasked["WWW-Authenticate"]) == (401, 'Basic realm="Ramah"')
    assert post("ses", posted, PASSWORD, **headers, **basic("ramah:wrong")).status_code == 403
    assert not IntakeItem.objects.exists()

    assert post("ses", posted, PASSWORD, **headers, **basic()).status_code == 200
    assert stored()[0] == MAIL


def test_amazon_asks_whether_we_want_it(post, monkeypatch):
    asked = []

    class Answer:
        def close(self):
            pass

    monkeypatch.setattr(hooks, "urlopen", lambda url, timeout: asked.append(url) or Answer())
    good, headers = sns("SubscriptionConfirmation", SubscribeURL="https://sns.eu-west-1.amazonaws.com/?Action=Confirm")
    evil, _ = sns("SubscriptionConfirmation", SubscribeURL="https://sns.eu-west-1.amazonaws.com.evil.example/")
    local, _ = sns("SubscriptionConfirmation", SubscribeURL="http://127.0.0.1/")

    assert post("ses", good, PASSWORD, **headers, **basic("a:b")).status_code == 403
    assert asked == []
    assert post("ses", good, PASSWORD, **headers, **basic()).status_code == 200
    assert post("ses", evil, PASSWORD, **headers, **basic()).status_code == 422
    assert post("ses", local, PASSWORD, **headers, **basic()).status_code == 422
    assert asked == ["https://sns.eu-west-1.amazonaws.com/?Action=Confirm"]
    assert not IntakeItem.objects.exists()


@pytest.mark.parametrize("posted", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"RecordType": "Bounce"}'])
@pytest.mark.parametrize("provider", ["postmark", "sendgrid", "sparkpost", "ses"])
def test_what_is_no_mail_is_refused_calmly(post, provider, posted):
    assert post(provider, posted, PASSWORD, **basic()).status_code in (403, 422, 200)
    assert not IntakeItem.objects.exclude(raw=b"").exists() or provider == "postmark"


def test_the_database_away_makes_the_provider_come_back(post, monkeypatch):
    def away(**_):
        raise OperationalError

    monkeypatch.setattr(views, "take_in", away)

    with pytest.raises(OperationalError):  # Django answers 500
        post("postmark", {**POSTMARK, "RawEmail": TEXT}, PASSWORD, **basic())


def test_only_an_inbox_with_a_provider_has_such_an_address(client, inbox):
    address = reverse("channels-email-hook", args=["support"])
    assert address == "/hooks/email/support"
    assert client.post(address).status_code == 404

    mailbox = Mailbox.objects.create(inbox=inbox, provider="postmark", hook_secret=PASSWORD)
    assert client.head(address).status_code == 200
    assert client.get(address).status_code == 405
    inbox.is_active = False
    inbox.save()
    assert client.post(address, **{"HTTP_AUTHORIZATION": basic()["Authorization"]}).status_code == 404
    assert client.post("/hooks/email/nothing").status_code == 404
    mailbox.refresh_from_db()
    assert mailbox.hook_secret == PASSWORD
