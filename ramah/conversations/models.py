"""Threads with customers, and what goes out of them."""

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.accounts.models import Agent, Team
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel.models import PublicModel, WorkRow
from ramah.promises.models import Calendar

# Sorts behind every real time, where a column that lists go by may not be empty.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Inbox(PublicModel):
    """One configured address of a channel."""

    key = models.SlugField(max_length=40, unique=True)
    channel = models.CharField(max_length=12, default="email")
    name = models.CharField(max_length=80, help_text="Shown to customers as the sender.")
    address = models.CharField(max_length=254, unique=True)
    language = models.CharField(max_length=8, default="en", help_text="When a customer's language is not known.")
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    calendar = models.ForeignKey(Calendar, null=True, on_delete=models.PROTECT, related_name="+")
    signature = models.TextField(blank=True)
    offline_texts = models.JSONField(
        default=dict, blank=True, help_text='What is said outside opening hours, by language: {"en": "..."}.'
    )
    reopen_days = models.PositiveSmallIntegerField(
        default=14, help_text="A reply to a resolved conversation reopens it for so long; later it opens a linked one."
    )
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.key


class Conversation(PublicModel):
    """A thread with one customer. What lists need is kept on the row, written by the commands that change it."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        PENDING = "pending", _("Pending")
        SNOOZED = "snoozed", _("Snoozed")
        RESOLVED = "resolved", _("Resolved")
        SPAM = "spam", _("Spam")

    class Priority(models.IntegerChoices):
        LOW = 1, _("Low")
        NORMAL = 2, _("Normal")
        HIGH = 3, _("High")
        URGENT = 4, _("Urgent")

    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=250, blank=True)
    about = models.CharField(max_length=80, blank=True, help_text="What it is about: order:12, product:7.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    assignee = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    language = models.CharField(max_length=8, blank=True)
    last_message_at = models.DateTimeField()
    last_customer_message_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(default=NEVER, help_text="When the next promise of the thread is due.")
    preview = models.CharField(max_length=160, blank=True)
    is_unread = models.BooleanField(default=True, help_text="The customer has spoken since an agent last looked.")
    snoozed_until = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    customer_seen = models.PositiveBigIntegerField(
        default=0, help_text="Key of the newest line that its customer has had before their eyes in the account."
    )
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    follows = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", help_text="Opened by a late reply to it."
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "-last_message_at", "-id"], name="conv_status"),
            models.Index(fields=["inbox", "status", "-last_message_at", "-id"], name="conv_inbox"),
            models.Index(fields=["inbox", "status", "due_at", "id"], name="conv_inbox_due"),
            models.Index(fields=["assignee", "status", "-last_message_at", "-id"], name="conv_assignee"),
            models.Index(fields=["team", "status", "-last_message_at", "-id"], name="conv_team"),
            models.Index(fields=["customer", "-last_message_at", "-id"], name="conv_customer"),
            models.Index(fields=["status", "due_at", "id"], name="conv_due"),
            models.Index(fields=["assignee", "status", "due_at", "id"], name="conv_assignee_due"),
            models.Index(fields=["about"], name="conv_about", condition=~models.Q(about="")),
            models.Index(fields=["snoozed_until"], name="conv_snoozed", condition=models.Q(status="snoozed")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="conv_snoozed_until_when",
                condition=models.Q(status="snoozed", snoozed_until__isnull=False)
                | (~models.Q(status="snoozed") & models.Q(snoozed_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="conv_resolved_at",
                condition=models.Q(status="resolved", resolved_at__isnull=False)
                | (~models.Q(status="resolved") & models.Q(resolved_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The number that customers and agents call it by. It opens nothing by itself."""
        return f"R-{self.pk}"


class ConversationInbox(models.Model):
    """A further inbox that one mail of the conversation also reached."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="further_inboxes")
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["conversation", "inbox"], name="conv_inbox_once")]


class Participant(models.Model):
    """Somebody whose mail may join the thread: its customer, and people an agent or the customer copied in."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    address = models.CharField(max_length=254)
    contact_point = models.ForeignKey(ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["conversation", "address"], name="participant_once")]


class Message(PublicModel):
    """A message to or by the customer, a private note, or an activity (a system line)."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        NOTE = "note", _("Note")
        ACTIVITY = "activity", _("Activity")

    class Author(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        AGENT = "agent", _("Agent")
        SYSTEM = "system", _("System")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    author = models.CharField(max_length=8, choices=Author.choices)
    agent = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    contact_point = models.ForeignKey(ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+")
    inbox = models.ForeignKey(
        Inbox, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Where not that of the conversation."
    )
    author_name = models.CharField(max_length=160, blank=True)
    text = models.TextField(blank=True, help_text="What was said, without quotes and signature.")
    full_text = models.TextField(blank=True, help_text="All of it, where that is more than `text`.")
    html = models.TextField(
        blank=True, help_text="As it was written; shown only through ramah.ui.sanitize, in a frame."
    )
    language = models.CharField(max_length=8, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    to = models.JSONField(default=list, blank=True)
    cc = models.JSONField(default=list, blank=True)
    sent_at = models.DateTimeField(null=True, help_text="As the sender's clock had it.")
    answers = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    edited_at = models.DateTimeField(null=True, help_text="Its sender wrote it anew; `detail` keeps what stood there.")
    deleted_at = models.DateTimeField(null=True, help_text="Its sender took it back; agents still see what it said.")
    activity = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    client_id = models.CharField(max_length=64, null=True, help_text="Makes sending it again harmless.")  # noqa: DJ001 - null: none given

    class Meta:
        indexes: ClassVar = [models.Index(fields=["conversation", "id"], name="message_thread")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "client_id"], name="message_client_id_once")
        ]

    def __str__(self) -> str:
        return self.public_id


class ExternalId(models.Model):
    """An id by which the outside knows a message, such as a Message-ID: replies find their thread by it.

    A reply that arrives before what it answers leaves the other's id here too (`is_expected`), so that the late one joins it.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="external_ids")
    value = models.CharField(max_length=250, unique=True)
    digest = models.CharField(
        max_length=16, blank=True, help_text="Tells a redelivered message from another one with a stolen id."
    )
    is_expected = models.BooleanField(default=False)


class Mention(models.Model):
    """A colleague named in a note, until he has seen it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message", "agent"], name="mention_once")]


class Attachment(PublicModel):
    """A file of a message. Its type is what its bytes say, and it is only ever handed out as a download."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    filename = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="attachments", max_length=200)
    content_id = models.CharField(max_length=200, blank=True, help_text="Set where the HTML shows it in its text.")


class MessageDelivery(PublicModel, WorkRow):
    """One outgoing message on its way.

    `sending` is committed before the message is handed over. A row found in `sending` whose lease ran out was handed over or
    not, nobody knows: it becomes `failed` with `is_uncertain`, for a person to decide; it is never sent again by itself.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        FAILED = "failed", _("Failed")

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="delivery")
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    external_id = models.CharField(max_length=250, unique=True)
    recipients = models.JSONField(default=list)
    headers = models.JSONField(
        default=dict, help_text="In-Reply-To, References and the like, fixed when it was written."
    )
    hold = models.JSONField(
        null=True,
        help_text='Not handed over at night: {"from": "21:00", "to": "08:00", "zone": "Asia/Jakarta"}; see `holding`.',
    )
    error = models.TextField(blank=True)
    is_uncertain = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "next_attempt_at"], name="delivery_due"),
            models.Index(fields=["-id"], name="delivery_failed", condition=models.Q(state="failed")),
        ]


class Tag(models.Model):
    """A word that conversations are found by."""

    name = models.CharField(max_length=40, unique=True)
    conversations = models.ManyToManyField(Conversation, related_name="tags", blank=True)

    def __str__(self) -> str:
        return self.name
