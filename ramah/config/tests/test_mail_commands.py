"""mail-parse, reply-text and sanitize as scripts call them."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from ramah.config.cli import main

MAIL = b"From: Dana <dana@example.com>\nTo: shop@example.org\nSubject: Order\nMessage-ID: <1@example.com>\n\nWhere is my order?\n"


def run(*arguments: str, stdin: bytes | str = b""):
    return CliRunner().invoke(main, list(arguments), input=stdin)


def lines_of(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_mail_parse_tells_everything_of_a_mail():
    result = run("mail-parse", "-", stdin=MAIL)
    assert result.exit_code == 0
    assert lines_of(result) == [
        {
            "file": "-",
            "message_id": "<1@example.com>",
            "from": {"name": "Dana", "email": "dana@example.com"},
            "reply_to": None,
            "to": [{"name": "", "email": "shop@example.org"}],
            "cc": [],
            "subject": "Order",
            "date": None,
            "text": "Where is my order?",
            "html": "",
            "reply_text": "Where is my order?",
            "attachments": [],
            "auto_submitted": "",
            "bounce": {"is_bounce": False, "hard": False, "recipients": [], "reason": ""},
            "language": "en",
        }
    ]


def test_mail_parse_reads_the_other_files_when_one_is_missing(tmp_path):
    mail = tmp_path / "a.eml"
    mail.write_bytes(MAIL)
    result = run("mail-parse", str(tmp_path / "none.eml"), str(mail))
    assert result.exit_code == 1
    assert [line["file"] for line in lines_of(result)] == [str(mail)]
    assert "none.eml: No such file or directory" in result.stderr


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("Auto-Submitted: auto-replied", "auto-replied"),
        ("X-Autoreply: yes", "auto-replied"),
        ("Auto-Submitted: no", ""),
    ],
)
def test_mail_parse_tells_automatic_mail(field, said):
    (line,) = lines_of(run("mail-parse", stdin=field.encode() + b"\n" + MAIL))
    assert line["auto_submitted"] == said


@pytest.mark.parametrize(
    ("arguments", "body", "quoted"),
    [
        (["reply-text"], "Thanks\n\n> old", "> old"),
        (["reply-text", "--html"], "<p>Thanks</p><blockquote>old</blockquote>", "> old"),
    ],
)
def test_reply_text_tells_what_is_new(arguments, body, quoted):
    assert lines_of(run(*arguments, stdin=body)) == [
        {"file": "-", "reply_text": "Thanks", "quoted": quoted, "signature": ""}
    ]


def test_sanitize_makes_html_safe():
    result = run("sanitize", stdin="<p onclick=x>Дякую<script>x</script></p>")
    assert (result.exit_code, result.stdout) == (0, "<p>Дякую</p>\n")


def test_sanitize_answers_each_line_and_fails_when_one_was_bad():
    result = run("sanitize", "--jsonl", stdin='{"html": "<b>x"}\nbad\n{"html": 5}\n[]\n{"html": "y", "id": 7}\n')
    assert result.exit_code == 1
    assert [list(line) for line in lines_of(result)] == [["html"], ["error"], ["error"], ["error"], ["html", "id"]]


def test_the_commands_need_no_django_settings(tmp_path):
    code = (
        "import sys; from ramah.config.cli import main\n"
        "try: main(['mail-parse'])\nexcept SystemExit as end: code = end.code\n"
        "from django.conf import settings; assert not settings.configured; sys.exit(code)"
    )
    result = subprocess.run([sys.executable, "-c", code], input=MAIL, capture_output=True, cwd=tmp_path, check=False)
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.parametrize("command", ["mail-parse", "reply-text"])
def test_asking_for_json_changes_nothing(command):
    assert run(command, "--json", "-", stdin=MAIL).stdout == run(command, "-", stdin=MAIL).stdout
