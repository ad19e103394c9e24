"""Compile every translation of the project to the form that runs, where it changed. Needs no gettext tools.

What is wrong in a file is said and left out: it is no reason not to start. `check_messages.py` is the strict one.
"""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent


def compile_one(source: Path) -> None:
    """Write the .mo file beside `source`, whole or not at all."""
    with source.open("rb") as lines:
        catalog = read_po(lines, locale=source.parent.parent.name)
    target = source.with_suffix(".mo")
    unfinished = target.with_suffix(".mo.tmp")
    with unfinished.open("wb") as out:
        write_mo(out, catalog)
    unfinished.replace(target)


def main() -> None:
    for source in sorted(ROOT.glob("ramah/**/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        try:
            compile_one(source)
        except (PoFileError, UnicodeDecodeError) as error:
            print(f"{source.relative_to(ROOT)}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
