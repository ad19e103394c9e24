"""Shipments with waves of delay, made up: what a forecast can see, and how much of it is chance, is known."""

import numpy as np

from ramah.shipping.forecast.table import DAY, HOUR, Floats, Ints, Table, Text

BEGIN = 1_735_689_600.0  # 2025-01-01 00:00 UTC, a Wednesday
ORIGINS, DESTINATIONS, CARRIERS = 40, 12, 3


def make_history(
    count: int = 6000, *, seed: int = 1, days: int = 300, wave: float = 1.0, is_noise: bool = False
) -> Table:
    """Orders over `days`, by purchase; what has not come when the days end is not known, and three of a hundred never come.

    Waves of delay come to each destination and each carrier, last some weeks, and stretch the transit by up to 2.5 ^ `wave`.
    With `is_noise` nothing depends on anything.
    """
    random = np.random.default_rng(seed)
    bought = np.floor(BEGIN + np.sort(random.random(count)) * days * DAY)
    origin, carrier = random.integers(0, ORIGINS, count), random.integers(0, CARRIERS, count)
    destination = random.choice(DESTINATIONS, count, p=random.dirichlet(np.full(DESTINATIONS, 2.0)))
    slow = random.normal(3.0, 0.6, ORIGINS)
    handed = np.floor(bought + np.exp(slow[origin] + random.normal(0, 0.4, count)) * HOUR)
    day = np.minimum(((handed - BEGIN) / DAY).astype(int), days + 59)
    usual = random.uniform(3.6, 4.6, DESTINATIONS)
    late_by_wave = _waves(random, DESTINATIONS, days)[day, destination] + _waves(random, CARRIERS, days)[day, carrier]
    transit = usual[destination] + random.normal(0, 0.3, count) + (0 if is_noise else wave * late_by_wave)
    delivered = np.floor(handed + np.exp(transit) * HOUR)
    lead = np.exp(4.6 if is_noise else usual[destination] + 0.25) * HOUR + random.integers(1, 4, count) * DAY
    promised = np.ceil((bought + lead) / DAY) * DAY - 1
    if is_noise:
        delivered = np.where(random.random(count) < 0.2, promised + DAY, promised - HOUR)
    end = BEGIN + days * DAY
    delivered = np.where((delivered > end) | (random.random(count) < 0.03), np.nan, delivered)
    return Table(
        purchased=bought,
        handed=np.where(handed > end, np.nan, handed),
        promised=promised,
        delivered=delivered,
        lost=np.full(count, np.nan),
        texts={
            "origin": words("shop", origin),
            "destination": words("region", destination),
            "carrier": words("carrier", carrier),
        },
        numbers={"price": random.lognormal(4, 1, count)},
        ids=[f"O-{number}" for number in range(count)],
    )


def words(name: str, codes: Ints) -> Text:
    """A column of words `name-0`, `name-1`, ..."""
    return Text(codes.astype(np.int32), tuple(f"{name}-{number}" for number in range(int(codes.max()) + 1)))


def _waves(random: np.random.Generator, groups: int, days: int) -> Floats:
    """How much longer (log) it takes on each day (days + 60) in each group."""
    found = np.zeros((days + 60, groups))
    for _ in range(days * groups // 120):
        begin, length = random.integers(0, days), random.integers(7, 28)
        found[begin : begin + length, random.integers(groups)] += random.uniform(0.3, 0.9)
    return found
