"""A new secret key: everything stored is written anew, after which the old key can go."""

import pytest
from click.testing import CliRunner

from ramah.channels.models import Mailbox
from ramah.config.cli import main
from ramah.conversations.testing import make_inbox
from ramah.kernel.encryption import SecretUnreadable

OLD, NEW = "old-" * 10, "new-" * 10


@pytest.mark.django_db
def test_secrets_are_read_with_the_new_key_alone_after_rotation(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    mailbox = Mailbox.objects.create(inbox=make_inbox("support"), password="imap secret")

    settings.SECRET_KEY = NEW
    with pytest.raises(SecretUnreadable, match="RAMAH_OLD_SECRET_KEYS"):
        Mailbox.objects.get()

    settings.SECRET_KEY_FALLBACKS = [OLD]
    assert CliRunner().invoke(main, ["rotate-secrets"]).exit_code == 0
    settings.SECRET_KEY_FALLBACKS = []
    mailbox.refresh_from_db()
    assert mailbox.password == "imap secret"
