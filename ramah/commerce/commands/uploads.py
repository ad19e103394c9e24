"""Files between being looked at and being imported: kept for a day, under a name that only who brought them has."""

from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, TimestampSigner

from ramah.commerce import permissions
from ramah.kernel.actors import Actor, require
from ramah.kernel.ids import new_public_id

FOLDER = "imports"
KEPT = timedelta(days=1)


class UploadGone(Exception):
    """The file was imported, is older than a day, or was brought by somebody else."""


def keep_upload(*, actor: Actor, content: bytes, at: datetime) -> str:
    """Keep a file and return the token that brings it back. Files that were left lying are swept."""
    require(actor, permissions.IMPORT)
    _sweep(at)
    name = default_storage.save(f"{FOLDER}/{new_public_id()}.csv", ContentFile(content))
    return _signer(actor).sign(name)


def kept_upload(*, actor: Actor, token: str) -> bytes:
    """The file of a token. Raises `UploadGone`."""
    require(actor, permissions.IMPORT)
    name = _name(actor, token)
    try:
        with default_storage.open(name) as file:
            content: bytes = file.read()
    except OSError as error:
        raise UploadGone from error
    return content


def drop_upload(*, actor: Actor, token: str) -> None:
    """Let the file go. Raises `UploadGone` for a token of somebody else."""
    require(actor, permissions.IMPORT)
    default_storage.delete(_name(actor, token))


def _signer(actor: Actor) -> TimestampSigner:
    return TimestampSigner(salt=f"commerce.upload:{actor.ref}")


def _name(actor: Actor, token: str) -> str:
    try:
        return _signer(actor).unsign(token, max_age=KEPT)
    except BadSignature as error:
        raise UploadGone from error


def _sweep(at: datetime) -> None:
    try:
        _folders, names = default_storage.listdir(FOLDER)
    except OSError:  # nobody has brought a file yet
        return
    for name in names:
        path = f"{FOLDER}/{name}"
        if default_storage.exists(path) and default_storage.get_modified_time(path) < at - KEPT:
            default_storage.delete(path)
