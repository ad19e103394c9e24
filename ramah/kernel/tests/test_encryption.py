import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from ramah.kernel import encryption
from ramah.kernel.encryption import EncryptedJSONField, SecretUnreadable, decrypt, encrypt, encrypt_anew

OLD, NEW = "an old key of sufficient length, no longer used", "a new key of sufficient length, used from now on"


with isolate_apps("ramah.kernel"):  # `ramah doctor` walks all models; this one exists for these tests alone

    class Keeper(models.Model):
        password = EncryptedJSONField(null=True)

        class Meta:
            app_label = "kernel"


@pytest.fixture
def keepers(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kernel_keeper (id integer PRIMARY KEY, password text NULL)")
    return Keeper.objects


def stored(key):
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM kernel_keeper WHERE id = %s", [key])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("text", ["", "geheim", "Пароль з пробілом", "a" * 10_000])
def test_what_is_encrypted_comes_back(text):
    token = encrypt(text)

    assert decrypt(token) == text
    assert not text or text not in token


def test_the_same_secret_looks_different_each_time():
    assert encrypt("same") != encrypt("same")


def test_an_older_key_still_reads_and_a_lost_one_says_so(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    token = encrypt("geheim")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert decrypt(token) == "geheim"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(SecretUnreadable, match="RAMAH_OLD_SECRET_KEYS"):
        decrypt(token)


@pytest.mark.parametrize("bad", ["", "not a token", "gAAAAA"])
def test_rubbish_is_unreadable_and_not_an_accident(bad):
    with pytest.raises(SecretUnreadable):
        decrypt(bad)


@pytest.mark.parametrize("value", [None, "geheim", {"token": "x", "n": [1, 2]}, ""])
def test_a_field_gives_back_what_was_put_in_and_stores_it_unreadable(keepers, value):
    keepers.create(id=1, password=value)

    assert keepers.get(id=1).password == value
    assert (stored(1) is None) == (value is None)
    assert "geheim" not in (stored(1) or "")


def test_rotation_writes_every_secret_under_the_new_key(keepers, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    for number in range(5):
        keepers.create(id=number, password=f"secret {number}" if number else None)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]

    assert encrypt_anew(Keeper, ["password"]) == 5

    settings.SECRET_KEY_FALLBACKS = []
    assert [keeper.password for keeper in keepers.order_by("id")] == [None, *(f"secret {n}" for n in range(1, 5))]


def test_rotation_with_a_lost_key_changes_nothing(keepers, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    keepers.create(id=1, password="readable with the old key")
    settings.SECRET_KEY = "a third key that nobody has written down anywhere"
    keepers.create(id=2, password="lost")
    before = stored(1)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]

    with pytest.raises(SecretUnreadable):
        encrypt_anew(Keeper, ["password"])

    assert stored(1) == before


def test_keys_are_derived_once():
    assert encryption._ring(("a", "b")) is encryption._ring(("a", "b"))
