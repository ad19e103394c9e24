"""Who wants to see an order and has to prove the mailbox first."""

from typing import ClassVar

from django.db import models

from ramah.kernel.models import WorkRow


class CodeRequest(WorkRow):
    """Somebody named an order and an e-mail address. Written whether or not they fit, and gone once it was answered."""

    number = models.CharField(max_length=40)
    email = models.CharField(max_length=254)
    language = models.CharField(max_length=8)
    asked_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["next_attempt_at"], name="code_request_due")]
