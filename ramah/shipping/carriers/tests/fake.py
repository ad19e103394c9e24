"""A carrier of the tests' own that does what it is told to, and remembers what it was asked for."""

import json
from datetime import UTC, datetime

from ramah.kernel.money import Money
from ramah.shipping.carriers import contract, facts
from ramah.shipping.carriers.contract import CarrierProvider, Labeled, Rated, Rerouted

PDF = b"%PDF-1.4 of the tests"


class Pigeons:
    """`answers` are taken one after the other: an exception is raised, a function called, anything else given back."""

    def __init__(self):
        self.asked, self.answers = [], []

    def track(self, account, asked):
        return self._answer("track", [one.number for one in asked], [told(one.number) for one in asked])

    def label(self, account, parcel, *, service, key):
        number = f"PG{len(self.asked) + 1:08}"
        return self._answer(
            "label", (service, key, parcel), Labeled(number, f"label-{key}", PDF, Money(9, "IDR").amount, "IDR")
        )

    def cancel(self, account, *, number, label_id, key):
        return self._answer("cancel", (number, label_id), None)

    def reroute(self, account, *, number, kind, detail, key):
        return self._answer("reroute", (number, kind, dict(detail)), Rerouted("Noted."))

    def rate(self, account, parcel, at):
        return self._answer("rate", parcel, [Rated("fast", "Fast pigeon", Money(9, "IDR"), None, None)])

    def _answer(self, word, asked, usual):
        self.asked.append((word, asked))
        answer = self.answers.pop(0) if self.answers else usual
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer


def told(number, state="in_transit", at="2026-03-02T10:00:00+00:00"):
    return json.dumps({"number": number, "state": state, "at": at}).encode()


def parse(raw, account):
    found = facts.read_object(raw)
    return [
        facts.told(
            number=facts.checked_number(str(found.get("number", ""))),
            meaning=(found["state"], ""),
            code=found["state"],
            told_at=found["at"],
            raw=found,
        )
    ]


def make_pigeons(monkeypatch, **told):
    """Register the carrier for this test; `told` are other fields of its `CarrierProvider`."""
    loft = Pigeons()
    fields = {
        "track": loft.track,
        "label": loft.label,
        "cancel": loft.cancel,
        "reroute": loft.reroute,
        "rate": loft.rate,
        "reroutes": frozenset({"leave", "neighbor"}),
        **told,
    }
    loft.provider = CarrierProvider(key="pigeon", name="Pigeons", parse=parse, **fields)
    monkeypatch.setitem(contract._providers, "pigeon", loft.provider)
    return loft


AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
