"""The shop's pages and the way to an order: CPU, queries and time on the wall, at 4,000 and 100,000 variants.

Through the WSGI application with all middleware, as a visitor who is not signed in (the order history: as a customer with orders).
Floor: a page of the same application that touches no database. `rps`: two server processes and two clients on the same machine.
"""

import concurrent.futures
import contextlib
import itertools
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

from bench import catalog, ground

VARIANTS_EACH = 4
ORDERS = 200
SECONDS = 5
_FORM = "application/x-www-form-urlencoded"  # as browsers send forms without files


def main() -> None:
    """Measure at each size, the smallest first: the same catalog grows."""
    ground.start()
    from ramah.commerce.demo import terms
    from ramah.kernel import clock

    now = clock.now()
    terms.seed_terms(now, next_order_number=10001)
    smallest: dict[str, float] = {}
    done = 0
    for size in (int(size) for size in ground.OPTIONS["variants"].split(",")):
        catalog.fill_catalog(size // VARIANTS_EACH - done, VARIANTS_EACH, random.Random(size), now)
        done = size // VARIANTS_EACH
        ground.settle()
        for name, path in _paths().items():
            _page(name, size, ground.getter(), path, smallest)
        _buying(size, smallest)
        _history(size, smallest)
        _requests_per_second(size)


def _paths() -> dict[str, Callable[[], str]]:
    from ramah.commerce.models import Category, Product

    chance = random.Random(7)
    slugs = list(Product.objects.filter(status="active").order_by("?").values_list("slug", flat=True)[:200])
    six = _product_with_six_variants()
    paths = list(Category.objects.filter(children=None).values_list("path", flat=True))
    words = ("kemeja", "linen shirt", "сорочка", "batik", "kopi", "mug", "kemja", "blue", "tas")
    return {
        "home": partial(str, "/"),
        "list": partial(str, "/products/"),
        "category": lambda: f"/c/{chance.choice(paths)}/",
        "search": lambda: f"/search/?q={urllib.request.quote(chance.choice(words))}",
        "product": lambda: f"/products/{chance.choice(slugs)}/",
        "product.6": partial(str, f"/products/{six}/"),
    }


def _product_with_six_variants() -> str:
    from ramah.commerce.models import Product, Variant
    from ramah.kernel import clock

    product = Product.objects.filter(status="active", external_id="bench-six").first()
    if product is None:
        model = Product.objects.filter(status="active").order_by("pk")[0]
        model.pk, model.public_id = None, "six".ljust(26, "0")
        model.external_id, model.slug = "bench-six", "bench-six"
        model.save(force_insert=True)
        product = model
        Variant.objects.bulk_create(
            Variant(
                product=product, sku=f"SIX-{size}-{color}", options={"size": size, "color": color}, price_amount=389000,
                currency="IDR", other_prices={"UAH": ["1249", None]}, stock=100000, created_at=clock.now(),
            )
            for size in ("S", "M", "L")
            for color in ("Indigo", "Clay")
        )  # fmt: skip
    return product.slug


def _page(
    name: str, size: int, get: Callable[[str], int], path: Callable[[], str], smallest: dict[str, float], **more: Any
) -> None:
    for _ in range(5):
        if get(path()) != 200:
            raise SystemExit(f"bench.shop: {path()} did not answer 200")
    queries = _queries(partial(get, path()))
    floor_walls, _cpu = ground.rounds(get, partial(str, "/healthz"))
    walls, cpu = ground.rounds(get, path)
    _tell(name, size, cpu / ground.ROUNDS, statistics.median(walls), statistics.median(floor_walls), queries, smallest)


def _tell(
    name: str, size: int, cpu: float, wall: float, floor: float, queries: int, smallest: dict[str, float]
) -> None:
    first = smallest.setdefault(name, cpu)
    ground.figure(
        f"shop.{name}",
        cpu * 1000,
        "ms CPU",
        floor=floor * 1000,
        variants=size,
        queries=queries,
        p50_ms=round(wall * 1000, 2),
        to_smallest=round(cpu / first, 2),
    )


def _queries(work: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def _buying(size: int, smallest: dict[str, float]) -> None:
    """Adding to the cart, the checkout page, and sending it off with three lines."""
    from django.test import Client

    from ramah.commerce.models import Order

    floor = statistics.median(ground.rounds(ground.getter(), partial(str, "/healthz"))[0])
    variants = _variants()
    adding: list[tuple[float, float]] = []
    showing: list[tuple[float, float]] = []
    placing: list[tuple[float, float]] = []
    counted = {"add": 0, "checkout": 0, "place": 0}
    for turn in range(ORDERS + 1):
        client = Client(HTTP_HOST="127.0.0.1")
        for variant in itertools.islice(variants, 3):
            told = urlencode({"variant": variant, "quantity": "1"})
            counted["add"], spent = _spent(partial(client.post, "/cart/add/", told, _FORM), count=turn == 0)
            adding.append(spent)
        counted["checkout"], spent = _spent(partial(client.get, "/checkout/"), count=turn == 0)
        showing.append(spent)
        fields = _checkout_fields(client, turn)
        before = Order.objects.count() if turn == 0 else 0
        counted["place"], spent = _spent(partial(client.post, "/checkout/", urlencode(fields), _FORM), count=turn == 0)
        placing.append(spent)
        if turn == 0:
            if Order.objects.count() != before + 1:
                raise SystemExit("bench.shop: the checkout made no order")
            queries = dict(counted)
            adding, showing, placing = [], [], []
    for name, times, key in (
        ("add_to_cart", adding, "add"),
        ("checkout", showing, "checkout"),
        ("place_order", placing, "place"),
    ):
        cpu = statistics.mean(cpu for _wall, cpu in times)
        wall = statistics.median(wall for wall, _cpu in times)
        _tell(name, size, cpu, wall, floor, queries[key], smallest)


def _checkout_fields(client: Any, turn: int) -> dict[str, str]:
    """What a guest in Depok fills in, with the total that the page shows for it."""
    fields = {
        "name": "Dana Putri",
        "email": f"dana{turn}-{random.randrange(10**9)}@mail.example",
        "phone": "+6281234567890",
        "country": "ID",
        "region": "Jawa Barat",
        "city": "Depok",
        "district": "Beji",
        "postal_code": "16424",
        "line1": "Jl. Margonda Raya 21",
        "payment": "bank_transfer",
    }
    page = client.post("/checkout/", {**fields, "do": "update"}).content.decode()
    shown = re.search(r'name="expected_total" value="([^"]+)"', page)
    chosen = re.search(r'name="delivery" id="[^"]*" value="([^"]+)" checked', page)
    if not shown or not chosen:
        raise SystemExit("bench.shop: the checkout page shows no total")
    return {**fields, "do": "", "expected_total": shown.group(1), "delivery": chosen.group(1)}


def _spent(work: Callable[[], Any], *, count: bool) -> tuple[int, tuple[float, float]]:
    if count:
        return _queries(work), (0.0, 0.0)
    return 0, ground.timed(work)


def _variants() -> Iterator[str]:
    from ramah.commerce.models import Variant

    Variant.objects.filter(pk__in=Variant.objects.order_by("pk").values("pk")[:600]).update(stock=100_000)
    rows = Variant.objects.filter(stock=100_000, is_active=True, product__status="active").order_by("pk")
    return itertools.cycle(list(rows.values_list("public_id", flat=True)))


def _history(size: int, smallest: dict[str, float]) -> None:
    """The order history of a customer who has ordered twenty times."""
    from django.test import Client

    from ramah.accounts.models import User
    from ramah.commerce.testing import make_order
    from ramah.customers.models import CustomerLogin
    from ramah.customers.testing import make_customer
    from ramah.kernel import clock

    user, made = User.objects.get_or_create(email="dana@mail.example", defaults={"created_at": clock.now()})
    if made:
        customer = make_customer("Dana", email="dana@mail.example")
        CustomerLogin.objects.create(user=user, customer=customer, created_at=clock.now())
        for _ in range(20):
            make_order(customer)
    client = Client()
    client.force_login(user)
    cookie = "; ".join(f"{key}={morsel.value}" for key, morsel in client.cookies.items())
    _page("history", size, ground.getter(cookie), partial(str, "/account/orders/"), smallest)


def _requests_per_second(size: int) -> None:
    """List and product with two server processes; the clients take their share of the same two cores."""
    with _servers(2) as ports:
        for name, path in (("list", "/products/"), ("product", "/products/bench-six/")):
            floor = _rps(ports, "/healthz")
            ground.figure(f"shop.rps.{name}", _rps(ports, path), "requests/s", floor=floor, variants=size, processes=2)


def _rps(ports: list[int], path: str) -> float:
    ends = time.monotonic() + SECONDS

    def ask(port: int) -> int:
        count = 0
        while time.monotonic() < ends:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                answer.read()
            count += 1
        return count

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return sum(pool.map(ask, ports * 2)) / SECONDS


@contextlib.contextmanager
def _servers(count: int) -> Iterator[list[int]]:
    ports = [_free_port() for _ in range(count)]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.server", str(port)],
            env=os.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in ports
    ]
    try:
        for port in ports:
            _await(port)
        yield ports
    finally:
        for process in running:
            process.terminate()
            process.wait(timeout=20)


def _await(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return
        time.sleep(0.1)
    raise SystemExit("bench.shop: the server did not start")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
