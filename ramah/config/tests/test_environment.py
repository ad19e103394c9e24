"""A wrong value stops the start with the name of its variable and what is accepted."""

import os
import subprocess
import sys

import pytest

from ramah.config.environment import Environment, WrongSetting

WRONG = {
    "DATABASE_URL": ["mysql://localhost/x", "nonsense"],
    "REDIS_URL": ["http://localhost", "localhost:6379"],
    "EMAIL_URL": ["imap://host", "smtp"],
    "RAMAH_BASE_URL": ["shop.example", "ftp://shop.example"],
    "RAMAH_PORT": ["eighty", "70000", "-1"],
    "RAMAH_SMTP_PORT": ["smtp", "70000", "-1"],
    "RAMAH_SECRET_KEY": ["short"],
    "RAMAH_DEBUG": ["maybe"],
    "RAMAH_BEHIND_PROXY": ["perhaps"],
    "RAMAH_LOG_JSON": ["json"],
    "RAMAH_LOG_LEVEL": ["LOUD"],
    "RAMAH_SMTP_TLS_CERT": ["/nowhere/cert.pem"],
    "RAMAH_SMTP_TLS_KEY": ["/nowhere/key.pem"],
    "RAMAH_VERIFY_DKIM": ["sometimes"],
    "RAMAH_TIME_ZONE": ["Mars/Olympus", "WIB"],
    "RAMAH_ATTACHMENT_MAX_MB": ["large", "0", "-5"],
    "RAMAH_INTAKE_MAX_MB": ["large", "0", "-5"],
}


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    for name in WRONG:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RAMAH_HOME", str(tmp_path))


def test_certificate_and_key_go_together(monkeypatch, tmp_path):
    (tmp_path / "cert.pem").write_text("x")
    monkeypatch.setenv("RAMAH_SMTP_TLS_CERT", str(tmp_path / "cert.pem"))

    with pytest.raises(WrongSetting, match="RAMAH_SMTP_TLS_KEY"):
        Environment.read()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(WrongSetting) as refused:
        Environment.read()

    assert name in str(refused.value)


def test_with_nothing_set_there_is_an_installation_on_sqlite(tmp_path):
    env = Environment.read()

    assert env.database_url == f"sqlite:///{tmp_path / 'ramah.sqlite3'}"
    assert (env.port, env.redis_url, env.clustered) == (8000, "", False)
    assert env.email_url == f"file://{tmp_path / 'outbox'}"


def test_the_secret_key_is_made_once_kept_and_readable_by_its_owner_only(tmp_path):
    first, second = Environment.read(), Environment.read()

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_database_server_needs_a_secret_key_that_all_processes_share(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://localhost/ramah")

    with pytest.raises(WrongSetting, match="RAMAH_SECRET_KEY is required"):
        Environment.read()


def test_a_wrong_value_ends_the_command_without_a_trace(ramah):
    ended = ramah.call("migrate", RAMAH_PORT="eighty")

    assert ended.returncode == 1
    assert "RAMAH_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def names_in_redis(home, secret_key):
    """Under which names an installation with this key keeps things in Redis, and lets sockets hear."""
    told = (
        "from ramah.config.settings import CACHES, CHANNEL_LAYERS;"
        "print(CACHES['default']['KEY_PREFIX'], CHANNEL_LAYERS['default']['CONFIG']['prefix'])"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("RAMAH_", "DJANGO_"))},
        "RAMAH_HOME": str(home),
        "RAMAH_SECRET_KEY": secret_key,
        "REDIS_URL": "redis://127.0.0.1:6379/5",
        "DATABASE_URL": "postgres://nobody@127.0.0.1/none",
    }
    asked = [sys.executable, "-c", told]
    return subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout.split()


def test_installations_that_share_a_redis_have_names_of_their_own(tmp_path):
    first, other = names_in_redis(tmp_path, "a" * 40), names_in_redis(tmp_path, "b" * 40)

    assert first == names_in_redis(tmp_path, "a" * 40)
    assert not set(first) & set(other)
    assert "a" * 8 not in first[0]
