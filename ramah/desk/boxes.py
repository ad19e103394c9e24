"""The box in which a reply or a note is written, ready to be shown: empty, with a draft, or as it came back with its errors.

Plain values instead of a form: the box stands on every page of a conversation, and building a form is dear.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ramah.conversations.commands.replying import MOST_ANSWERS
from ramah.desk.forms import ReplyForm
from ramah.desk.queries import Written
from ramah.kernel.ids import new_public_id


@dataclass(frozen=True, slots=True)
class Box:
    """What the box holds. `trouble` is about the whole, `errors` about single fields (those of `wrong`)."""

    kind: str
    text: str
    cc: str
    keeps_copies: bool
    seen: str
    client_id: str
    trouble: str = ""
    errors: Sequence[str] = ()
    wrong: frozenset[str] = field(default_factory=frozenset)
    is_draft: bool = False
    answers: Sequence[str] = ("",) * MOST_ANSWERS

    @property
    def has_answers(self) -> bool:
        """Whether any answer to choose from was typed."""
        return any(self.answers)

    @property
    def is_note(self) -> bool:
        return self.kind == "note"


def fresh_box(draft: Written | None, *, copies: Sequence[str], seen: int, sees_contact_data: bool) -> Box:
    """An empty box with the customer's copies filled in, or the draft."""
    return Box(
        kind=draft.kind if draft else "reply",
        text=draft.text if draft else "",
        cc=(draft.cc if draft else ", ".join(copies)) if sees_contact_data else "",
        keeps_copies=bool(copies),
        seen=str(seen),
        client_id=new_public_id(),
        is_draft=draft is not None,
    )


def box_of(form: ReplyForm, *, seen: int) -> Box:
    """What was sent and not accepted, with the reasons. `seen` is the newest line that the page shows now."""
    whole = form.non_field_errors()
    return Box(
        kind=str(form["kind"].value() or "reply"),
        text=str(form["text"].value() or ""),
        cc=str(form["cc"].value() or ""),
        keeps_copies=bool(form["keeps_copies"].value()),
        seen=str(seen),
        client_id=str(form["client_id"].value() or new_public_id()),
        trouble=str(whole[0]) if whole else "",
        errors=[str(error) for bound in form for error in bound.errors],
        wrong=frozenset(bound.name for bound in form if bound.errors),
        answers=[*(form["answers"].value() or ()), *("",) * MOST_ANSWERS][:MOST_ANSWERS],
    )
