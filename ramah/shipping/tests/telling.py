"""What a carrier posts in tests: our own JSON, signed with the secret of `testing.make_carrier_account`."""

import json
from datetime import timedelta

from django.test import Client

import ramah.shipping.carriers.generic.provider  # noqa: F401 - registers itself
from ramah.commerce.testing import AT
from ramah.shipping.carriers.generic.webhook import signature
from ramah.shipping.commands import taking_in

NOW = AT + timedelta(days=3)
HOUR = timedelta(hours=1)


def told(number, state, hours=0.0, **more):
    """An entry: so many hours after the order was placed."""
    return {"number": number, "state": state, "occurred_at": (AT + hours * HOUR).isoformat(), **more}


def body(*entries):
    return json.dumps({"events": list(entries)}).encode()


def post(raw, *, key="jne", secret="secret", **headers):
    """Post to the account's address, signed; the answer."""
    signed = {"X-Ramah-Signature": signature(secret, raw), **headers}
    return Client().post(f"/hooks/carriers/{key}", raw, content_type="application/json", headers=signed)


def read(at=NOW):
    """Read what waits."""
    while taking_in.process_waiting(at=at):
        pass


def hear(account, *entries, at=NOW):
    """Take in one post and read it; its row."""
    post = taking_in.take_in(account=account, bodies=[body(*entries)], at=at)[0]
    read(at)
    post.refresh_from_db()
    return post
