"""Mail that a provider posts to us. Anymail knows the providers: it checks their signatures and reads what they took apart.

Wherever a provider offers the mail as it came, exactly those bytes are stored; otherwise a mail is put together from the parts.
"""

import base64
import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.encoders import encode_base64
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

from anymail.exceptions import AnymailError, AnymailNotSupportedWarning
from anymail.webhooks.amazon_ses import AmazonSESInboundWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.mailersend import MailerSendInboundWebhookView
from anymail.webhooks.mailgun import MailgunInboundWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from anymail.webhooks.sendgrid import SendGridInboundWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, QueryDict

Raw = tuple[bytes, dict[str, Any]]

# Mailgun signs time and token but not the mail, so an old signature must not stay good; its retries end after eight hours.
OLDEST_SIGNATURE_SECONDS = 12 * 3600
MOST_FIELDS = 500
# Anymail's name for the `user:password` of providers that do not sign.
_PASSWORD = "webhook_secret"  # noqa: S105 - a name
_SNS_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


class NotSigned(Exception):
    """Whoever posted this has not shown that it is the provider. Nothing was stored."""


class Unreadable(Exception):
    """The provider posted something else than a mail, or in a form that is not understood."""


class HookRequest(HttpRequest):
    """What was posted, read under the mail limit rather than Django's limit for forms, its fields kept as bytes in `form`."""

    def __init__(self, request: HttpRequest, content: bytes) -> None:
        super().__init__()
        self.method, self.META = "POST", request.META
        self.content_type, self.content_params = request.content_type, request.content_params
        self._content = content
        self.form: dict[str, bytes] = {}

    @property
    def body(self) -> bytes:
        """The posted bytes."""
        return self._content

    def read_form(self) -> None:
        """Fill `form`, POST and FILES. A mail in any charset survives in `form`; POST holds it as text."""
        files: list[tuple[str, SimpleUploadedFile]] = []
        if self.content_type == "multipart/form-data":
            files = self._read_multipart()
        elif self.content_type == "application/x-www-form-urlencoded":
            # Through Latin-1, which turns every byte into one character and back.
            text = self._content.decode("latin-1")
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="latin-1")
            self.form = {name: value.encode("latin-1") for name, value in pairs}
        post = QueryDict(mutable=True, encoding="utf-8")
        for name, value in self.form.items():
            post[name] = value.decode("utf-8", "replace")
        self.POST = post  # type: ignore[assignment]
        for name, file in files:
            self.FILES.appendlist(name, file)

    def _read_multipart(self) -> list[tuple[str, SimpleUploadedFile]]:
        head = f"Content-Type: {self.META.get('CONTENT_TYPE', '')}\r\n\r\n".encode()
        files = []
        parts: Any = BytesParser().parsebytes(head + self._content).get_payload()
        if not isinstance(parts, list) or len(parts) > MOST_FIELDS:
            raise Unreadable("no multipart form")
        for part in parts:
            name = str(part.get_param("name", "", header="content-disposition"))
            content = part.get_payload(decode=True)
            if not isinstance(content, bytes):  # a part that is a mail or multipart itself
                content = part.as_bytes().partition(b"\n\n")[2]
            if part.get_filename() is None:
                self.form[name] = content
            else:
                files.append((name, SimpleUploadedFile(part.get_filename() or "", content, part.get_content_type())))
        return files


@dataclass(frozen=True, slots=True)
class Provider:
    """How one provider posts: Anymail's view, the name it has for our secret, and where the mail stands as it came."""

    view: type[AnymailBaseWebhookView]
    secret_name: str
    originals: Callable[[HookRequest], list[Raw]]

    @property
    def logs_in(self) -> bool:
        """Whether our secret is `user:password` rather than a signing key."""
        return self.secret_name == _PASSWORD

    def checked(self, request: HookRequest, secret: str, *, at: datetime) -> AnymailBaseWebhookView:
        """Anymail's view, after the request was found to be the provider's. Raises `NotSigned`."""
        if not secret:
            raise NotSigned
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AnymailNotSupportedWarning)
            view = self.view(**{self.secret_name: secret})
        try:
            if not self.logs_in:  # a password needs no look at the form
                request.read_form()
            view.run_validators(request)  # type: ignore[no-untyped-call]  # Anymail is not typed
            _check_age(request, at=at)
        except (AnymailError, ValueError, KeyError, TypeError, AttributeError, Unreadable) as error:
            raise NotSigned from error
        if not request.form:
            request.read_form()
        return view

    def mails(self, request: HookRequest, view: AnymailBaseWebhookView) -> list[Raw]:
        """The mails in a request that was checked. Raises `Unreadable`."""
        try:
            originals = self.originals(request)
            if originals:
                return originals
            events: list[Any] = view.parse_events(request)  # type: ignore[no-untyped-call]  # Anymail is not typed
            return [_put_together(event) for event in events]
        except (AnymailError, ImproperlyConfigured, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(type(error).__name__) from error


def _check_age(request: HookRequest, *, at: datetime) -> None:
    if "token" in request.form and "signature" in request.form:
        age = at.timestamp() - int(request.form["timestamp"])
        if abs(age) > OLDEST_SIGNATURE_SECONDS:
            raise NotSigned


def _put_together(event: Any) -> Raw:
    message = event.message
    for part in message.walk():
        # Anymail leaves files as they are, and writing a mail out changes the line ends in them.
        if not part.is_multipart() and part.get_content_maintype() != "text":
            content = part.get_payload(decode=True)
            del part["Content-Transfer-Encoding"]
            part.set_payload(content)
            encode_base64(part)
    return message.as_bytes(), _envelope(message.envelope_sender, [message.envelope_recipient])


def _envelope(sender: Any, recipients: list[Any]) -> dict[str, Any]:
    return {
        "transport": "hook",
        "sender": str(sender or ""),
        "recipients": [str(recipient) for recipient in recipients if recipient],
    }


def _json(request: HookRequest) -> Any:
    return json.loads(request.body.decode())


def _mailgun(request: HookRequest) -> list[Raw]:
    raw = request.form.get("body-mime")
    return [(raw, _envelope(request.POST.get("sender"), [request.POST.get("recipient")]))] if raw else []


def _sendgrid(request: HookRequest) -> list[Raw]:
    raw = request.form.get("email")
    envelope = json.loads(request.form.get("envelope", b"{}"))
    return [(raw, _envelope(envelope.get("from"), envelope.get("to", [])))] if raw else []


def _postmark(request: HookRequest) -> list[Raw]:
    posted = _json(request)
    raw = posted.get("RawEmail")
    return [(raw.encode(), _envelope(posted.get("From"), [posted.get("OriginalRecipient")]))] if raw else []


def _mailersend(request: HookRequest) -> list[Raw]:
    posted = _json(request)["data"]
    recipients = [recipient["email"] for recipient in posted["recipients"]["rcptTo"]]
    return [(posted["raw"].encode(), _envelope(posted["sender"]["email"], recipients))]


def _sparkpost(request: HookRequest) -> list[Raw]:
    mails = []
    for entry in _json(request):
        mail = entry["msys"]["relay_message"]
        raw = mail["content"]["email_rfc822"].encode()
        raw = base64.b64decode(raw) if mail["content"].get("email_rfc822_is_base64") else raw
        mails.append((raw, _envelope(mail.get("msg_from"), [mail.get("rcpt_to")])))
    return mails


def _ses(request: HookRequest) -> list[Raw]:
    posted = _json(request)
    if posted["Type"] != "Notification":
        return []
    note = json.loads(posted["Message"])
    raw = note["content"].encode()  # its rule must use the SNS action, not S3
    if note["receipt"]["action"].get("encoding") == "BASE64":
        raw = base64.b64decode(raw)
    return [(raw, _envelope(note["mail"].get("source"), note["receipt"].get("recipients", [])))]


PROVIDERS: Mapping[str, Provider] = {
    "mailgun": Provider(MailgunInboundWebhookView, "webhook_signing_key", _mailgun),
    "postmark": Provider(PostmarkInboundWebhookView, _PASSWORD, _postmark),
    "sendgrid": Provider(SendGridInboundWebhookView, _PASSWORD, _sendgrid),
    "ses": Provider(AmazonSESInboundWebhookView, _PASSWORD, _ses),
    "mailersend": Provider(MailerSendInboundWebhookView, "inbound_secret", _mailersend),
    "sparkpost": Provider(SparkPostInboundWebhookView, _PASSWORD, _sparkpost),
}


def read_hook(request: HookRequest, *, provider: str, secret: str, at: datetime) -> list[Raw]:
    """The mails that the provider posted, raw, each with its envelope. Raises `NotSigned`, `Unreadable`."""
    known = PROVIDERS[provider]
    view = known.checked(request, secret, at=at)
    if provider == "ses" and _json(request)["Type"] != "Notification":
        _confirm_subscription(_json(request))
        return []
    return known.mails(request, view)


def _confirm_subscription(posted: dict[str, Any]) -> None:
    """Tell Amazon SNS that we want its notifications: its request carried our secret."""
    url = urlsplit(str(posted.get("SubscribeURL", "")))
    if posted["Type"] != "SubscriptionConfirmation":
        return
    if url.scheme != "https" or not _SNS_HOST.fullmatch(url.netloc):
        raise Unreadable("SubscribeURL is not Amazon's")
    urlopen(url.geturl(), timeout=10).close()  # noqa: S310 - https and Amazon's host, checked above


def most_bytes() -> int:
    """How much may be posted: the largest mail in base 64, and what stands around it."""
    return settings.INTAKE_MAX_BYTES * 3 // 2 + 1024 * 1024
