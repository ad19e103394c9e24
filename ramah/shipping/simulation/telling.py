"""What a simulated carrier tells, in the words of the carriers' folders; apart, since those need more than numpy."""

from ramah.shipping.carriers.facts import Told, told
from ramah.shipping.simulation.feed import Heard


def told_of(heard: Heard) -> Told:
    """The same as the folder of our own webhook makes of the entry."""
    entry = heard.entry
    return told(
        number=entry["number"],
        meaning=(entry["state"], entry["reason"]),
        code=entry["code"],
        told_at=entry["occurred_at"],
        place=entry["place"],
        country=entry["country"],
        message=entry["message"],
        external_id=entry["id"],
        raw=entry,
    )
