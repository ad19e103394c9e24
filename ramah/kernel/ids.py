"""Public ids: 26 characters that sort by time of making and cannot be guessed.

The form is a ULID (48 bits of Unix milliseconds, 80 random bits, Crockford base 32, lower case), so an index on it
grows at its end and a page can be ordered by it; 80 bits from the system's random source leave nothing to try.
"""

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26


def new_public_id() -> str:
    """A new public id for the present millisecond."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
