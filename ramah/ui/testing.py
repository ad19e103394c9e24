"""A real Chromium for tests marked `browser`: pages at any width, theme and language, checked with axe.

The root `conftest.py` makes the fixtures known. See docs/guides/look.md.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from django.utils import translation
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _demand(fulfilled: bool, otherwise: str) -> None:
    if not fulfilled:
        raise AssertionError(otherwise)


def _complains(line: ConsoleMessage) -> bool:
    # The test server has no sockets, and every page of the desk asks for one; it does without.
    return line.type == "error" and "/desk/socket/" not in line.text


@dataclass
class Seen:
    """A page as a person sees it. `page` is Playwright's; `complaints` is what the browser wrote to its console."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def must_be_accessible(self) -> None:
        """axe finds no violation of WCAG 2.2 AA."""
        # Colors are measured where they come to rest, not half way through an animation.
        self.page.wait_for_function(
            "document.getAnimations().every(a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)"
        )
        self.page.evaluate(AXE_SCRIPT)
        # Only what is wrong is asked for: telling of all that is right takes longer than finding out.
        options = {"runOnly": {"type": "tag", "values": _WCAG}, "resultTypes": ["violations"]}
        found = self.page.evaluate("options => axe.run(options).then(results => results.violations)", options)
        told = [f"{v['id']}: {node['html'][:160]} ({node['failureSummary']})" for v in found for node in v["nodes"]]
        _demand(not told, "\n".join(told))

    def must_not_scroll_sideways(self) -> None:
        """Nothing is wider than the window."""
        over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        _demand(over <= 0, f"{over} px wider than the window")

    def must_be_quiet(self) -> None:
        """The browser had nothing to complain about: no refused style or script, no missing file, no script error."""
        _demand(not self.complaints, "\n".join(self.complaints))


@pytest.fixture(autouse=True)
def source_language() -> Iterator[None]:
    """Each test starts in English: requests of an earlier one leave their language behind in the thread."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module: Playwright's loop must not outlive them, others start loops of their own."""
    path = os.environ.get("RAMAH_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("no Chromium: install it or name it in RAMAH_TEST_CHROMIUM")
    # Playwright's sync API keeps a loop in this thread; Django would take that for asynchronous code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Seen]]:
    """Open an address: `open_page(url, width=390, theme="dark", language="uk", client=logged_in_client, script=True)`."""
    contexts = []

    def opened(
        url: str,
        *,
        width: int = 1440,
        height: int = 900,
        theme: str = "light",
        language: str = "en",
        client: Client | None = None,
        script: bool = True,
    ) -> Seen:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            locale=language,
            timezone_id="Asia/Jakarta",
            has_touch=width < 600,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if client:
            origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
            context.add_cookies([{"name": k, "value": m.value, "url": origin} for k, m in client.cookies.items()])
        seen = Seen(context.new_page())
        seen.page.on("console", lambda line: seen.complaints.append(line.text) if _complains(line) else None)
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.goto(url)
        return seen

    yield opened
    for context in contexts:
        context.close()
