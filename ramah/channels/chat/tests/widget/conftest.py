import pytest

from ramah.channels.chat.tests.widget.fake_chat import FakeChat
from ramah.channels.chat.tests.widget.foreign_site import ForeignSite


@pytest.fixture
def fake():
    """A shop whose chat answers as told."""
    fake = FakeChat().start()
    yield fake
    fake.stop()


@pytest.fixture
def foreign_site(fake):
    """`foreign_site(policy=..., css=...)` puts the chat on a page elsewhere; `allowed=False`: the shop does not know it."""
    sites = []

    def made(*, allowed=True, **how):
        site = ForeignSite(fake.url, **how)
        sites.append(site)
        if allowed:
            fake.origins.append(site.origin)
        return site

    yield made
    for site in sites:
        site.stop()


@pytest.fixture
def open_frame(open_page, fake):
    """The page of the frame by itself."""

    def opened(**how):
        seen = open_page(how.pop("url", fake.frame_url), **{"width": 390, "height": 844, **how})
        seen.page.set_default_timeout(8000)
        return seen

    return opened
