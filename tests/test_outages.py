"""What Ramah needs goes away and comes back: nothing is lost, nothing doubled, and agents see what is the matter."""

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

import pytest
from websockets.sync.client import connect

from ramah.channels.email.tests.smtp_sink import Sink, sink_controller
from tests.support.browsing import Browser
from tests.support.running import Shop, free_port, once, open_shop
from tests.support.waiting import until

pytestmark = once


@pytest.fixture(scope="module")
def outside():
    """The next mail server on the way out: `mode` says how it behaves, `stop` and `start` take it away and bring it back."""
    sink = Sink()
    sink.controller = None
    sink.port = free_port()

    def start():
        sink.controller = sink_controller(sink)
        sink.controller.port = sink.port
        sink.controller.start()

    def stop():
        sink.controller.stop()
        sink.controller = None

    sink.start, sink.stop = start, stop
    start()
    yield sink
    if sink.controller:
        stop()


@pytest.fixture(scope="module")
def shop(outside, tmp_path_factory):
    with open_shop(tmp_path_factory.mktemp("shop"), EMAIL_URL=f"smtp://127.0.0.1:{outside.port}") as shop:
        yield shop


@pytest.fixture(scope="module")
def ben(shop):
    return Browser(shop.url).log_in("ben@shop.example")


@pytest.fixture(scope="module")
def ada(shop):
    return Browser(shop.url).log_in("ada@shop.example")


@pytest.fixture
def out(outside):
    """How many mails went out under a subject; the server behaves well again after the test."""
    yield lambda subject: [mail.mail["Subject"] for mail in outside.mails].count(f"Re: {subject}")
    outside.mode = "good"
    if outside.controller is None:
        outside.start()


OUTAGES = {
    "away": "Nothing answers at this server and port.",
    "greylist": "451 4.7.1 Greylisted, come back later",
    "full": "452 4.3.1 Disk full",
}


@pytest.mark.parametrize("mode", OUTAGES)
def test_mail_waits_visibly_for_a_server_that_cannot_take_it_now(shop, outside, out, ben, mode):
    outside.stop() if mode == "away" else setattr(outside, "mode", mode)
    shop.write(mode)
    until(lambda: OUTAGES[mode] in ben.open_conversation(mode))
    assert "Not sent yet, tried again by itself" in ben.page
    shop.ask("let_time_pass")
    until(lambda: shop.ask("attempts", f"{mode}@mail.example") == [2])
    assert out(mode) == 0

    outside.start() if mode == "away" else setattr(outside, "mode", "good")
    shop.ask("let_time_pass")

    until(lambda: out(mode) == 1)
    until(lambda: 'data-delivery="sent"' in ben.open_conversation(mode))
    assert OUTAGES[mode] not in ben.page
    shop.ask("let_time_pass")
    until(shop.is_idle)
    assert out(mode) == 1


def test_mail_that_is_refused_for_good_is_not_tried_again_until_somebody_says_so(shop, outside, out, ben):
    outside.mode = "refuse"
    shop.write("refuse")
    until(lambda: "550 5.1.1 No such user" in ben.open_conversation("refuse"))
    assert "Not sent" in ben.page
    outside.mode = "good"
    shop.ask("let_time_pass")
    until(shop.is_idle)
    assert out("refuse") == 0

    ben.submit("/deliveries/.+/retry/")

    until(lambda: out("refuse") == 1)
    until(lambda: 'data-delivery="sent"' in ben.open_conversation("refuse"))


def test_a_slow_server_gets_it_once(shop, outside, out, ben):
    outside.mode = "slow"
    shop.write("slow")

    until(lambda: 'data-delivery="sending"' in ben.open_conversation("slow"))
    until(lambda: 'data-delivery="sent"' in ben.open_conversation("slow"))

    assert out("slow") == 1


def test_a_server_that_dies_after_the_final_dot_never_gets_it_twice_by_itself(shop, outside, out, ben):
    outside.mode = "drop_at_dot"
    shop.write("dropped")
    until(lambda: "Perhaps not sent: nobody knows" in ben.open_conversation("dropped"))
    outside.mode = "good"

    shop.ask("let_time_pass")
    until(shop.is_idle)
    assert out("dropped") == 1
    ben.submit("/deliveries/.+/retry/")

    until(lambda: out("dropped") == 2)


def test_a_database_that_is_locked_is_waited_for(shop, out, ben):
    lock = sqlite3.connect(shop.home / "ramah.sqlite3", isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    threading.Timer(5, lambda: lock.execute("ROLLBACK")).start()
    began = time.monotonic()

    sender = threading.Thread(target=shop.write, args=("locked",))
    sender.start()
    assert shop.get("/accounts/login/")[0] == 200
    ben.get(shop.url + "/desk/open/")
    assert (ben.status, time.monotonic() - began < 4) == (200, True)
    sender.join(40)

    assert time.monotonic() - began > 4.5
    until(lambda: out("locked") == 1)
    assert shop.ask("count_of", "locked") == 1
    lock.close()


def test_a_storage_that_cannot_be_written_holds_mail_up_visibly(shop, ben, ada):
    folder = shop.home / "files" / "attachments"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("no folder")
    shop.write("stored", file=b"%PDF-1.4 bill")
    until(lambda: shop.ask("troubles") == [["waiting", "NotADirectoryError", 1]])
    until(lambda: (shop.ask("let_time_pass"), shop.ask("troubles"))[1] == [["quarantined", "NotADirectoryError", 5]])
    assert "NotADirectoryError" in ada.get(shop.url + "/desk/settings/quarantine/")
    shop.write("without a file".replace(" ", "-"))
    until(lambda: ben.open_conversation("without-a-file"))

    folder.unlink()
    item = ada.page.split('href="/desk/settings/quarantine/')[-1].split("/")[0]
    ada.get(f"/desk/settings/quarantine/{item}/")
    ada.submit("/replay/")

    until(lambda: "bill.pdf" in ben.open_conversation("stored"))
    assert shop.ask("count_of", "stored") == 1


@pytest.fixture
def redis(tmp_path):
    """A Redis of our own that can be killed."""
    binary = shutil.which("redis-server")
    if binary is None:
        absent = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        absent("redis-server is not installed")

    class Own:
        port = free_port()
        process = None

        def start(self):
            command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            until(self._answers)

        def _answers(self):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
                line.sendall(b"PING\r\n")
                return line.recv(5) == b"+PONG"
            return False

        def kill(self):
            self.process.kill()
            self.process.wait()

    own = Own()
    own.start()
    yield own
    own.kill()


def hears(socket_to_desk, seconds=15):
    with contextlib.suppress(TimeoutError):
        return socket_to_desk.recv(timeout=seconds)
    return ""


@pytest.mark.redis
def test_without_redis_mail_comes_and_goes_and_pages_are_served(redis, tmp_path):
    shop = Shop(tmp_path, REDIS_URL=f"redis://127.0.0.1:{redis.port}/0")
    try:
        without_redis(shop, redis)
    finally:
        for process in shop.running:
            shop.stop(process)
        shop.end()
    assert "Redis is away" in shop.all_output
    assert "nudges are dropped" in shop.all_output


def without_redis(shop, redis):
    socket_port = free_port()
    web = shop.start("serve", "--workers", "1", "--socket-port", str(socket_port))
    shop.start("worker")
    shop.start("smtp")
    shop.until_up(web)
    shop.until_up(web, port=socket_port)
    ben = Browser(shop.url).log_in("ben@shop.example")

    def desk():
        return connect(
            f"ws://127.0.0.1:{socket_port}/desk/socket/", origin=shop.url, additional_headers={"Cookie": ben.cookies}
        )

    def sent(subject):
        return any(f"Subject: Re: {subject}" in mail.read_text() for mail in (shop.home / "outbox").glob("*.eml"))

    with desk() as line:
        shop.write("before")
        assert "conversation" in hears(line)

    redis.kill()
    shop.write("meanwhile")
    until(lambda: sent("meanwhile"))
    until(lambda: "Where is it?" in ben.open_conversation("meanwhile"))
    ben.submit("/reply/", text="It comes.", then="")
    assert (ben.status, "It comes." in ben.page) == (200, True)
    assert Browser(shop.url).log_in("ada@shop.example").status == 200
    assert shop.get("/readyz")[0] == 200

    redis.start()

    def nudged():
        with contextlib.suppress(Exception), desk() as line:
            shop.write(f"after-{time.monotonic_ns()}")
            return hears(line, 3)
        return ""

    until(nudged, seconds=30)
