"""The import guide shows the columns that are read."""

import re
from pathlib import Path

import pytest

from ramah.commerce.commands import columns_of

GUIDE = (Path(__file__).parents[3] / "docs/guides/import.md").read_text()


@pytest.mark.parametrize("kind", ["products", "orders", "customers"])
def test_the_guide_lists_each_column_with_its_other_names(kind):
    section = GUIDE.split(f"\n## {kind.capitalize()}\n")[1].split("\n## ")[0].split("\n| State ")[0]
    told = re.findall(r"^\| `(\w+)`( \(needed\))? \| (.*?) \| (.*?) ?\|$", section, re.MULTILINE)

    assert told == [
        (column.name, " (needed)" if column.required else "", column.says, ", ".join(column.aliases))
        for column in columns_of(kind)
    ]
