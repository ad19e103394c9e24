"""Pictures of a product: taking one in, its words, its place, letting it go.

A file is named by what it shows: the same picture is stored once for all products that have it, and goes with the last of them.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from ramah.commerce import permissions
from ramah.commerce.events import ProductChanged
from ramah.commerce.models import Product
from ramah.commerce.pictures import drawn
from ramah.commerce.queries.pictures import is_picture_used, picture_path
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish

MOST_PICTURES = 12
LONGEST_ALT = 200


class TooManyPictures(Exception):
    """A product has as many pictures as it may have."""


class NoSuchPicture(Exception):
    """The product has no picture of that key."""


def add_picture(
    *,
    actor: Actor,
    product: Product,
    content: bytes,
    alt: Mapping[str, str] | None = None,
    option: str = "",
    at: datetime,
) -> str:
    """Put a picture behind those that the product has, and return its key; one that it has already stays where it is.

    `alt` says by language what is to be seen, `option` which color it shows. Raises `pictures.NotAPicture` and
    `TooManyPictures`; then nothing is stored.
    """
    require(actor, permissions.MANAGE_CATALOG)
    picture = drawn(content)
    words = {"alt": _cleaned(alt), "option": option.strip()[:80]}
    with transaction.atomic():
        row = _locked(product)
        known = next((one for one in row.pictures if one["key"] == picture.key), None)
        if known is None and len(row.pictures) >= MOST_PICTURES:
            raise TooManyPictures
        if known is None:
            shape = {"key": picture.key, "width": picture.width, "height": picture.height}
            row.pictures.append({**shape, "widths": list(picture.files), **words})
            _stored(picture.key, picture.files)
            _save(row, actor, "add", picture.key, at=at)
            # A product that lets the same picture go at this moment may have taken the files away.
            transaction.on_commit(partial(_stored, picture.key, picture.files))
    product.pictures = row.pictures
    return picture.key


@transaction.atomic
def describe_picture(
    *, actor: Actor, product: Product, key: str, alt: Mapping[str, str], option: str = "", at: datetime
) -> None:
    """Say what a picture shows, by language, and which color of the product. Raises `NoSuchPicture`."""
    require(actor, permissions.MANAGE_CATALOG)
    row = _locked(product)
    picture = row.pictures[_place(row, key)]
    picture["alt"], picture["option"] = _cleaned(alt), option.strip()[:80]
    _save(row, actor, "describe", key, at=at)
    product.pictures = row.pictures


@transaction.atomic
def move_picture(*, actor: Actor, product: Product, key: str, to: int, at: datetime) -> None:
    """Have a picture stand at place `to`, 0 being the first; beyond the end is the end. Raises `NoSuchPicture`."""
    require(actor, permissions.MANAGE_CATALOG)
    row = _locked(product)
    picture = row.pictures.pop(_place(row, key))
    row.pictures.insert(max(to, 0), picture)
    _save(row, actor, "move", key, at=at)
    product.pictures = row.pictures


@transaction.atomic
def remove_picture(*, actor: Actor, product: Product, key: str, at: datetime) -> None:
    """Take a picture off the product; its files go when no other product has it. Raises `NoSuchPicture`."""
    require(actor, permissions.MANAGE_CATALOG)
    row = _locked(product)
    picture = row.pictures.pop(_place(row, key))
    _save(row, actor, "remove", key, at=at)
    transaction.on_commit(partial(_forget, key, list(picture["widths"])))
    product.pictures = row.pictures


def _locked(product: Product) -> Product:
    return Product.objects.select_for_update().get(pk=product.pk)


def _place(product: Product, key: str) -> int:
    for place, picture in enumerate(product.pictures):
        if picture["key"] == key:
            return place
    raise NoSuchPicture(key)


def _save(product: Product, actor: Actor, what: str, key: str, *, at: datetime) -> None:
    product.save(update_fields=["pictures"])
    audit.record(actor, f"product.{what}_picture", f"product:{product.pk}", at=at, key=key)
    publish(ProductChanged(product_id=product.pk), subject=f"product:{product.pk}")


def _cleaned(alt: Mapping[str, str] | None) -> dict[str, Any]:
    told = {language: " ".join(text.split())[:LONGEST_ALT] for language, text in (alt or {}).items()}
    return {language: text for language, text in told.items() if text}


def _stored(key: str, files: Mapping[int, bytes]) -> None:
    """Write the files that are not there; one that a kill cut off is written anew."""
    for width, content in files.items():
        path = picture_path(key, width)
        if default_storage.exists(path):
            if default_storage.size(path) == len(content):
                continue
            default_storage.delete(path)
        default_storage.save(path, ContentFile(content))


def _forget(key: str, widths: list[int]) -> None:
    """Delete the files of a picture that no product has.

    A product may get the same picture while its files go. Either its transaction stands before the second look here, and the
    files are put back; or it stands after they went, and `add_picture` writes them once it does.
    """
    if is_picture_used(key):
        return
    kept = {width: _taken(picture_path(key, width)) for width in widths}
    if is_picture_used(key):
        _stored(key, {width: content for width, content in kept.items() if content})


def _taken(path: str) -> bytes:
    if not default_storage.exists(path):
        return b""
    with default_storage.open(path) as file:
        content: bytes = file.read()
    default_storage.delete(path)
    return content
