"""Talking to providers: limits hold whatever the other side does, and what went wrong is told from what is not known."""

import json
import socket
import ssl
import threading
from datetime import timedelta

import pytest

from ramah.channels.email.tests.certificates import self_signed
from ramah.kernel import clock
from ramah.kernel.providers import http as provider_http
from ramah.kernel.providers.contract import Refused, TryLater, Uncertain, Unreadable
from ramah.kernel.providers.http import Answered, Call, TooLarge, call, fetch_public, get, post_json
from ramah.kernel.providers.json import clean, moment_in, object_in, objects_in, read_json, text_in


@pytest.fixture
def server():
    """Starts a server that says `said` to whoever connects, piece by piece, and then closes; returns its address."""
    sockets = []

    def start(*said, pause=0.0, context=None):
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def serve():
            try:
                connection, _peer = listening.accept()
            except OSError:  # nobody came
                return
            try:
                connection = context.wrap_socket(connection, server_side=True) if context else connection
                connection.recv(65_536)
                for piece in said:
                    connection.sendall(piece)
                    threading.Event().wait(pause)
            except OSError:
                pass
            finally:
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for one in sockets:
        one.close()


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def test_an_answer(server):
    body = json.dumps({"id": "1"}).encode()
    answered = get(server(HEAD + b"Retry-After: 7\r\n\r\n" + body))

    assert answered.is_ok
    assert answered.json() == {"id": "1"}
    assert answered.pause == timedelta(seconds=7)


@pytest.mark.parametrize("head", [HEAD + b"Content-Length: 5000\r\n\r\n", HEAD + b"\r\n"])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(server, head):
    with pytest.raises(TooLarge):
        call(Call("GET", server(head, b"x" * 5000), most=1000))


def test_who_sends_a_byte_now_and_then_does_not_hold_us(server, monkeypatch):
    monkeypatch.setattr(provider_http, "ALL_SECONDS", 0.3)

    with pytest.raises(TryLater):
        get(server(HEAD + b"Content-Length: 100\r\n\r\n", *[b"x"] * 30, pause=0.1))


@pytest.mark.parametrize(
    "said",
    [(b"",), (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",), (b"SSH-2.0-OpenSSH_9\r\n",)],
)
def test_what_broke_after_it_was_said_is_uncertain_and_a_question_is_asked_again(server, said):
    with pytest.raises(Uncertain):
        post_json(server(*said), {"text": "Halo"})
    with pytest.raises(TryLater):
        get(server(*said))


def test_nobody_there_means_later_also_for_what_is_sent(free_port):
    with pytest.raises(TryLater):
        post_json(f"http://127.0.0.1:{free_port}/", {"text": "Halo"})


def test_a_redirect_is_an_answer(server):
    answered = get(server(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"))

    assert (answered.status, answered.is_ok) == (302, False)


@pytest.mark.parametrize(
    ("said", "pause"), [("", None), ("-1", None), ("soon", None), ("9" * 30, None), ("999999", 3600)]
)
def test_how_long_to_wait(said, pause):
    expected = timedelta(seconds=pause) if pause else None
    assert Answered(429, {"retry-after": said}, b"").pause == expected


@pytest.fixture
def tls(tmp_path):
    """A server's side of TLS, with a certificate that no one trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    return context


def test_the_place_that_was_looked_at_must_prove_its_name(server, tls, monkeypatch):
    monkeypatch.setattr(provider_http, "_public_address", lambda host, port: "127.0.0.1")
    port = server(HEAD + b"\r\nsecret", context=tls).rpartition(":")[2]

    with pytest.raises(TryLater):
        fetch_public(f"https://lookaside.fbsbx.com:{port}/x", most=1000)


def test_a_name_with_any_private_address_is_refused(monkeypatch):
    def found(*_args, **_kwargs):
        return [(2, 1, 6, "", ("93.184.215.14", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(provider_http.socket, "getaddrinfo", found)
    with pytest.raises(Refused):
        fetch_public("https://rebind.example/", most=1000)


def test_the_trusted_origin_is_host_and_port(server):
    said = HEAD + b"\r\nhere"
    address = server(said)

    assert fetch_public(f"{address}/x", most=10, trusted_origin=f"{address}/v24.0").content == b"here"
    with pytest.raises(Refused):
        fetch_public(f"{server(said)}/x", most=10, trusted_origin=f"{address}/v24.0")


def test_json_that_is_not_what_it_should_be():
    strange = {"a": {"b": None, "list": [1, {"x": 2}, None]}, "n": 5, "t": True, "s": "x\x00\ud83dy"}

    assert text_in(strange, "a", "b") == text_in(strange, "t") == text_in(7, "a") == text_in(None, "a", "b", "c") == ""
    assert text_in(strange, "n") == "5"
    assert text_in(strange, "s", most=2) == "x\N{REPLACEMENT CHARACTER}"
    assert objects_in(strange["a"], "list") == [{"x": 2}]
    assert objects_in(strange, "n") == []
    assert object_in(strange, "a", "list") == {}
    assert moment_in({"at": "x"}, "at", at=clock.now()) is None
    assert clean("😀") == "😀"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"nul"])
def test_no_json(body):
    with pytest.raises(Unreadable):
        read_json(body)
