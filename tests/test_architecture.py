"""What import-linter cannot say: which modules of an app are public, where foreign keys may point, how long a module may be."""

import tomllib
from pathlib import Path

import grimp
import pytest
from django.apps import apps

from ramah.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = {"commands", "queries", "events", "models", "permissions"}
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS = [
    {name.strip(" ()") for name in row.split("|")}
    for row in next(contract for contract in CONTRACTS if contract["id"] == "layers")["layers"]
]
LEVEL = {app: depth for depth, row in enumerate(reversed(LAYERS)) for app in row}


def is_test(module: str) -> bool:
    return ".tests." in module or module.endswith((".tests", ".testing"))


def is_leak(importer: str, imported: str) -> bool:
    source, target = importer.split("."), imported.split(".")
    if len(source) < 2 or len(target) < 3 or source[1] == target[1]:
        return False
    if source[1] == "config" or target[1] in {"kernel", "ui"}:
        return False
    if is_test(importer):
        return False  # a test may look from all sides
    if source[2:3] == ["demo"] and target[2] == "demo":
        return False  # the demo shop is one story told by many apps
    return target[2] not in PUBLIC


def test_apps_import_only_the_public_modules_of_other_apps():
    graph = grimp.build_graph("ramah", cache_dir=None)

    leaks = [
        f"{importer} -> {imported}"
        for importer in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if is_leak(importer, imported)
    ]

    assert leaks == []


@pytest.mark.parametrize(
    ("importer", "imported", "leaks"),
    [
        ("ramah.desk.views", "ramah.conversations.commands.replying", False),
        ("ramah.desk.views", "ramah.conversations.views", True),
        ("ramah.desk.views", "ramah.desk.rows", False),
        ("ramah.desk.views", "ramah.ui.markup", False),
        ("ramah.config.urls", "ramah.desk.urls", False),
        ("ramah.desk.tests.test_list", "ramah.conversations.testing", False),
    ],
)
def test_the_rule_itself_tells_leaks_from_proper_imports(importer, imported, leaks):
    assert is_leak(importer, imported) is leaks


def test_foreign_keys_point_down_and_leave_no_reverse_accessor():
    """String foreign keys are invisible to import-linter, so they get the same rule here."""
    faults = []
    for model in apps.get_models():
        if not model.__module__.startswith("ramah."):
            continue
        for field in model._meta.get_fields():
            if not (field.is_relation and field.concrete and field.related_model):
                continue
            source, target = model.__module__.split(".")[1], field.related_model.__module__.split(".")[1]
            if source == target or not field.related_model.__module__.startswith("ramah."):
                continue
            if LEVEL[target] >= LEVEL[source]:
                faults.append(f"{model._meta.label}.{field.name} points up at {target}")
            elif not field.remote_field.hidden:
                faults.append(f"{model._meta.label}.{field.name} needs related_name='+'")
    assert faults == []


def test_modules_stay_short():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in ROOT.glob("ramah/**/*.py")
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}
    assert len((ROOT / "ramah/config/settings.py").read_text().splitlines()) <= 300


def test_every_app_on_disk_is_installed_and_every_row_of_the_house_is_known():
    on_disk = {path.parent.name for path in ROOT.glob("ramah/*/apps.py")}
    installed = {config.name.split(".")[1] for config in apps.get_app_configs() if config.name.startswith("ramah.")}

    assert on_disk == installed
    assert on_disk <= set(LEVEL)


def test_lock_files_name_no_index_and_pin_every_package_by_hash():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
        packages = [line for line in text.splitlines() if line and line[0].isalpha()]
        assert packages
        assert all("==" in line and line.endswith("\\") for line in packages)


def test_the_version_is_the_top_of_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text()

    top = next(line for line in changelog.splitlines() if line.startswith("## "))
    assert VERSION in top
