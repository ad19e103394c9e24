"""An SMTP server of the test's own that can misbehave: refuse, greylist, be slow, vanish after the final dot."""

import asyncio
from email import message_from_bytes, policy
from types import SimpleNamespace

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Sink:
    """What arrived, and how to answer.

    `mode` is good, greylist, refuse, full, slow or drop_at_dot; `refused` maps a recipient to what it is answered.
    """

    def __init__(self):
        self.mode, self.refused, self.mails, self.connections = "good", {}, [], 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "greylist":
            return "451 4.7.1 Greylisted, come back later"
        if self.mode == "refuse":
            return "550 5.1.1 No such user"
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "slow":
            await asyncio.sleep(3)
        if self.mode == "full":
            return "452 4.3.1 Disk full"
        self.mails.append(
            SimpleNamespace(
                sender=envelope.mail_from,
                recipients=list(envelope.rcpt_tos),
                raw=envelope.original_content,
                mail=message_from_bytes(envelope.original_content, policy=policy.default),
            )
        )
        if self.mode == "drop_at_dot":
            server.transport.abort()
        return "250 OK"


def sink_controller(sink: Sink, **options) -> Controller:
    """The sink behind a free port; `controller.server.sockets` tells which."""
    return FreePort(sink, hostname="127.0.0.1", port=0, server_hostname="sink.example", **options)


class FreePort(Controller):
    """Lets the system choose the port."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def log_in(server, session, envelope, mechanism, auth_data):
    """Accepts ramah / secret, and says no to others."""
    return AuthResult(success=(auth_data.login, auth_data.password) == (b"ramah", b"secret"), handled=False)
