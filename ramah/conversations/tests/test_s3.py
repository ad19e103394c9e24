"""Attachments in S3-compatible storage, by setting: against a server here that speaks the few verbs that are used."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ramah.accounts.testing import client_of, make_agent
from ramah.config.environment import Environment
from ramah.conversations.commands.filing import File, store_files
from ramah.conversations.models import Attachment
from ramah.conversations.testing import make_conversation


class Bucket(BaseHTTPRequestHandler):
    """PUT, HEAD and GET of objects, path-style; refuses what is not signed."""

    objects: dict[str, bytes] = {}
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "aws-chunked" or "x-amz-decoded-content-length" in self.headers:
            size, _, rest = body.partition(b"\r\n")
            body = rest[: int(size.split(b";")[0], 16)]
        self.objects[self.path.partition("?")[0]] = body
        self.answer(200)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        body = self.objects.get(self.path.partition("?")[0])
        self.answer(404) if body is None else self.answer(200, body)

    def answer(self, status, body=b""):
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=key/"):
            status, body = 403, b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"x"')
        self.send_header("Last-Modified", "Mon, 02 Mar 2026 12:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def bucket(settings, monkeypatch, tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    for name, value in {
        "RAMAH_HOME": str(tmp_path),
        "RAMAH_S3_BUCKET": "shop",
        "RAMAH_S3_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "RAMAH_S3_REGION": "us-east-1",
        "RAMAH_S3_ACCESS_KEY": "key",
        "RAMAH_S3_SECRET_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    options = Environment.read().s3_options
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    Bucket.objects = {}
    yield Bucket.objects
    server.shutdown()
    thread.join()


@pytest.mark.django_db
def test_files_go_to_the_bucket_once_and_come_back_through_the_desk(bucket):
    message = make_conversation().messages.get()

    for _ in range(2):
        (attachment,) = store_files(message, [File("a.txt", "text/plain", b"words")], at=message.created_at)

    assert list(bucket.values()) == [b"words"]
    assert next(iter(bucket)).startswith("/shop/attachments/")
    assert Attachment.objects.count() == 2
    page = client_of(make_agent(name="Ada", role="owner")).get(f"/desk/attachments/{attachment.public_id}/")
    assert b"".join(page.streaming_content) == b"words"
    assert page["Content-Disposition"] == 'attachment; filename="a.txt"'
