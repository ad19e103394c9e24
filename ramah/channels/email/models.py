"""How mail of an inbox is fetched, sent and hooked up."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.conversations.models import Inbox
from ramah.kernel.encryption import EncryptedJSONField
from ramah.kernel.models import WorkRow


class Security(models.TextChoices):
    """How a connection to a mail server is protected."""

    SSL = "ssl", _("TLS from the start")
    STARTTLS = "starttls", _("STARTTLS")
    PLAIN = "plain", _("None (own network only)")


class Mailbox(WorkRow):
    """The mail settings of one inbox: an IMAP folder to fetch, an SMTP server to send through, a provider that calls.

    Each part may be empty: mail may also come over Ramah's own SMTP receiver and leave through EMAIL_URL. As a work row it is
    claimed by the one process that fetches it; `next_attempt_at` is the next look, `attempts` the failures in a row.
    """

    class After(models.TextChoices):
        KEEP = "keep", _("Leave it untouched")
        SEEN = "seen", _("Mark it as read")
        MOVE = "move", _("Move it to a folder")
        DELETE = "delete", _("Delete it")

    class State(models.TextChoices):
        NEW = "new", _("Not tried yet")
        OK = "ok", _("Working")
        FAILING = "failing", _("Failing")

    class Provider(models.TextChoices):
        NONE = "", _("None")
        MAILGUN = "mailgun", "Mailgun"
        POSTMARK = "postmark", "Postmark"
        SENDGRID = "sendgrid", "SendGrid"
        SES = "ses", "Amazon SES"
        MAILERSEND = "mailersend", "MailerSend"
        SPARKPOST = "sparkpost", "SparkPost"

    inbox = models.OneToOneField(Inbox, on_delete=models.CASCADE, related_name="+")

    is_active = models.BooleanField(_("fetch mail"), default=False)
    host = models.CharField(_("IMAP server"), max_length=200, blank=True)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(_("protection"), max_length=8, choices=Security.choices, default=Security.SSL)
    username = models.CharField(_("user name"), max_length=200, blank=True)
    password = EncryptedJSONField(null=True)
    folder = models.CharField(_("folder"), max_length=200, default="INBOX")
    poll_seconds = models.PositiveIntegerField(_("look at least every (seconds)"), default=60)
    after = models.CharField(_("afterwards"), max_length=6, choices=After.choices, default=After.SEEN)
    move_to = models.CharField(_("move to folder"), max_length=200, blank=True)
    since = models.DateField(
        _("first fetch: mail since"), null=True, blank=True, help_text=_("Empty: what is unread at the first look.")
    )

    uidvalidity = models.PositiveBigIntegerField(null=True, editable=False)
    last_uid = models.PositiveBigIntegerField(default=0, editable=False)
    unsettled = models.JSONField(
        default=list, editable=False, help_text="UIDs taken in, `after` not yet done: written with the mail itself."
    )
    state = models.CharField(max_length=7, choices=State.choices, default=State.NEW, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    last_ok_at = models.DateTimeField(null=True, editable=False)

    smtp_host = models.CharField(_("SMTP server"), max_length=200, blank=True, help_text=_("Empty: as for the shop."))
    smtp_port = models.PositiveIntegerField(_("port"), default=587)
    smtp_security = models.CharField(_("protection"), max_length=8, choices=Security.choices, default=Security.STARTTLS)
    smtp_username = models.CharField(_("user name"), max_length=200, blank=True)
    smtp_password = EncryptedJSONField(null=True)
    has_reply_tokens = models.BooleanField(
        _("replies to a plus address"),
        default=True,
        help_text=_("Answers go to name+token@…; switch it off if the mail server refuses such addresses."),
    )
    names_agent = models.BooleanField(_("name the agent as the sender"), default=False)

    provider = models.CharField(
        _("mail provider"), max_length=12, choices=Provider.choices, default=Provider.NONE, blank=True
    )
    hook_secret = EncryptedJSONField(null=True)

    class Meta:
        app_label = "channels"
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="mailbox_due", condition=models.Q(is_active=True))
        ]

    def __str__(self) -> str:
        return f"mailbox:{self.pk}"
