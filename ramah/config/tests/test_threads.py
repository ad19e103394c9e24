"""Requests through the pool of threads, spoken to as a server speaks: whole, in parts, too early, broken off."""

import asyncio
import threading

import pytest

from ramah.config.threads import WHOLE, Threads


class Server:
    """What a server gives an ASGI application, and what it was told."""

    def __init__(self, *messages):
        self.messages, self.sent = list(messages), []

    async def receive(self):
        await asyncio.sleep(0)
        return self.messages.pop(0) if self.messages else {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent)


def part(body, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


def ask(app, server, *, length=None, workers=2):
    headers = [(b"host", b"shop.example")]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "http_version": "1.1",
        "headers": headers,
    }
    asyncio.run(Threads(app, workers=workers)(scope, server.receive, server.send))
    return server


def echo(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]


def test_a_page_is_handed_over_whole():
    def app(environ, start_response):
        start_response("201 Created", [("X-Shop", "yes")])
        return [b"one ", b"two ", b"three"]

    server = ask(app, Server())

    start, body = server.sent
    assert (start["status"], start["headers"]) == (201, [(b"x-shop", b"yes")])
    assert (body["body"], body.get("more_body", False)) == (b"one two three", False)


def test_what_is_posted_in_parts_is_read_before_a_thread_takes_it():
    threads = []

    def app(environ, start_response):
        threads.append(threading.current_thread().name)
        return echo(environ, start_response)

    server = ask(app, Server(part(b"one ", True), part(b"two", False)), length=7)

    assert server.body == b"one two"
    assert len(threads) == 1
    assert threads[0].startswith("WSGI")


def test_whoever_leaves_in_the_middle_of_a_post_starts_nothing():
    called = []

    server = ask(lambda *args: called.append(args), Server(part(b"one ", True)), length=7)

    assert (called, server.sent) == ([], [])


def test_a_large_post_and_a_large_answer_go_in_parts():
    large = b"x" * (3 * WHOLE)
    parts = [part(large[start : start + WHOLE], start + WHOLE < len(large)) for start in range(0, len(large), WHOLE)]

    def app(environ, start_response):
        posted = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [])
        return (posted[start : start + 50_000] for start in range(0, len(posted), 50_000))

    server = ask(app, Server(*parts), length=len(large))

    assert server.body == large
    bodies = [message for message in server.sent if message["type"] == "http.response.body"]
    assert len(bodies) > 1  # never all of it in memory
    assert max(len(message["body"]) for message in bodies) <= WHOLE + 50_000
    assert [message.get("more_body", False) for message in bodies] == [True] * (len(bodies) - 1) + [False]


def test_a_fault_before_the_answer_reaches_the_server_and_the_iterable_is_closed():
    closed = []

    class Rows:
        def __iter__(self):
            raise RuntimeError("half way")

        def close(self):
            closed.append(True)

    def app(environ, start_response):
        start_response("200 OK", [])
        return Rows()

    server = Server()
    with pytest.raises(RuntimeError, match="half way"):
        ask(app, server)

    assert (server.sent, closed) == ([], [True])


def test_a_page_that_ends_with_no_word_still_has_an_end():
    def app(environ, start_response):
        start_response("204 No Content", [])
        return []

    server = ask(app, Server())

    assert [message["type"] for message in server.sent] == ["http.response.start", "http.response.body"]
