"""Words of an address: `kemeja-linen-sanur`. Letters of every script stay letters, so a Ukrainian title is readable too."""

from collections.abc import Container

from django.utils.text import slugify

LONGEST = 100


def slug_of(text: str, *, fallback: str, taken: Container[str] = ()) -> str:
    """The text as part of an address; `fallback` where nothing of it is a letter or digit. Numbered when it is taken."""
    slug = slugify(text, allow_unicode=True)[:LONGEST].strip("-") or slugify(fallback, allow_unicode=True) or "x"
    number = 2
    found = slug
    while found in taken:
        found, number = f"{slug}-{number}", number + 1
    return found
