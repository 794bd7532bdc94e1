"""Verdicts: the table of what was found of each page, which the stage duplicates and the release read."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.corpus.fingerprints import HASHES
from pipeline.corpus.gathered import HERE, Gathered
from pipeline.corpus.pairs import components
from pipeline.corpus.repeated import Repeated
from pipeline.edit import Ints
from pipeline.lines import Mask

EXACT, NEAR, CONTAINED = KINDS = ("exact", "near", "contained")
SCHEMA = pa.schema(
    [
        ("page_id", pa.string()),
        ("cluster", pa.string()),
        ("kept_page_id", pa.string()),
        ("kept_release", pa.string()),
        ("kind", pa.string()),
        ("similarity", pa.float64()),
        ("estimated", pa.bool_()),
        ("repeated", HASHES),
        ("later", HASHES),
    ]
)


class Verdict(NamedTuple):
    """For each row the row kept in its place, itself where it is kept; how, and how alike; whether by estimate."""

    goal: Ints
    kind: npt.NDArray[np.int8]
    similarity: npt.NDArray[np.float64]
    estimated: Mask


def table(
    corpus: Gathered, releases: Sequence[str], verdict: Verdict, links: tuple[Ints, Ints], found: Repeated
) -> pa.Table:
    """The rows of this corpus that have a copy or a repeated paragraph, by page_id; `links` are pairs of like rows."""
    here = corpus.release == HERE
    label = components(*links, len(corpus))
    linked = np.bincount(label, minlength=1)[label] > 1 if len(corpus) else here
    told = linked | (np.bincount(found.row, minlength=len(corpus)) > 0)
    rows = np.flatnonzero(told & here)
    rows = rows[pc.sort_indices(corpus.page_id.take(pa.array(rows))).to_numpy().astype(np.int64)]
    goal = verdict.goal[rows]
    copy = goal != rows
    release = np.where(copy & ~here[goal], corpus.release[goal], -1)
    names = pa.array([*releases, None], pa.string())
    return pa.table(
        [
            corpus.page_id.take(pa.array(rows)),
            _clusters(corpus, label, linked).take(pa.array(rows)),
            _where(copy, corpus.page_id.take(pa.array(goal))),
            names.take(pa.array(np.where(release < 0, len(releases), release))),
            _where(copy, pa.array(KINDS, pa.string()).take(pa.array(verdict.kind[rows]))),
            pa.array(verdict.similarity[rows], mask=~copy),
            pa.array(verdict.estimated[rows], mask=~copy),
            _hashes(rows, found.row, found.hash),
            _hashes(rows, found.row[found.later], found.hash[found.later]),
        ],
        schema=SCHEMA,
    )


def _where(mask: Mask, values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return pc.if_else(pa.array(mask), values, pa.scalar(None, pa.string()))


def _clusters(corpus: Gathered, label: Ints, linked: Mask) -> pa.Array:
    """The name of each row's cluster: the smallest that a page of an earlier release gives it, or the smallest id."""
    rows = np.flatnonzero(linked)
    picked = pa.array(rows)
    name = pc.coalesce(corpus.cluster.take(picked), corpus.page_id.take(picked))
    keys = {"label": label[rows], "here": (corpus.release[rows] == HERE).astype(np.int8), "name": name}
    order = pc.sort_indices(pa.table(keys), [(key, "ascending") for key in keys]).to_numpy().astype(np.int64)
    begins = np.concatenate(([True], np.diff(label[rows][order]) > 0))[: len(order)]
    leader = np.zeros(len(rows), dtype=np.int64)
    leader[order] = order[np.flatnonzero(begins)][np.cumsum(begins) - 1]
    place = np.zeros(len(corpus), dtype=np.int64)
    place[rows] = leader
    taken = name.take(pa.array(place, mask=~linked))
    return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken


def _hashes(rows: Ints, of: Ints, hashes: npt.NDArray[np.uint64]) -> pa.Array:
    """For each of some rows the hashes that belong to it; `of` is in order."""
    low, high = np.searchsorted(of, rows, side="left"), np.searchsorted(of, rows, side="right")
    counts = high - low
    offsets = np.concatenate(([0], np.cumsum(counts)))
    at = np.arange(int(offsets[-1])) - np.repeat(offsets[:-1] - low, counts)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(hashes[at].view(np.int64)))
