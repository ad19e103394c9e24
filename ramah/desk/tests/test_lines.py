"""How what was said is shown in a thread."""

import pytest

from ramah.conversations.models import Message
from ramah.conversations.testing import make_conversation
from ramah.desk.lines import lines_of
from ramah.kernel import clock


@pytest.mark.django_db
def test_what_was_written_past_ramah_says_so():
    message = Message.objects.create(
        conversation=make_conversation(),
        kind=Message.Kind.MESSAGE,
        author=Message.Author.AGENT,
        author_name="Toko Laut",
        text="From the phone",
        detail={"elsewhere": True},
        created_at=clock.now(),
    )

    (line,) = lines_of([message], sees_contact_data=True)

    assert (line.name, line.source) == ("Toko Laut (written outside Ramah)", "agent")
