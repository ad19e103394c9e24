"""`ramah run` as a person meets it: another process, over the network."""

import asyncio
import re
import signal
import sqlite3
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.migrated import migrate
from tests.support.running import once

pytestmark = once


def refusal_of_socket(url, **options):
    async def knock():
        async with connect(url, open_timeout=10, **options):
            return 101

    try:
        return asyncio.run(knock())
    except InvalidStatus as error:
        return error.response.status_code


def test_one_process_serves_pages_files_and_sockets_and_ends_cleanly(ramah):
    process = ramah.start("run")
    ramah.until_up(process)

    assert ramah.get("/healthz")[::2] == (200, "ok\n")
    status, _, body = ramah.get("/readyz")
    assert status == 200
    assert '"ready": true' in body

    status, headers, page = ramah.get("/accounts/login/")
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    stylesheet = re.search(r'href="(/static/[^"]+\.css)"', page).group(1)
    status, headers, css = ramah.get(stylesheet)
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/css")
    assert "immutable" in headers["cache-control"]
    assert css
    assert ramah.get("/static/../secret-key")[0] == 404
    assert ramah.get("/no/such/page")[0] == 404

    status, _, figures = ramah.get("/metrics")
    assert status == 200
    assert 'ramah_requests_total{route="healthz",status="200"}' in figures
    assert "no/such/page" not in figures

    socket = f"ws://127.0.0.1:{ramah.port}"
    assert refusal_of_socket(f"{socket}/desk/socket/", origin=ramah.url) == 403
    assert refusal_of_socket(f"{socket}/desk/socket/", origin="https://evil.example") == 403
    assert refusal_of_socket(f"{socket}/nowhere/", origin=ramah.url) == 403

    code, seconds, output = ramah.stop(process)
    assert (code, seconds < 5) == (0, True), output
    assert f"http://127.0.0.1:{ramah.port}/desk/" in output
    assert "Traceback" not in output


def test_ctrl_c_ends_it_cleanly_too(ramah):
    migrate(ramah.home)
    process = ramah.start("run")
    ramah.until_up(process)

    code, seconds, output = ramah.stop(process, signal.SIGINT)

    assert (code, seconds < 5, "Traceback" in output) == (0, True, False), output


def test_a_kill_leaves_a_sound_database_and_the_next_start_goes_on(ramah):
    migrate(ramah.home)
    process = ramah.start("run")
    ramah.until_up(process)
    process.kill()
    process.wait()

    with sqlite3.connect(ramah.home / "ramah.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    again = ramah.start("run")
    ramah.until_up(again)
    assert ramah.get("/readyz")[0] == 200
    assert ramah.stop(again)[0] == 0


def test_a_port_in_use_is_said_plainly(ramah):
    migrate(ramah.home)
    process = ramah.start("run")
    ramah.until_up(process)

    second = ramah.call("run")

    assert second.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{ramah.port}" in second.stderr
    assert "RAMAH_PORT" in second.stderr
    assert "Traceback" not in second.stderr
    assert ramah.get("/healthz")[0] == 200


def test_tick_and_worker_until_idle_say_what_they_did(ramah):
    migrate(ramah.home)

    tick = ramah.call("tick", "--json")
    idle = ramah.call("worker", "--until-idle")

    assert (tick.returncode, idle.returncode) == (0, 0), tick.stderr + idle.stderr
    assert '"outbox": 0' in tick.stdout


def test_the_worker_ends_cleanly(ramah):
    migrate(ramah.home)
    process = ramah.start("worker")
    while "worker started" not in ramah.output:
        assert process.poll() is None, ramah.output
        time.sleep(0.05)

    code, seconds, output = ramah.stop(process)

    assert (code, seconds < 5) == (0, True), output


@pytest.mark.parametrize("command", ["serve", "worker", "smtp"])
def test_a_cluster_without_redis_refuses_to_start_and_says_why(ramah, command):
    ended = ramah.call(
        command, DATABASE_URL="postgres://nobody@127.0.0.1:9/none", RAMAH_SECRET_KEY="x" * 40, RAMAH_SMTP_PORT="2525"
    )

    assert ended.returncode == 1
    assert f"`ramah {command}` is one of several processes, and these need Redis" in ended.stderr
    assert "REDIS_URL" in ended.stderr


@pytest.mark.redis
def test_serve_answers_http_and_sockets_on_two_ports_and_ends_cleanly(ramah, redis_url):
    migrate(ramah.home)
    process = ramah.start("serve", "--workers", "2", REDIS_URL=redis_url)
    ramah.until_up(process)
    ramah.until_up(process, port=ramah.port + 1)

    assert ramah.get("/accounts/login/")[0] == 200
    figures = [ramah.get("/metrics")[2] for _ in range(6)]
    assert all('ramah_requests_total{route="account_login",status="200"} 1.0' in one for one in figures)
    assert refusal_of_socket(f"ws://127.0.0.1:{ramah.port + 1}/desk/socket/", origin=ramah.url) == 403

    code, seconds, output = ramah.stop(process)
    assert (code, seconds < 8) == (0, True), output
