"""Writing the tree of categories."""

from collections.abc import Iterable
from datetime import datetime

from ramah.commerce.models import Category
from ramah.commerce.queries.terms import forget_terms
from ramah.commerce.slugs import slug_of

SEPARATOR = " / "


def categories_of(words: Iterable[str], *, at: datetime) -> dict[str, Category]:
    """The categories that imports call `Fashion / Shirts`, by these words; those that are new are made, with all above them.

    A category is found by the address that its words make, so `fashion/shirts` and `Fashion / Shirts` are the same one.
    """
    wanted = {text: [part.strip() for part in text.split(SEPARATOR.strip()) if part.strip()] for text in words if text}
    chains = {text: _paths(names) for text, names in wanted.items()}
    known = {
        row.path: row for row in Category.objects.filter(path__in={path for chain in chains.values() for path in chain})
    }
    for text, names in wanted.items():
        parent: Category | None = None
        for name, path in zip(names, chains[text], strict=True):
            if path not in known:
                known[path], made = Category.objects.get_or_create(
                    path=path,
                    defaults={
                        "parent": parent,
                        "slug": path.rpartition("/")[2],
                        "names": {"en": name},
                        "created_at": at,
                    },
                )
                if made:
                    forget_terms()
            parent = known[path]
    return {text: known[chain[-1]] for text, chain in chains.items() if chain}


def _paths(names: list[str]) -> list[str]:
    slugs = [slug_of(name, fallback="category") for name in names]
    return ["/".join(slugs[: depth + 1]) for depth in range(len(slugs))]
