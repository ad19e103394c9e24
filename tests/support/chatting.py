"""Two people at a chat, each with a browser: a visitor on a page of the shop, and an agent at the desk.

Both do what people do: they write, wait for what comes, and press the button again when they are told that it did not go out.
"""

from playwright.sync_api import expect

from tests.support.shop import PASSWORD

PATIENCE = 40_000  # milliseconds
_THREAD = """(lines) => lines.map((line) => [Number(line.dataset.line), line.querySelector('.text')?.textContent ?? '',
    [...line.querySelectorAll('a.file b')].map((name) => name.textContent)])"""


class Person:
    """One who writes and reads. `written` is what they wrote, in their order."""

    def __init__(self, page):
        self.page, self.written = page, []
        page.set_default_timeout(PATIENCE)

    def waits(self, fulfilled, otherwise):
        """Go on when `fulfilled` says so; what is wrong is asked only at the end."""
        for _ in range(PATIENCE // 50):
            if fulfilled():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(otherwise())

    def hears(self, *texts):
        """Wait until these stand in the thread."""
        for text in texts:
            expect(self.lines.filter(has_text=text)).to_have_count(1, timeout=PATIENCE)

    def types_to(self, other):
        """Write and send nothing, until the other one sees that somebody is typing."""

        def is_seen():
            self.room.locator(self.FIELD).press_sequentially("hm ")
            return other.room.locator("#typing").inner_text()

        expect(other.room.locator("#typing")).to_be_empty(timeout=PATIENCE)
        self.waits(is_seen, lambda: "nobody saw it")

    @property
    def thread(self):
        """What stands in the thread: the key, the text and the names of the files of each line, from above."""
        return self.lines.evaluate_all(_THREAD)


class Visitor(Person):
    """A visitor, who opens the chat on the first page of the shop at `url`."""

    FIELD = "#text"

    def __init__(self, page, url):
        super().__init__(page)
        page.goto(url + "/")
        self.open()

    def open(self):
        """Open the chat of the page as it stands now."""
        found = []

        def is_there():
            found[:] = [frame for frame in self.page.frames if "/chat/frame/" in frame.url]
            return found

        self.waits(is_there, lambda: f"no chat in {self.page.frames}")
        self.room = found[0]
        self.page.wait_for_function("typeof ramahChat === 'object'")
        expect(self.room.locator("#who")).to_be_attached(timeout=PATIENCE)
        self.room.wait_for_function("typeof window.chatClient === 'function'")
        self.page.evaluate("ramahChat.open()")
        expect(self.room.locator("#close")).to_be_visible(timeout=PATIENCE)

    @property
    def lines(self):
        return self.room.locator("#log [data-line].msg")

    @property
    def waiting(self):
        """What is still on its way."""
        return self.room.locator("#log [data-wait]")

    def says(self, text, *, file=None):
        """Write, whether it goes out now or later."""
        if file is not None:
            self.room.set_input_files("#files", [file])
        self.room.fill("#text", text)
        self.room.press("#text", "Enter")
        self.written.append(text)


class Agent(Person):
    """An agent, who logs in at the shop at `url` and takes chats."""

    FIELD = "#reply-text"

    def __init__(self, page, url, email):
        super().__init__(page)
        self.room = page
        page.goto(url + "/desk/")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#presence-button")
        page.wait_for_load_state("networkidle")  # what the page fetches after it has come replaces the button
        page.click("#presence-button")
        page.click("#presence-menu [value=online]")
        page.wait_for_selector("#presence-button [data-presence=online]")

    @property
    def lines(self):
        return self.page.locator("#lines .msg")

    def takes(self):
        """Take the chat that is offered."""
        self.page.click("#offers [action$='/offer/take/'] button")
        self.page.wait_for_selector("#thread[data-live]")

    def says(self, text, *, file=None):
        """Write, and send it again while it is said that it was not sent."""
        self.room.fill("#reply-text", text)
        if file is not None:
            self.room.set_input_files("[name=uploads]", [file])
        sent = self.lines.filter(has_text=text)
        for _ in range(PATIENCE // 250):
            if self.room.locator("#reply:not([data-sending])").count() and self.room.input_value("#reply-text") == text:
                self.room.press("#reply-text", "Control+Enter")
            self.page.wait_for_timeout(250)
            if sent.count():
                self.written.append(text)
                return
        raise AssertionError(f"never sent: {text}; {self.room.locator('#reply').inner_text()}")
