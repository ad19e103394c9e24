"""Keys of many rows as a short text: `1-40 52 60-61`. Rows of one customer are often made in one go, so runs are long."""

from collections.abc import Iterable, Iterator


def pack(keys: Iterable[int]) -> str:
    """The keys in ascending order, neighbors joined to runs."""
    runs: list[list[int]] = []
    for key in sorted(set(keys)):
        if runs and key == runs[-1][1] + 1:
            runs[-1][1] = key
        else:
            runs.append([key, key])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def unpack(text: str) -> Iterator[int]:
    """The keys that `pack` was given, ascending."""
    for run in text.split():
        first, _, last = run.partition("-")
        yield from range(int(first), int(last or first) + 1)
