"""Buckets: which pages could be near copies, found without comparing every page with every other.

The signature is cut into bands; pages that agree in all slots of a band fall into one bucket. Of the pairs that meet,
those with too few equal slots are dropped. What is left are candidates, to be proved on the texts.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.corpus.fingerprints import SLOTS
from pipeline.edit import Ints

Signatures = npt.NDArray[np.uint32]

# Two pages of just the similarity asked for meet in a bucket with at least this probability.
MIN_RECALL = 0.98
# A bucket of up to 32 pages is compared pair by pair; of a larger one only its first pages are compared with all the
# others, so that the work grows with the number of pages and not with its square.
BUCKET_PAIRS = 1024
# Equal slots estimate the Jaccard index with a standard error of sqrt(s (1 - s) / 128); pairs this many errors below
# the similarity asked for are not worth proving: one in 160 of those that would just pass is lost.
ERRORS_BELOW = 2.5
_PAIR_GROUP = 1 << 14
_M1, _M2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


class Candidates(NamedTuple):
    """Pairs of rows, low < high, with their share of equal slots; `capped`: some bucket was not compared in full."""

    low: Ints
    high: Ints
    estimate: npt.NDArray[np.float64]
    capped: bool


def bands(similarity: float) -> tuple[int, int]:
    """How many bands of how many rows find pairs of that similarity; more rows let fewer strangers meet.

    >>> bands(0.7), bands(0.5)
    ((32, 4), (42, 3))
    """
    for rows in (4, 3):
        if 1 - (1 - similarity**rows) ** (SLOTS // rows) >= MIN_RECALL:
            return SLOTS // rows, rows
    return SLOTS // 2, 2


def candidates(signature: Signatures, place: Ints, nodes: Ints, similarity: float) -> Candidates:
    """Pairs among `nodes` that share a bucket and have enough equal slots.

    Nodes are numbers in the order of preference, ascending; `place` gives the row of `signature` for each number.
    """
    width = len(place)
    error = np.sqrt(similarity * (1 - similarity) / SLOTS)
    enough = int(np.ceil((similarity - ERRORS_BELOW * error) * SLOTS))
    seen = np.zeros(0, dtype=np.int64)
    found = [(seen, seen)]
    capped = False
    count, rows = bands(similarity)
    for band in range(count):
        digest = _band(signature, place[nodes], range(band * rows, (band + 1) * rows))
        met, more = _met(digest, nodes, width)
        capped |= more
        met = met[~among(met, seen)]
        seen = distinct(np.concatenate((seen, met)))
        equal = _equal_slots(signature, place, met, width)
        found.append((met[equal >= enough], equal[equal >= enough]))
    low, high = np.divmod(np.concatenate([met for met, _ in found]), max(width, 1))
    return Candidates(low, high, np.concatenate([equal for _, equal in found]) / SLOTS, capped)


def distinct(values: Ints) -> Ints:
    """The values in order, each once.

    By sorting: `np.unique` of NumPy 2.4 hashes integers, and pairs of rows as one number collide. Clustering 60,000
    pages took 45 s with it, and takes 2.5 s so.
    """
    values = np.sort(values)
    return values[np.concatenate(([True], values[1:] != values[:-1]))[: len(values)]]


def among(values: Ints, known: Ints) -> npt.NDArray[np.bool_]:
    """Which values are in a sorted array."""
    at = np.minimum(np.searchsorted(known, values), max(len(known) - 1, 0))
    return known[at] == values if len(known) else np.zeros(len(values), dtype=bool)


def _band(signature: Signatures, rows: Ints, slots: range) -> npt.NDArray[np.uint64]:
    digest = np.zeros(len(rows), dtype=np.uint64)
    for slot in slots:
        digest = (digest ^ signature[rows, slot]) * _M1
        digest ^= digest >> np.uint64(32)
    return digest * _M2


def _met(digest: npt.NDArray[np.uint64], nodes: Ints, width: int) -> tuple[Ints, bool]:
    """Pairs of nodes with the same digest: all of a small bucket, the first with every other of a large one."""
    order = np.argsort(digest, kind="stable")  # stable: within a bucket the order of preference stays
    same = digest[order[1:]] == digest[order[:-1]]
    in_bucket = np.concatenate(([False], same)) | np.concatenate((same, [False]))
    order = order[in_bucket[: len(order)]]
    if not len(order):
        return np.zeros(0, dtype=np.int64), False
    begins = np.flatnonzero(np.concatenate(([True], digest[order[1:]] != digest[order[:-1]])))
    size = np.diff(np.append(begins, len(order)))
    anchors = np.minimum(size - 1, np.maximum(1, BUCKET_PAIRS // size))
    begin, anchor = np.repeat(begins, size), np.repeat(anchors, size)
    at = np.arange(len(order))
    members = nodes[order]
    pairs = []
    for k in range(int(anchors.max())):
        rest = at[(at > begin + k) & (anchor > k)]
        pairs.append(members[begin[rest] + k] * width + members[rest])
    return distinct(np.concatenate(pairs)), bool((anchors < size - 1).any())


def _equal_slots(signature: Signatures, place: Ints, keys: Ints, width: int) -> Ints:
    out = np.zeros(len(keys), dtype=np.int64)
    for at in _groups(len(keys)):
        low, high = np.divmod(keys[at], width)
        out[at] = (signature[place[low]] == signature[place[high]]).sum(axis=1)
    return out


def _groups(count: int) -> Iterator[slice]:
    return (slice(i, i + _PAIR_GROUP) for i in range(0, count, _PAIR_GROUP))
