"""Static files have plain names until they are collected and hashed names afterwards."""

import re

import pytest
from django.conf import settings as conf
from django.core.management import call_command

from ramah.ui.static_files import StaticFiles


@pytest.fixture
def storage(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "ramah.ui.static_files.StaticFiles"}}
    return StaticFiles(location=str(tmp_path), base_url="/static/")


def test_names_are_plain_before_anything_is_collected(storage):
    assert storage.url("ui/icons.svg") == "/static/ui/icons.svg"


def test_names_are_hashed_once_collected(storage, settings):
    call_command("collectstatic", interactive=False, verbosity=0)

    collected = StaticFiles(location=str(conf.STATIC_ROOT), base_url="/static/")

    assert re.fullmatch(r"/static/ui/icons\.[0-9a-f]{12}\.svg", collected.url("ui/icons.svg"))
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        collected.url("ui/no-such-file.css")


def test_every_icon_of_the_templates_is_in_the_sprite():
    root = conf.BASE_DIR
    known = set(re.findall(r'<symbol id="i-([a-z-]+)"', (root / "ui/static/ui/icons.svg").read_text()))
    used = {
        (name, str(page.relative_to(root)))
        for page in root.glob("*/templates/**/*.html")
        for name in re.findall(r'{% icon "([^"]+)"', page.read_text())
    }

    assert {(name, page) for name, page in used if name not in known} == set()
