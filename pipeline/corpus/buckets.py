"""Buckets: which pages could be near copies, found without comparing every page with every other.

The signature is cut into bands; pages that agree in all slots of a band fall into one bucket. Of the pairs that meet,
those with too few equal slots are dropped. What is left are candidates, to be proved on the texts.
"""

from collections.abc import Iterator
from math import comb
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from pipeline.corpus.fingerprints import SLOTS
from pipeline.corpus.shuffle import Entries, Hashes, Shuffle, Spilled, gathered, meeting, spread_out
from pipeline.corpus.spread import Shared, Signatures, Spread
from pipeline.edit import Ints
from pipeline.lines import Mask

Slots = npt.NDArray[np.uint16]

# Two pages of just the similarity asked for meet in a bucket with at least this probability.
MIN_RECALL = 0.98
# A bucket of up to 32 pages is compared pair by pair; of a larger one only its first pages are compared with all the
# others, so that the work grows with the number of pages and not with its square.
BUCKET_PAIRS = 1024
# Equal slots estimate the Jaccard index with a standard error of sqrt(s (1 - s) / 128); pairs this many errors below
# the similarity asked for are not worth proving: one in 700 of those that would just pass is lost.
ERRORS_BELOW = 3.0
_PAIR_GROUP, _ROW_GROUP = 1 << 14, 1 << 11
_M1, _M2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


class Candidates(NamedTuple):
    """Pairs of rows, low < high, with their estimate; `crowded`: rows in buckets that were not compared in full."""

    low: Ints
    high: Ints
    estimate: npt.NDArray[np.float64]
    crowded: Ints

    @classmethod
    def of(cls, one: Ints, other: Ints, estimate: npt.NDArray[np.float64], crowded: Ints | None = None) -> Self:
        """Pairs given in any order."""
        rows = np.zeros(0, dtype=np.int64) if crowded is None else crowded
        return cls(np.minimum(one, other), np.maximum(one, other), estimate, rows)

    def under(self, mask: Mask) -> Self:
        """The pairs that the mask lets through."""
        return type(self)(self.low[mask], self.high[mask], self.estimate[mask], self.crowded)


def bands(similarity: float) -> tuple[int, int]:
    """How many bands of how many rows find pairs of that similarity; more rows let fewer strangers meet.

    >>> bands(0.7), bands(0.5)
    ((25, 5), (42, 3))
    """
    for rows in (8, 6, 5, 4, 3):
        if 1 - (1 - similarity**rows) ** (SLOTS // rows) >= MIN_RECALL:
            return SLOTS // rows, rows
    return SLOTS // 2, 2


def enough_slots(similarity: float) -> int:
    """How many slots must be equal for a pair to be worth proving."""
    error = (similarity * (1 - similarity) / SLOTS) ** 0.5
    return max(0, int(np.ceil((similarity - ERRORS_BELOW * error) * SLOTS)))


def recall(similarity: float, jaccard: float) -> float:
    """The probability that a pair of that Jaccard index is found where `similarity` is asked for; 0 below it.

    It must meet in a bucket and have enough equal slots; what is found is then proved, so that nothing else comes in.

    >>> round(recall(0.7, 0.7), 3), round(recall(0.7, 0.8), 3), recall(0.7, 0.6)
    (0.988, 1.0, 0.0)
    """
    if jaccard < similarity:
        return 0.0
    count, rows = bands(similarity)
    few = sum(comb(SLOTS, k) * jaccard**k * (1 - jaccard) ** (SLOTS - k) for k in range(enough_slots(similarity)))
    return (1 - (1 - jaccard**rows) ** count) * (1 - min(1.0, few))


def band_entries(signature: Slots, rows: Ints, similarity: float) -> Iterator[Entries]:
    """For each band the digest of its slots, by which rows meet; some rows at a time."""
    count, width = bands(similarity)
    for low in range(0, len(rows), _ROW_GROUP):
        some = signature[low : low + _ROW_GROUP, : count * width].T.astype(np.uint64).reshape(count, width, -1)
        digest = np.arange(1, count + 1, dtype=np.uint64)[:, None] * _M2
        for slot in range(width):
            digest = (digest ^ some[:, slot]) * _M1
            digest ^= digest >> np.uint64(32)
        yield Entries((digest * _M2).ravel(), np.tile(rows[low : low + _ROW_GROUP], count))


def candidates(
    shuffle: Shuffle | Spilled, signature: Slots | Signatures, rank: Ints, open_: Mask, similarity: float
) -> Candidates:
    """Pairs of rows that share a bucket and have enough equal slots; only rows that `open_` says are looked at.

    `rank` gives for each row of `signature` its place in the order of preference: of a large bucket the first are
    compared with all others.
    """
    row_of = np.empty(len(rank), dtype=np.int64)
    row_of[rank] = np.arange(len(rank))
    least = enough_slots(similarity)
    seen = np.zeros(0, dtype=np.int64)
    found = [(seen, seen)]
    crowded = np.zeros(len(rank), dtype=bool)
    for number in shuffle.buckets:
        one, other, rest = met(*meeting(shuffle.bucket(number), open_, rank), BUCKET_PAIRS, BUCKET_PAIRS)
        crowded[rest] = True
        new = distinct(one * len(rank) + other)
        new = new[~among(new, seen)]
        equal = _equal_slots(signature, row_of, new)
        new, equal = new[equal >= least], equal[equal >= least]
        found.append((new, equal))
        seen = distinct(np.concatenate((seen, new)))
    one, other = np.divmod(np.concatenate([keys for keys, _ in found]), max(len(rank), 1))
    estimate = np.concatenate([equal for _, equal in found]) / SLOTS
    return Candidates.of(row_of[one], row_of[other], estimate, row_of[np.flatnonzero(crowded)])


class _Columns(NamedTuple):
    rank: Shared
    row_of: Shared
    open: Shared


class _Bucket(NamedTuple):
    """What a task needs to find the pairs of one bucket."""

    bands: Spilled
    number: int
    signature: Signatures
    columns: _Columns
    least: int
    path: Path

    @property
    def name(self) -> str:
        """What to call the task in a message."""
        return f"pairs of bucket {self.number}"


class _Met(NamedTuple):
    """What was met in a bucket: the pairs, shuffled, and the rows that were not compared in full."""

    pairs: Spilled
    crowded: Ints


def candidates_spread(
    spread: Spread, bands: Spilled, signature: Signatures, rank: Ints, open_: Mask, similarity: float, turn: str
) -> Candidates:
    """What `candidates` finds, by a task for each bucket; `turn` tells this search from others in names of files."""
    row_of = np.empty(len(rank), dtype=np.int64)
    row_of[rank] = np.arange(len(rank))
    shared = _Columns(
        spread.shared(f"{turn}-rank", rank),
        spread.shared(f"{turn}-row_of", row_of),
        spread.shared(f"{turn}-open", open_),
    )
    paths = [spread.folder / f"{turn}-{number}.entries" for number in bands.buckets]
    least = enough_slots(similarity)
    tasks = [_Bucket(bands, number, signature, shared, least, paths[number]) for number in bands.buckets]
    met_in = spread.run(_pairs_of, tasks)
    # A pair meets in many buckets; brought together by their pages, each is taken once.
    pairs = Spilled.joined([m.pairs for m in met_in], [0] * len(met_in))
    found = spread.run(_distinct_pairs, [(pairs, number) for number in pairs.buckets])
    keys, equal = (np.concatenate(column) for column in zip(*found, strict=True))
    one, other = np.divmod(keys, max(len(rank), 1))
    crowded = distinct(np.concatenate([m.crowded for m in met_in]))
    return Candidates.of(row_of[one], row_of[other], equal / SLOTS, row_of[crowded])


def _pairs_of(task: _Bucket) -> _Met:
    rank, row_of, open_ = (column.array() for column in task.columns)
    one, other, rest = met(*meeting(task.bands.bucket(task.number), open_, rank), BUCKET_PAIRS, BUCKET_PAIRS)
    keys = distinct(one * len(rank) + other)
    equal = _equal_slots(task.signature, row_of, keys)
    kept = equal >= task.least
    return _Met(spread_out(task.path, keys[kept], equal[kept], task.bands.bits), distinct(rest))


def _distinct_pairs(task: tuple[Spilled, int]) -> tuple[Ints, Ints]:
    keys, equal = gathered(task[0].bucket(task[1]))
    order = np.argsort(keys, kind="stable")
    first = np.concatenate(([True], keys[order][1:] != keys[order][:-1]))[: len(keys)]
    return keys[order][first], equal[order][first]


def distinct(values: Ints) -> Ints:
    """The values in order, each once.

    By sorting: `np.unique` of NumPy 2.4 hashes integers, and pairs of rows as one number collide. Clustering 60,000
    pages took 45 s with it, and takes 2.5 s so.
    """
    values = np.sort(values)
    return values[np.concatenate(([True], values[1:] != values[:-1]))[: len(values)]]


def among(values: Ints, known: Ints) -> Mask:
    """Which values are in a sorted array."""
    at = np.minimum(np.searchsorted(known, values), max(len(known) - 1, 0))
    return known[at] == values if len(known) else np.zeros(len(values), dtype=bool)


def met(found: Hashes, node: Ints, pairs: int, most: int) -> tuple[Ints, Ints, Ints]:
    """Pairs of nodes with one hash, given in order: the first and the second, once for every hash that they share.

    Each of the first nodes of a hash is paired with all behind it: at most `most` of them, as many as make about
    `pairs` pairs, at least one. The third value are the nodes of hashes that were not compared in full.
    """
    if not len(node):
        return node, node, node
    begins = np.flatnonzero(np.concatenate(([True], found[1:] != found[:-1])))
    size = np.diff(np.append(begins, len(node)))
    anchors = np.minimum(np.minimum(size - 1, most), np.maximum(1, pairs // size))
    begin, anchor = np.repeat(begins, size), np.repeat(anchors, size)
    at = np.arange(len(node))
    first, second = [node[:0]], [node[:0]]
    for k in range(int(anchors.max())):
        rest = at[(at > begin + k) & (anchor > k)]
        first.append(node[begin[rest] + k])
        second.append(node[rest])
    return np.concatenate(first), np.concatenate(second), node[np.repeat(anchors < size - 1, size)]


def _equal_slots(signature: "Slots | Signatures", row_of: Ints, keys: Ints) -> Ints:
    out = np.zeros(len(keys), dtype=np.int64)
    for first in range(0, len(keys), _PAIR_GROUP):
        at = slice(first, first + _PAIR_GROUP)
        low, high = np.divmod(keys[at], len(row_of))
        same: npt.NDArray[np.bool_] = signature[row_of[low]] == signature[row_of[high]]
        out[at] = same.sum(axis=1)
    return out
