"""What aggregators post, at the address that they are given: known ones are taken in, all others leave no row."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from django.test import Client

from ramah.commerce.testing import make_order
from ramah.kernel import clock
from ramah.shipping.commands import process_waiting
from ramah.shipping.models import CarrierPost, TrackingEvent
from ramah.shipping.testing import make_carrier_account, make_shipment

pytestmark = pytest.mark.django_db
NUMBER = "9400111201080805483016"
WHEN = "2026-03-03T08:00:00Z"
POSTS = {
    "easypost": {
        "object": "Event",
        "result": {
            "object": "Tracker",
            "tracking_code": NUMBER,
            "status": "out_for_delivery",
            "tracking_details": [{"status": "out_for_delivery", "datetime": WHEN}],
        },
    },
    "shippo": {
        "event": "track_updated",
        "data": {
            "tracking_number": NUMBER,
            "tracking_status": {"status": "TRANSIT", "substatus": {"code": "out_for_delivery"}, "status_date": WHEN},
        },
    },
    "aftership": {
        "event": "tracking_update",
        "msg": {
            "tracking_number": NUMBER,
            "tag": "OutForDelivery",
            "checkpoints": [{"tag": "OutForDelivery", "checkpoint_time": WHEN}],
        },
    },
    "biteship": {"event": "order.status", "status": "delivered", "courier_waybill_id": NUMBER, "updated_at": WHEN},
}


def digest(body, secret):
    return hmac.new(secret.encode(), body, hashlib.sha256)


def signed(provider, body, secret="secret"):
    if provider == "easypost":
        return {"X-Hmac-Signature": f"hmac-sha256-hex={digest(body, secret).hexdigest()}"}
    if provider == "aftership":
        return {"aftership-hmac-sha256": base64.b64encode(digest(body, secret).digest()).decode()}
    if provider == "biteship":
        return {"X-Ramah-Key": secret}
    now = int(time.time())
    return {"Shippo-Auth-Signature": f"t={now},v1={digest(f'{now}.'.encode() + body, secret).hexdigest()}"}


@pytest.fixture(params=sorted(POSTS))
def account(request):
    secrets = {"webhook_secret": "secret", "hook_secret": "secret"}
    told = {"provider": request.param, "credentials": secrets, "settings": {"hook_header": "x-ramah-key"}}
    return make_carrier_account(f"hook-{request.param}", at=clock.now(), **told)


def post(account, body, headers):
    client = Client(enforce_csrf_checks=True)
    path = f"/hooks/carriers/{account.key}"
    return client.post(path, body, content_type="application/json", headers=headers).status_code


def test_a_signed_post_moves_the_parcel(account):
    shipment = make_shipment(make_order(), account=account, tracking_number=NUMBER, at=clock.now())
    body = json.dumps(POSTS[account.provider]).encode()

    assert post(account, body, signed(account.provider, body)) == 200
    assert post(account, body, signed(account.provider, body)) == 200
    process_waiting(at=clock.now())

    assert TrackingEvent.objects.get().shipment_id == shipment.pk
    assert sorted(CarrierPost.objects.values_list("state", flat=True)) == ["accepted", "duplicate"]


def test_whoever_is_not_the_provider_leaves_no_row(account):
    body = json.dumps(POSTS[account.provider]).encode()
    good = signed(account.provider, body)
    others = {**signed(account.provider, body, "of another shop")}
    foreign = {name: value for one in POSTS if one != account.provider for name, value in signed(one, body).items()}

    assert post(account, body, {}) == 403
    assert post(account, body, others) == 403
    assert post(account, body, foreign) == 403
    if account.provider != "biteship":  # which signs nothing: its header is a word
        assert post(account, body + b" ", good) == 403

    assert not CarrierPost.objects.exists()
    account.refresh_from_db()
    assert (account.last_in_at, account.state) == (None, "new")


def test_without_a_secret_of_ours_nobody_is_known(account):
    account.credentials = {}
    account.save()
    body = json.dumps(POSTS[account.provider]).encode()
    for secret in ("", "secret"):
        assert post(account, body, signed(account.provider, body, secret)) == 403
    assert not CarrierPost.objects.exists()
