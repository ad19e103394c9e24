"""Are all translations complete? For each app: nothing missing, fuzzy, untranslated, obsolete, or out of date, in any language.

What the sources ask to be translated is collected anew (GNU gettext) and held against the files of the app; nothing is changed.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("id", "uk")
TRANSLATORS = {"_", "gettext", "ngettext", "pgettext", "npgettext", "translate"}

Key = tuple[str | None, str, str]


def keys(catalog: polib.POFile) -> set[Key]:
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in catalog if not entry.obsolete}


def asked_for(app: Path, domain: str) -> set[Key]:
    """What the sources of `app` ask to be translated."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / app.name
        shutil.copytree(
            app, copy, ignore=shutil.ignore_patterns("tests", "migrations", "__pycache__", "locale", "static-built")
        )
        (copy / "locale").mkdir()
        subprocess.run(
            [
                Path(sys.executable).parent / "django-admin",
                *("makemessages", "--domain", domain, "-l", "uk", "--no-location", "--no-wrap", "-v", "0"),
            ],
            cwd=copy,
            check=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "ramah.config.settings", "RAMAH_HOME": scratch},
        )
        made = copy / "locale" / "uk" / "LC_MESSAGES" / f"{domain}.po"
        return keys(polib.pofile(str(made))) if made.exists() else set()


def faults_of(entry: polib.POEntry) -> str:
    if entry.obsolete:
        return "obsolete"
    if entry.fuzzy:
        return "fuzzy"
    said = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
    return "" if said and all(said) else "untranslated"


def unreadable(path: Path, language: str) -> list[str]:
    """What stands in the way of compiling: wrong numbers of plural forms, broken lines."""
    try:
        with path.open("rb") as lines:
            read_po(lines, locale=language, abort_invalid=True)
    except PoFileError as error:
        return [str(error)]
    return []


def hidden_in(app: Path) -> list[str]:
    """What gettext does not see: texts that are translated inside an f-string, or by another name than it knows."""
    found = []
    for path in app.rglob("*.py"):
        tree = ast.parse(path.read_text())
        found += [
            f"{path.relative_to(ROOT)}: {name.name} as {name.asname}, a name that gettext does not look for"
            for part in ast.walk(tree)
            if isinstance(part, ast.ImportFrom) and part.module == "django.utils.translation"
            for name in part.names
            if name.name.startswith("gettext") and name.asname not in (None, "_")
        ]
        for text in (part for part in ast.walk(tree) if isinstance(part, ast.JoinedStr)):
            called = {
                part.func.id
                for part in ast.walk(text)
                if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
            }
            if called & TRANSLATORS:
                found.append(
                    f"{path.relative_to(ROOT)}:{text.lineno}: translated inside an f-string, which gettext skips"
                )
    return found


def plural_faults(catalog: polib.POFile) -> list[str]:
    """Without its header, or with fewer forms than that says, a catalog falls back to English for most numbers."""
    found = re.match(r"nplurals=(\d)", catalog.metadata.get("Plural-Forms", ""))
    if not found:
        return ["no Plural-Forms in its header"]
    return [
        f"{len(entry.msgstr_plural)} plural forms of {found[1]}: {entry.msgid!r}"
        for entry in catalog
        if entry.msgid_plural and len(entry.msgstr_plural) != int(found[1])
    ]


def check(app: Path, domain: str) -> list[str]:
    wanted = asked_for(app, domain)
    found = []
    for language in LANGUAGES:
        path = app / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
        if not path.exists():
            found += [f"{path.relative_to(ROOT)}: missing, {len(wanted)} strings"] if wanted else []
            continue
        catalog = polib.pofile(str(path), check_for_duplicates=True)
        where = path.relative_to(ROOT)
        found += [f"{where}: {fault}: {entry.msgid!r}" for entry in catalog if (fault := faults_of(entry))]
        found += [f"{where}: {error}" for error in (*unreadable(path, language), *plural_faults(catalog))]
        have = keys(catalog)
        found += [f"{where}: missing: {msgid!r}" for _, msgid, _ in sorted(wanted - have, key=str)]
        found += [f"{where}: nobody asks for it any more: {msgid!r}" for _, msgid, _ in sorted(have - wanted, key=str)]
    return found


def main() -> None:
    if not shutil.which("xgettext"):
        sys.exit("GNU gettext is missing. On Debian: apt install gettext")
    found = []
    for app in sorted(path.parent for path in ROOT.glob("ramah/*/apps.py")):
        found += hidden_in(app)
        for domain in ("django", "djangojs"):
            found += check(app, domain)
    if found:
        sys.exit("\n".join([*found, f"{len(found)} faults in translations. Mend with: make messages"]))
    print("translations complete")


if __name__ == "__main__":
    main()
