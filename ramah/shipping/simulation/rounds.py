"""Rounds of carriers: pick-ups and deliveries leave at an hour of their working days, unless they are on strike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ramah.shipping.simulation.almanac import DAY, Almanac, WorkingDays
from ramah.shipping.simulation.chance import Floats, Whole
from ramah.shipping.simulation.ordering import PLACE_COUNTRY, PLACE_ZONE
from ramah.shipping.simulation.weather import Stop, held_up, is_stopped
from ramah.shipping.simulation.world import CARRIERS, COUNTRIES


def working_days(almanac: Almanac) -> WorkingDays:
    """By carrier and country: its own days off, and the country's holidays."""
    weekdays = almanac.weekdays()
    holidays = [almanac.holidays(country) for country in COUNTRIES]
    return WorkingDays(np.array([~(np.isin(weekdays, one.rests) | off) for one in CARRIERS for off in holidays]))


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds of `carriers` at `places`, one for each parcel; `days` as `working_days` gives them."""

    almanac: Almanac
    days: WorkingDays
    carriers: Whole
    places: Whole
    strikes: Sequence[Stop]

    @property
    def zones(self) -> Whole:
        return PLACE_ZONE[self.places]

    @property
    def calendars(self) -> Whole:
        found: Whole = self.carriers * len(COUNTRIES) + PLACE_COUNTRY[self.places]
        return found

    def next(self, ready: Floats, *, leaves: Floats | float, delay: Floats) -> Floats:
        """When the first round begins that catches what is `ready`: at the local second `leaves`, or `delay` seconds later.

        In a strike none begins.
        """
        for _ in range(1 + len(self.strikes)):
            local = self.almanac.local(ready, self.zones)
            day = self.almanac.day_of(local)
            day = day + (local - day * DAY > leaves)
            begins = self.almanac.moments(self.days.next(day, self.calendars) * DAY + leaves + delay, self.zones)
            is_off = is_stopped(begins, self.carriers, self.strikes)
            if not is_off.any():
                break
            ready = np.where(is_off, held_up(begins, self.carriers, self.strikes), ready)
        return np.where(np.isnan(ready), np.nan, begins)
