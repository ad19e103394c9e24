"""Boosted trees as arrays: all trees of a model answer a row at once.

Every node that a row fails takes away the leaves on its left; the leftmost leaf that is left is the answer of the tree
(QuickScorer, Lucchese et al. 2015). The leaves of a tree are the bits of 32, so the nodes of one feature are a table of masks by
interval of its thresholds, and a row is one look-up and one AND for each feature, over all trees.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from ramah.shipping.forecast.table import Floats, Ints

Masks = npt.NDArray[np.uint32]

MOST_LEAVES: Final = 32
_EVERY: Final = np.uint32(0xFFFFFFFF)
_ROWS: Final = 512
_THREADS: Final = 2
# Multiplying the lowest bit by this puts a number that is its own into the upper five bits (Leiserson et al. 1998).
_DE_BRUIJN: Final = np.uint32(0x077CB531)
_SHIFT: Final = np.uint32(27)


@dataclass(frozen=True)
class Forest:
    """Several sums of trees over the same features.

    Nodes (m,): the tree, the feature, the threshold (`x <= threshold` goes left), whether a missing value goes left, and the mask
    of the leaves that stay when a row goes right. `leaves` (trees, 32) are values, in the order of the leaves from the left.
    `ends` (k,) is after which tree each sum ends, `bases` (k,) what it starts from.
    """

    tree: Ints
    feature: Ints
    threshold: Floats
    is_left: npt.NDArray[np.bool_]
    mask: Masks
    leaves: Floats
    ends: Ints
    bases: Floats

    def sums(self, values: Floats) -> Floats:
        """The sums (n, k) for features (n, f). In chunks, two threads at a time."""
        out = np.empty((len(values), len(self.ends)))
        chunks = range(0, len(values), _ROWS)
        if len(chunks) == 1:
            self._fill(values, out)
        else:
            tables = self._tables  # made once, before the threads ask for it
            with ThreadPoolExecutor(_THREADS) as threads:
                done = [threads.submit(self._fill, values[at : at + _ROWS], out[at : at + _ROWS]) for at in chunks]
                for part in done:
                    part.result()
            del tables
        return out

    def _fill(self, values: Floats, out: Floats) -> None:
        left = np.full((len(values), len(self.leaves)), _EVERY)
        found = np.empty_like(left)
        for feature, thresholds, masks in self._tables:
            column = values[:, feature]
            place = np.searchsorted(thresholds, column, side="left")
            place[np.isnan(column)] = len(thresholds) + 1
            np.take(masks, place, axis=0, out=found, mode="clip")
            np.bitwise_and(left, found, out=left)
        np.bitwise_and(left, ~left + np.uint32(1), out=left)
        np.multiply(left, _DE_BRUIJN, out=left)
        np.right_shift(left, _SHIFT, out=left)
        np.add(left, self._offsets, out=left)
        answers = self._shuffled.take(left)
        out[:] = np.add.reduceat(answers, np.append(0, self.ends[:-1]), axis=1) + self.bases

    @cached_property
    def _tables(self) -> list[tuple[int, Floats, Masks]]:
        """For each feature used: its thresholds (t,), and the masks (t + 2, trees) of each interval and of "missing"."""
        tables = []
        for feature in np.unique(self.feature):
            nodes = np.flatnonzero(self.feature == feature)
            thresholds, place = np.unique(self.threshold[nodes], return_inverse=True)
            masks = np.full((len(thresholds) + 2, len(self.leaves)), _EVERY)
            np.bitwise_and.at(masks, (place + 1, self.tree[nodes]), self.mask[nodes])
            masks[-1] = _EVERY
            masks[:-1] = np.bitwise_and.accumulate(masks[:-1], axis=0)
            away = nodes[~self.is_left[nodes]]
            np.bitwise_and.at(masks[-1], self.tree[away], self.mask[away])
            tables.append((int(feature), thresholds, masks))
        return tables

    @cached_property
    def _offsets(self) -> Masks:
        return (np.arange(len(self.leaves)) * MOST_LEAVES).astype(np.uint32)

    @cached_property
    def _shuffled(self) -> Floats:
        bits = np.uint32(1) << np.arange(MOST_LEAVES, dtype=np.uint32)
        place = (bits * _DE_BRUIJN) >> _SHIFT
        shuffled = np.empty_like(self.leaves)
        shuffled[:, place] = self.leaves
        return shuffled.ravel()


def forest_of(sums: Sequence[tuple[Sequence[npt.NDArray[np.void]], float]]) -> Forest:
    """A forest from scikit-learn's node records, `(trees, base)` for each sum.

    Raises ValueError over 32 leaves, and on categories.
    """
    nodes: list[tuple[int, int, float, bool, int]] = []
    leaves: list[list[float]] = []
    ends = []
    for trees, _base in sums:
        for records in trees:
            leaves.append(_walk(records, len(leaves), nodes))
        ends.append(len(leaves))
    tree, feature, threshold, is_left, mask = zip(*nodes, strict=True) if nodes else ((), (), (), (), ())
    padded = np.zeros((len(leaves), MOST_LEAVES))
    for number, values in enumerate(leaves):
        padded[number, : len(values)] = values
    return Forest(
        tree=np.array(tree, np.int64),
        feature=np.array(feature, np.int64),
        threshold=np.array(threshold, np.float64),
        is_left=np.array(is_left, np.bool_),
        mask=np.array(mask, np.uint32),
        leaves=padded,
        ends=np.array(ends, np.int64),
        bases=np.array([base for _, base in sums]),
    )


def _walk(records: npt.NDArray[np.void], tree: int, nodes: list[tuple[int, int, float, bool, int]]) -> list[float]:
    """The leaves below a node from the left; its tests are added to `nodes`, with masks over the leaves of the whole tree."""
    leaves: list[float] = []

    def below(number: int) -> None:
        record = records[number]
        if record["is_leaf"]:
            leaves.append(float(record["value"]))
            return
        if record["is_categorical"]:
            raise ValueError("a tree with categories cannot be stored")
        first = len(leaves)
        below(int(record["left"]))
        taken = (1 << len(leaves)) - (1 << first)
        nodes.append(
            (
                tree,
                int(record["feature_idx"]),
                float(record["num_threshold"]),
                bool(record["missing_go_to_left"]),
                0xFFFFFFFF & ~taken,
            )
        )
        below(int(record["right"]))

    below(0)
    if len(leaves) > MOST_LEAVES:
        raise ValueError(f"a tree has {len(leaves)} leaves; at most {MOST_LEAVES} can be stored")
    return leaves
