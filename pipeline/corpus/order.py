"""Orders over the pages of a corpus: which is preferred, which is the first of equal texts, which was there first."""

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.corpus.gathered import HERE, Gathered
from pipeline.edit import Ints
from pipeline.lines import Mask

# Of one cluster pages are as long as the longest, by steps of a quarter: a footer left behind makes a page longer, but
# no better.
LENGTH_STEP = 1.25
_NOTHING = np.frombuffer(hashlib.blake2b(b"", digest_size=16).digest(), dtype="<u8")


def first_seen(corpus: Gathered) -> Ints:
    """For each row its place in time: earlier releases, then the earliest date (undated last), the smallest page_id."""
    here = (corpus.release == HERE).astype(np.int8)
    release = np.where(corpus.release == HERE, 0, corpus.release)
    keys = {"here": pa.array(here), "date": corpus.date, "page_id": corpus.page_id, "release": pa.array(release)}
    order = pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys]).to_numpy().astype(np.int64)
    return inverse(order)


def steps_short(size: Ints, cluster: Ints) -> Ints:
    """For each row by how many steps of a quarter it is shorter than the longest of its cluster.

    Reckoned from the longest and not from fixed bounds, which would tell two pages of 633 and 678 grams apart.

    >>> steps_short(np.array([633, 678, 500, 80]), np.array([0, 0, 0, 1])).tolist()
    [0, 0, 1, 0]
    """
    longest = np.zeros(len(size), dtype=np.int64)
    np.maximum.at(longest, cluster, size + 1)
    steps: Ints = np.floor(np.log(longest[cluster] / (size + 1)) / np.log(LENGTH_STEP)).astype(np.int64)
    return steps


def inverse(order: Ints) -> Ints:
    """The place of each number in a permutation."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def first_alike(exact: npt.NDArray[np.uint64], rank: Ints) -> Ints:
    """For each row the preferred one with the same hash, or itself; rows without text are like no other."""
    order = np.lexsort((rank, exact[:, 1], exact[:, 0]))
    ordered = exact[order]
    begins: Mask = np.concatenate(([True], (ordered[1:] != ordered[:-1]).any(axis=1)))[: len(order)]
    begins |= (ordered == _NOTHING).all(axis=1)
    out = np.empty(len(order), dtype=np.int64)
    out[order] = order[np.flatnonzero(begins)][np.cumsum(begins) - 1]
    return out
