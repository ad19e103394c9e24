import pytest
from django.core.cache import cache

from ramah.channels.chat.testing import serving


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


@pytest.fixture
def server(free_port, transactional_db):
    with serving(free_port) as root:
        yield root
