"""The chance of a story: one stream per matter, so that another matter added does not change the ones that are there."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


def stream(seed: int, matter: str) -> np.random.Generator:
    """The same for the same seed and matter, in every process."""
    return np.random.Generator(np.random.PCG64([seed, crc32(matter.encode())]))
