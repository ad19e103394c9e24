"""What all tests of accounts share: fast passwords, and the people of a small shop."""

import pytest

from ramah.accounts.models import Role
from ramah.accounts.testing import make_agent, make_team

PASSWORD = "three-boats-9-sails"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def jakarta(db):
    return make_team("Jakarta care")


@pytest.fixture
def kyiv(db):
    return make_team("Київ")


@pytest.fixture
def ada(db):
    return make_agent(name="Ada Wijaya", role=Role.OWNER, email="ada@ramah.example", password=PASSWORD)


@pytest.fixture
def lia(jakarta):
    return make_agent(name="Lia Kusuma", role=Role.LEAD, teams=[jakarta], email="lia@ramah.example", password=PASSWORD)


@pytest.fixture
def ben(jakarta):
    return make_agent(name="Ben Hartono", teams=[jakarta], email="ben@ramah.example", password=PASSWORD)


@pytest.fixture
def cleo(kyiv):
    return make_agent(name="Cleo Tambunan", teams=[kyiv], email="cleo@ramah.example", password=PASSWORD)


@pytest.fixture
def chris(jakarta):
    return make_agent(
        name="Chris Adiputra", role=Role.CONTRACTOR, teams=[jakarta], email="chris@ramah.example", password=PASSWORD
    )
