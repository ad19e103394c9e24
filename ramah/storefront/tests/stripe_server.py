"""A server that speaks the few calls of Stripe that the shop makes, and signs events as Stripe does.

https://docs.stripe.com/api/checkout/sessions, https://docs.stripe.com/webhooks#verify-manually
"""

import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

SECRET = "whsec_of_the_tests"


class StripeServer:
    """Sessions by id, and the requests that came in: (method, path, form, idempotency key)."""

    def __init__(self):
        self.sessions, self.by_key, self.requests, self.is_down = {}, {}, [], False
        stripe_server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                told = {
                    k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()
                }
                self.answer("POST", told, self.headers.get("Idempotency-Key"))

            def do_GET(self):
                self.answer("GET", {}, None)

            def answer(self, method, told, key):
                stripe_server.requests.append((method, self.path, told, key))
                status, body = stripe_server.reply(method, self.path, told, key)
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def reply(self, method, path, told, key):
        if self.is_down:
            return 500, {"error": {"type": "api_error", "message": "down"}}
        if method == "GET":
            return 200, self.sessions[path.rpartition("/")[2]]
        if key not in self.by_key:
            number = len(self.sessions) + 1
            session = {
                "id": f"cs_test_{number}",
                "object": "checkout.session",
                "url": f"{self.url}/pay/cs_test_{number}",
                "client_reference_id": told["client_reference_id"],
                "amount_total": int(told["line_items[0][price_data][unit_amount]"]),
                "currency": told["line_items[0][price_data][currency]"],
                "status": "open",
                "payment_status": "unpaid",
                "payment_intent": None,
            }
            self.sessions[session["id"]] = self.by_key[key] = session
        return 200, self.by_key[key]

    def event(self, session_id="cs_test_1", kind="checkout.session.completed", **changes):
        """The body of an event about a session, which is paid unless told otherwise."""
        paid = {"status": "complete", "payment_status": "paid", "payment_intent": "pi_1"}
        session = {**self.sessions[session_id], **paid, **changes}
        return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": session}})


def signature(body, secret=SECRET, at=None):
    """The header `Stripe-Signature` for a body."""
    moment = int(at or time.time())
    signed = hmac.new(secret.encode(), f"{moment}.{body}".encode(), "sha256").hexdigest()
    return f"t={moment},v1={signed}"
