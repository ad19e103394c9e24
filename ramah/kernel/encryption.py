"""Secrets at rest: channel passwords and tokens are stored encrypted (Fernet) and keys can be rotated.

`RAMAH_SECRET_KEY` and the older keys in `RAMAH_OLD_SECRET_KEYS` each give one Fernet key. The newest encrypts, all decrypt;
`ramah rotate-secrets` writes every secret anew, after which the old keys can go.
"""

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction


class SecretUnreadable(ImproperlyConfigured):
    """A stored secret was encrypted with a key that is neither RAMAH_SECRET_KEY nor among RAMAH_OLD_SECRET_KEYS."""


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    def fernet(key: str) -> Fernet:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"ramah secrets").derive(key.encode())
        return Fernet(base64.urlsafe_b64encode(derived))

    return MultiFernet([fernet(key) for key in keys])


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def encrypt(text: str) -> str:
    """`text` as a Fernet token under the newest key."""
    return _ring(_keys()).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of a token made under any known key. Raises `SecretUnreadable`."""
    try:
        return _ring(_keys()).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable(
            "A stored secret cannot be read: put the key it was written with into RAMAH_OLD_SECRET_KEYS."
        ) from error


class EncryptedJSONField(models.TextField):  # type: ignore[type-arg]
    """JSON that stands encrypted in the database and cannot be searched."""

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return None if value is None else json.loads(decrypt(value))

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else encrypt(json.dumps(value))

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))


def encrypt_anew(model: type[models.Model], fields: list[str]) -> int:
    """Write the encrypted `fields` of every row of `model` under the newest key; all rows or none. Returns how many rows.

    A row that is changed meanwhile is not overwritten: each is locked while it is read and written. Raises `SecretUnreadable`.
    """
    with transaction.atomic():
        rows = list(model._default_manager.select_for_update().only(*fields).order_by("pk"))
        for row in rows:
            row.save(update_fields=fields)
    return len(rows)
