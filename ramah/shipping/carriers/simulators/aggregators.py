"""EasyPost, Shippo and AfterShip on this machine: their trackers, rates and labels, as far as Ramah asks for them.

Each knows one key ("key"), sells two services and keeps what was bought in `bought`, by the id of its label.
"""

from base64 import b64encode
from typing import Any

from ramah.shipping.carriers.simulators.server import Asked, Reply, Simulator

KEY = "key"
PDF = b"%PDF-1.4\n% a label\n%%EOF\n"
HISTORY = (
    ("pre_transit", "label_created", "2026-03-02T10:00:00Z"),
    ("in_transit", "departed_facility", "2026-03-02T18:00:00Z"),
)


class Aggregator(Simulator):
    """What all of them share. `hooks` are the addresses that they post to, `bought` labels by id: what was asked for them."""

    def __init__(self) -> None:
        super().__init__()
        self.hooks: list[str] = []
        self.bought: dict[str, dict[str, Any]] = {}
        self.quoted: dict[str, dict[str, Any]] = {}
        self.returned: list[str] = []

    def answer(self, asked: Asked) -> Reply:
        """403 without the key; a label as a file; else as the provider answers."""
        if asked.path.endswith("/label.pdf"):
            return Reply(200, PDF, {"Content-Type": "application/pdf"})
        if not self.is_known(asked):
            return self.denied()
        return self.tell(asked)

    def is_known(self, asked: Asked) -> bool:
        """Whether the key is the right one."""
        raise NotImplementedError

    def denied(self) -> Reply:
        """What somebody without it is told."""
        raise NotImplementedError

    def tell(self, asked: Asked) -> Reply:
        """The answer to whoever has the key."""
        raise NotImplementedError


class EasyPost(Aggregator):
    """https://docs.easypost.com/docs"""

    def is_known(self, asked: Asked) -> bool:
        """The key is the user of a log-in without a password."""
        return asked.headers.get("authorization") == "Basic " + b64encode(f"{KEY}:".encode()).decode()

    def denied(self) -> Reply:
        """As all its errors."""
        return _easypost_error("APIKEY.INACTIVE", "This api key is no longer active.", 401)

    def tell(self, asked: Asked) -> Reply:
        """Trackers, shipments, buying, refunds, webhooks."""
        match asked.path.strip("/").split("/"):
            case ["webhooks"]:
                return Reply.of({"webhooks": [{"object": "Webhook", "url": url} for url in self.hooks]})
            case ["trackers"]:
                return self._tracker(asked.json().get("tracker", {}).get("tracking_code", ""))
            case ["shipments"]:
                return self._shipment(asked.json()["shipment"])
            case ["shipments", known_as, "buy"] if known_as in self.quoted:
                return self._buy(known_as)
            case ["shipments", known_as, "refund"] if known_as in self.bought:
                self.returned.append(known_as)
                return Reply.of({"id": known_as, "refund_status": "submitted"})
        return _easypost_error("NOT_FOUND", "The requested resource could not be found.", 404)

    def _tracker(self, number: str) -> Reply:
        if number.startswith("BAD"):
            return _easypost_error("TRACKER.CREATE.ERROR", "The tracking code is not known.", 422)
        details = [
            {"object": "TrackingDetail", "status": status, "status_detail": detail, "datetime": at, "message": detail}
            for status, detail, at in HISTORY
        ]
        newest = {"status": HISTORY[-1][0], "status_detail": HISTORY[-1][1], "updated_at": HISTORY[-1][2]}
        tracker = {"object": "Tracker", "id": "trk_1", "mode": "production", "tracking_code": number, **newest}
        return Reply.of({**tracker, "tracking_details": details}, 201)

    def _shipment(self, asked: dict[str, Any]) -> Reply:
        known_as = f"shp_{len(self.quoted) + 1}"
        rates = [
            {
                "id": "rate_1",
                "carrier": "USPS",
                "service": "Priority",
                "rate": "9.10",
                "currency": "USD",
                "delivery_days": 2,
            },
            {
                "id": "rate_2",
                "carrier": "USPS",
                "service": "Ground",
                "rate": "5.25",
                "currency": "USD",
                "delivery_days": None,
            },
            {"id": "", "carrier": "UPS", "service": "Broken", "rate": "free", "currency": ""},
        ]
        self.quoted[known_as] = asked
        return Reply.of({"id": known_as, "object": "Shipment", "rates": rates}, 201)

    def _buy(self, known_as: str) -> Reply:
        self.bought[known_as] = self.quoted[known_as]
        number = f"EZ{len(self.bought):010}"
        label = {"label_url": f"{self.url}/label.pdf", "label_file_type": "application/pdf"}
        rate = {"id": "rate_2", "carrier": "USPS", "service": "Ground", "rate": "5.25", "currency": "USD"}
        told = {"id": known_as, "tracking_code": number, "postage_label": label, "selected_rate": rate}
        return Reply.of({**told, "tracker": {"id": "trk_1", "carrier": "USPS"}})


class Shippo(Aggregator):
    """https://docs.goshippo.com"""

    def is_known(self, asked: Asked) -> bool:
        """The token stands in a header."""
        return asked.headers.get("authorization") == f"ShippoToken {KEY}"

    def denied(self) -> Reply:
        """As all its errors."""
        return Reply.of({"detail": "Invalid token"}, 401)

    def tell(self, asked: Asked) -> Reply:
        """Tracks, shipments, transactions, refunds, webhooks."""
        match asked.path.strip("/").split("/"):
            case ["webhooks"]:
                return Reply.of(
                    {"count": len(self.hooks), "results": [{"url": url, "active": True} for url in self.hooks]}
                )
            case ["tracks", "unknown", _number]:
                return Reply.of({"detail": "No such carrier"}, 400)
            case ["tracks", carrier, number]:
                return Reply.of(_track(carrier, number))
            case ["shipments"]:
                return self._shipment(asked.json())
            case ["transactions"]:
                return self._buy(asked.json())
            case ["refunds"] if asked.json().get("transaction") in self.bought:
                self.returned.append(asked.json()["transaction"])
                return Reply.of({"object_id": "refund_1", "status": "QUEUED"}, 201)
        return Reply.of({"detail": "Not found."}, 404)

    def _shipment(self, asked: dict[str, Any]) -> Reply:
        self.quoted["rate_1"] = asked
        services = (("usps_priority", "Priority", "9.10", 2), ("usps_ground", "Ground", "5.25", 5))
        rates = [
            {
                "object_id": f"rate_{place}",
                "amount": amount,
                "currency": "USD",
                "provider": "USPS",
                "servicelevel": {"token": token, "name": name},
                "estimated_days": days,
            }
            for place, (token, name, amount, days) in enumerate(services, start=1)
        ]
        return Reply.of({"object_id": "shipment_1", "status": "SUCCESS", "rates": rates}, 201)

    def _buy(self, asked: dict[str, Any]) -> Reply:
        known_as = f"transaction_{len(self.bought) + 1}"
        self.bought[known_as] = asked
        told = {"object_id": known_as, "status": "SUCCESS", "tracking_number": f"92055901649173{len(self.bought):08}"}
        return Reply.of({**told, "label_url": f"{self.url}/label.pdf", "messages": []}, 201)


class AfterShip(Aggregator):
    """https://www.aftership.com/docs/tracking"""

    def __init__(self) -> None:
        super().__init__()
        self.watched: list[str] = []

    def is_known(self, asked: Asked) -> bool:
        """The key stands in a header."""
        return asked.headers.get("as-api-key") == KEY

    def denied(self) -> Reply:
        """As all its errors."""
        return Reply.of({"meta": {"code": 401, "message": "The API key is invalid."}, "data": {}}, 401)

    def tell(self, asked: Asked) -> Reply:
        """Trackings: listed, or watched from now on."""
        if (asked.method, asked.path) == ("GET", "/trackings"):
            wanted = asked.query.get("tracking_numbers", "").split(",")
            found = [_tracking(number) for number in self.watched if number in wanted]
            return Reply.of({"meta": {"code": 200}, "data": {"trackings": found}})
        number = asked.json().get("tracking_number", "")
        if asked.path != "/trackings" or number.startswith("BAD"):
            return Reply.of({"meta": {"code": 4005, "message": "The tracking number is invalid."}, "data": {}}, 400)
        if number in self.watched:
            return Reply.of({"meta": {"code": 4003, "message": "Tracking already exists."}, "data": {}}, 400)
        self.watched.append(number)
        return Reply.of(
            {"meta": {"code": 201}, "data": {**_tracking(number), "tag": "Pending", "checkpoints": []}}, 201
        )


def _easypost_error(code: str, message: str, status: int) -> Reply:
    return Reply.of({"error": {"code": code, "message": message, "errors": []}}, status)


def _track(carrier: str, number: str) -> dict[str, Any]:
    history = [
        {"status": "PRE_TRANSIT", "status_date": "2026-03-02T10:00:00Z", "substatus": {"code": "information_received"}},
        {"status": "TRANSIT", "status_date": "2026-03-02T18:00:00Z", "substatus": {"code": "package_departed"}},
    ]
    told = {"carrier": carrier, "tracking_number": number, "tracking_status": history[-1], "tracking_history": history}
    return {**told, "test": carrier == "shippo"}


def _tracking(number: str) -> dict[str, Any]:
    checkpoints = [
        {"tag": "InfoReceived", "checkpoint_time": "2026-03-02T10:00:00+00:00", "message": "Announced"},
        {
            "tag": "InTransit",
            "subtag": "InTransit_001",
            "checkpoint_time": "2026-03-02T18:00:00+00:00",
            "message": "Left",
        },
    ]
    return {
        "id": f"id-{number}",
        "tracking_number": number,
        "slug": "jne",
        "tag": "InTransit",
        "checkpoints": checkpoints,
    }
