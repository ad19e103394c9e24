"""Reads of pictures: where their files are, and whether anything shows them."""

from django.core.files.storage import default_storage
from django.db.models import TextField
from django.db.models.functions import Cast

from ramah.commerce.models import Product


def picture_path(key: str, width: int) -> str:
    """Where the storage keeps a picture in one width."""
    return f"pictures/{key}-{width}.webp"


def picture_content(key: str, width: int) -> bytes | None:
    """The WebP of a picture in one width; None where there is none."""
    path = picture_path(key, width)
    try:
        with default_storage.open(path) as file:
            content: bytes = file.read()
    except OSError:  # S3 raises FileNotFoundError too
        return None
    return content


def is_picture_used(key: str) -> bool:
    """Whether any product has the picture. Reads all products: for the rare moment in which one lets a picture go."""
    told = Product.objects.annotate(told=Cast("pictures", TextField()))
    return told.filter(told__contains=f'"{key}"').exists()
