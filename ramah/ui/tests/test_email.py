"""The frame of outgoing mail: the one place with inline styles, and nothing fetched from anywhere."""

import pytest
from django.template import Context, Engine


def render(source, **context):
    engine = Engine.get_default()
    return engine.from_string(source).render(Context(context))


MAIL = (
    '{{% extends "ui/email/base.{kind}" %}}{{% block subject %}}Subject{{% endblock %}}'
    "{{% block heading %}}Halo {{{{ name }}}}{{% endblock %}}{{% block content %}}Isi{{% endblock %}}"
)


@pytest.mark.parametrize("kind", ["html", "txt"])
def test_mail_says_the_promise_and_the_way_on(kind):
    mail = render(
        MAIL.format(kind=kind),
        name="Dewi & Budi",
        promise_text="By Monday 10:30",
        action_url="https://shop.example/o/1?a=1&b=2",
        action_label="See the order",
    )

    escaped = kind == "html"
    assert ("Halo Dewi &amp; Budi" if escaped else "Halo Dewi & Budi") in mail
    assert "By Monday 10:30" in mail
    assert ("https://shop.example/o/1?a=1&amp;b=2" if escaped else "https://shop.example/o/1?a=1&b=2") in mail


def test_mail_without_promise_or_action_shows_neither():
    mail = render(MAIL.format(kind="html"), name="Dewi")

    assert "Our promise" not in mail
    assert "<a " not in mail


def test_mail_fetches_nothing():
    mail = render(MAIL.format(kind="html"), name="Dewi")

    assert "<img" not in mail
    assert "<link" not in mail
    assert "url(" not in mail
