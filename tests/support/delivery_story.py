"""A simulated shop played through the real parts: a history to learn from, then weeks of orders, carriers' posts and notices.

The clock is the story's own. What the workers do is done by hand at each step, so that an hour costs what is due in it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import time_machine

from ramah.commerce.models import Order, OrderLine
from ramah.conversations.testing import make_inbox
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel import outbox
from ramah.kernel.actors import SYSTEM
from ramah.notices import kinds
from ramah.notices.commands import planning, sending
from ramah.notices.commands.rules import install_defaults
from ramah.notices.models import Notice, Rule
from ramah.promises.commands import Making, Terms, make_many_promises, tick
from ramah.shipping.commands import flights, hand_over, taking_in, training
from ramah.shipping.commands.forecasting import forecast_touched
from ramah.shipping.commands.sweeping import sweep_due
from ramah.shipping.models import Carrier, CarrierAccount, ForecastModel, Shipment
from ramah.shipping.simulation.story import Story
from ramah.shipping.simulation.world import CARRIERS, PLACES

HOUR = timedelta(hours=1)
WARNINGS = (kinds.AT_RISK, kinds.LATE, kinds.STALLED, kinds.LOST, kinds.DELIVERY_FAILED)


def moment(seconds: float) -> datetime:
    """The moment of so many seconds since 1970."""
    return datetime.fromtimestamp(float(seconds), UTC)


@dataclass
class Played:
    """A shop in the middle of a story; orders that were placed before `live_from` are history."""

    story: Story
    live_from: datetime
    until: datetime
    accounts: dict[str, CarrierAccount] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)

    def prepare(self) -> None:
        """Carriers, an inbox, rules, the history, and a version of the forecast that has learned from it."""
        make_inbox("support", address="help@shop.example", created_at=self.live_from)
        for one in CARRIERS:
            carrier = Carrier.objects.create(key=one.key, name=one.key.title(), created_at=self.live_from)
            self.accounts[one.key] = CarrierAccount.objects.create(
                key=one.key, name=one.key, provider="generic", carrier=carrier, created_at=self.live_from
            )
        install_defaults(at=self.live_from)
        Rule.objects.filter(kind__in=WARNINGS).update(state=Rule.State.LIVE, went_live_at=self.live_from)
        self._write_history()
        content, rows, report = training.learn(at=self.live_from)
        training.store(content, report, rows=rows, reason="", seconds=0, at=self.live_from)

    def _rows(self, since: float, until: float) -> list[int]:
        bought = self.story.purchased_at
        return [int(row) for row in np.flatnonzero((bought >= since) & (bought < until))]

    def _write_history(self) -> None:
        rows = self._rows(0, self.live_from.timestamp())
        orders = self._write_orders(rows, state="shipped")
        known = self.live_from.timestamp()
        parcels, over = [], []
        for row, order in zip(rows, orders, strict=True):
            handed, delivered = self.story.handed_over_at[row], self.story.delivered_at[row]
            if not handed <= known:
                continue
            is_there = delivered <= known
            is_gone = bool(self.story.is_lost[row]) or not np.isnan(self.story.returned_at[row])
            if is_there:
                over.append(order.pk)
            key = str(self.story.carrier[row])
            parcels.append(
                Shipment(
                    order=order, carrier=key, carried_by=self.accounts[key].carrier, account=self.accounts[key],
                    service=str(self.story.service[row]), tracking_number=self.story.numbers[row],
                    handed_over_at=moment(handed), last_moved_at=moment(delivered if is_there else handed),
                    state="delivered" if is_there else "lost" if is_gone else "in_transit",
                    delivered_at=moment(delivered) if is_there else None, created_at=moment(handed),
                    lost_at=moment(known) if is_gone and not is_there else None,
                )
            )  # fmt: skip
        Shipment.objects.bulk_create(parcels, batch_size=500)
        Order.objects.filter(pk__in=over).update(state="delivered")

    def _write_orders(self, rows: Sequence[int], *, state: str) -> list[Order]:
        people = Customer.objects.bulk_create(
            [Customer(name=f"Buyer {row}", language="en", created_at=self._bought(row)) for row in rows], batch_size=500
        )
        points = [
            ContactPoint(
                customer=one,
                kind="email",
                value=f"b{row}@mail.example",
                proof="order_verified",
                created_at=one.created_at,
            )
            for row, one in zip(rows, people, strict=True)
        ]
        ContactPoint.objects.bulk_create(points, batch_size=500)
        orders = Order.objects.bulk_create(
            [self._order(row, one, state) for row, one in zip(rows, people, strict=True)], batch_size=500
        )
        one, left = Decimal(1), int(state != "paid")
        sold = {"title": "Shirt", "sku": "S", "quantity": 1, "unit_amount": one, "total_amount": one}
        lines = [OrderLine(order=order, shipped_quantity=left, **sold) for order in orders]
        OrderLine.objects.bulk_create(lines, batch_size=500)
        return orders

    def _bought(self, row: int) -> datetime:
        return moment(self.story.purchased_at[row])

    def _order(self, row: int, customer: Customer, state: str) -> Order:
        place = PLACES[self.story.orders.place[row]]
        number = self.story.order_ids[row]
        promised = moment(self.story.promised_at[row]).astimezone(ZoneInfo(place.zone)).date()
        return Order(
            number=number, search_key=number.replace("-", "").lower(), customer=customer, state=state, source="shop",
            placed_at=self._bought(row), created_at=self._bought(row), currency="IDR", items_amount=Decimal(1),
            total_amount=Decimal(1), promised_from=promised - timedelta(days=1), promised_to=promised, language="en",
            email=f"b{row}@mail.example", payment_method="card",
            shipping_address={"name": customer.name, "line1": "1 Street", "city": place.city, "region": place.region,
                              "postal_code": place.key[3:], "country": place.country},
        )  # fmt: skip

    def play(self, step: timedelta = HOUR) -> None:
        """From `live_from` to `until`, a step after the other."""
        rows = self._rows(self.live_from.timestamp(), self.until.timestamp())
        bought = self._by_step(rows, self.story.purchased_at, step)
        handed = self._by_step(rows, self.story.handed_over_at, step)
        posts = self._posts_by_step(step)
        for number in range(self._step(self.until.timestamp(), step)):
            at = self.live_from + number * step
            with time_machine.travel(at, tick=False):
                self._place(bought[number], at)
                for row in handed[number]:
                    self._hand_over(row, at)
                for key, body in posts[number]:
                    taking_in.take_in(account=self.accounts[key], bodies=[body], at=at)
                self.work(at)

    def _by_step(self, rows: Sequence[int], moments: Any, step: timedelta) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            if np.isfinite(moments[row]):
                found[self._step(moments[row], step)].append(row)
        return found

    def _posts_by_step(self, step: timedelta) -> dict[int, list[tuple[str, bytes]]]:
        found: dict[int, list[tuple[str, bytes]]] = defaultdict(list)
        for key in self.accounts:
            for at, body in self.story.posts(1000, carrier=key, within=HOUR / 4):
                if self.live_from <= at < self.until:
                    found[self._step(at.timestamp(), step)].append((key, body))
        return found

    def _step(self, seconds: float, step: timedelta) -> int:
        """The step at whose beginning the shop learns of it."""
        return int(np.ceil((seconds - self.live_from.timestamp()) / step.total_seconds()))

    def _place(self, rows: Sequence[int], at: datetime) -> None:
        if not rows:
            return
        orders = self._write_orders(rows, state="paid")
        makings = [
            (
                Making(order.customer_id, f"order:{order.pk}", [
                    Terms("delivery", due_at=moment(self.story.promised_at[row]), warn_percent=None)
                ]),
                at,
            )
            for row, order in zip(rows, orders, strict=True)
            if self.story.promised_at[row] > at.timestamp()
        ]  # fmt: skip
        make_many_promises(actor=SYSTEM, makings=makings)
        self.orders |= dict(zip(rows, orders, strict=True))
        flights.note_orders([order.pk for order in orders], at=at)

    def _hand_over(self, row: int, at: datetime) -> None:
        order = self.orders.get(row)
        if order is None or Shipment.objects.filter(order=order).exists():
            return
        order.refresh_from_db()
        key = str(self.story.carrier[row])
        quantities = {line.pk: 1 for line in order.lines.all()}
        told: Any = {"account": self.accounts[key], "service": str(self.story.service[row])}
        hand_over(
            actor=SYSTEM,
            order=order,
            quantities=quantities,
            carrier=key,
            tracking_number=self.story.numbers[row],
            at=at,
            **told,
        )

    def work(self, at: datetime) -> None:
        """What the workers do in an hour."""
        for job in (taking_in.process_waiting, outbox.dispatch_batch, forecast_touched):
            while job(at=at):
                pass
        sweep_due(at=at)
        tick(at=at)
        planning.plan_timed(at=at)
        planning.end_stale(at=at)
        for job in (outbox.dispatch_batch, sending.send_due, outbox.dispatch_batch):
            while job(at=at):
                pass

    def outcome(self) -> dict[str, float]:
        """How many late parcels were announced before their promised day, and how many notices were false alarms."""
        by_order = {order.pk: row for row, order in self.orders.items()}
        sent = Notice.objects.filter(kind__in=WARNINGS, state__in=("sent", "merged"), order__in=list(by_order))
        first: dict[int, datetime] = {}
        false = total = 0
        for notice in sent.order_by("sent_at"):
            row = by_order[notice.order_id or 0]
            first.setdefault(row, notice.sent_at)  # type: ignore[arg-type]
            if notice.kind in (kinds.AT_RISK, kinds.LATE):
                total += 1
                false += not self._is_late(row)
        come_due = [row for row in by_order.values() if self.story.promised_at[row] < self.until.timestamp()]
        late = [row for row in come_due if self._is_late(row)]
        return {
            "orders": len(by_order),
            "late": len(late),
            "announced": sum(first.get(row, self.until) < self._promised_day(row) for row in late),
            "announced_in_time": sum(first.get(row, self.until) < moment(self.story.promised_at[row]) for row in late),
            "notices": total,
            "false": false,
            "version": ForecastModel.objects.filter(state="live").count(),
        }

    def _is_late(self, row: int) -> bool:
        return not self.story.delivered_at[row] <= self.story.promised_at[row]

    def _promised_day(self, row: int) -> datetime:
        zone = ZoneInfo(PLACES[self.story.orders.place[row]].zone)
        return datetime.combine(moment(self.story.promised_at[row]).astimezone(zone).date(), time(), zone)
