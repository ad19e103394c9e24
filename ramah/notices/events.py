"""What becomes of notices. Every event's subject is `customer:<id>`."""

from dataclasses import dataclass

from ramah.kernel.events import event


@event("notice.sent")
@dataclass(frozen=True, slots=True)
class NoticeSent:
    """A notice stands in the customer's conversation and goes out."""

    notice_id: int
    customer_id: int


@event("notice.chosen")
@dataclass(frozen=True, slots=True)
class NoticeChosen:
    """The customer took one of the choices of a notice."""

    notice_id: int
    choice_id: int
    kind: str
