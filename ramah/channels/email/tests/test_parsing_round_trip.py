"""What Python's own mail library writes is read back exactly."""

from email.message import EmailMessage
from email.policy import SMTP

from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.channels.email.parsing import parse_mail

WORDS = (
    st.text(alphabet="abc DEÉñжїґҐ注文 ?=_'.,()", min_size=1, max_size=80)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
LINES = st.lists(WORDS, min_size=1, max_size=20).map("\n".join)
NAMES = (
    st.text(alphabet="abcжї注 _-", min_size=1, max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda name: name.strip("_ "))
)


@given(WORDS, LINES, st.one_of(st.none(), LINES), st.lists(st.tuples(NAMES, st.binary(max_size=200)), max_size=3))
@settings(max_examples=200, deadline=None)
def test_round_trip(subject, text, html, files):
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    message["To"] = "shop@example.org"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    for filename, content in files:
        message.add_attachment(content, maintype="application", subtype="pdf", filename=f"{filename}.pdf")
    mail = parse_mail(message.as_bytes())
    assert mail.subject == subject
    assert mail.text == text
    assert mail.html.strip() == (html or "")
    assert [(file.filename, file.content) for file in mail.attachments] == [
        (f"{given}.pdf", content) for given, content in files
    ]
