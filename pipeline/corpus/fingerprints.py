"""Fingerprints: what of a page is needed to find its copies, without its text; a release keeps them.

A fingerprint holds a hash of the whole text, a MinHash signature for near copies, and the hashes of paragraphs and
sentences for what is copied in part. The signature is a one-permutation MinHash: every character 5-gram is hashed once,
its top bits choose one of 128 slots, and a slot keeps the least hash, of which 16 bits are stored; the share of equal
slots estimates the Jaccard index (standard error at most 0.044; two other texts agree in a slot by chance once in
65,536 times).
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.corpus import passages
from pipeline.corpus.passages import Passages
from pipeline.corpus.shingles import GRAM, gram_hashes, grouped, plain_codes, small
from pipeline.edit import Ints
from pipeline.lines import Lines

SLOTS = 128
HASHES = pa.list_(pa.int64())
SCHEMA = pa.schema(
    [
        ("page_id", pa.string()),
        ("date", pa.string()),
        ("n_chars", pa.int64()),
        ("n_grams", pa.int64()),
        ("exact", pa.binary()),
        ("signature", pa.binary()),
        ("paragraphs", HASHES),
        ("sentences", HASHES),
    ]
)

_SLOT_BITS = 7
_EMPTY = np.uint32(0xFFFFFFFF)
_M1, _M2, _M3 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_PROBES = 24
_SLICE = 1 << 20


@cache
def _probes() -> npt.NDArray[np.int64]:
    """For each slot the slots it borrows from when it is empty: the same for every page, whatever is built with it."""
    i = np.arange(_PROBES * SLOTS, dtype=np.uint64) * _M1 + _M2
    i = (i ^ (i >> np.uint64(31))) * _M3
    return (i >> np.uint64(64 - _SLOT_BITS)).astype(np.int64).reshape(_PROBES, SLOTS)


def _signatures(grams: npt.NDArray[np.uint64], start: Ints) -> npt.NDArray[np.uint16]:
    """The least hash of each slot of each text; `start` says where the grams of each text begin."""
    count = len(start) - 1
    least = np.full((count + 1) * SLOTS, _EMPTY, dtype=np.uint32)
    for low in range(0, len(grams), _SLICE):  # in slices, for the sake of a page of 50 MB
        some = grams[low : low + _SLICE]
        place = _owners(start, low, low + len(some)) * SLOTS
        place += (some >> np.uint64(64 - _SLOT_BITS)).view(np.int64)
        value = (some >> np.uint64(64 - _SLOT_BITS - 32)).astype(np.uint32)
        np.minimum.at(least, place, np.minimum(value, _EMPTY - np.uint32(1), out=value))
    return _densified(least[: count * SLOTS].reshape(count, SLOTS)).astype("<u2")


def _densified(least: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Empty slots filled from others (optimal densification), so that short texts are compared without bias."""
    rows = np.flatnonzero((least == _EMPTY).any(axis=1) & (least != _EMPTY).any(axis=1))
    if not len(rows):
        return least
    source = least[rows]
    filled = source.copy()
    for probe in _probes():
        row, slot = np.nonzero(filled == _EMPTY)
        if not len(row):
            break
        filled[row, slot] = source[row, probe[slot]]
    row, slot = np.nonzero(filled == _EMPTY)  # a text of very few grams: its first full slot
    filled[row, slot] = source[row, (source[row] != _EMPTY).argmax(axis=1)]
    least[rows] = filled
    return least


def _owners(start: Ints, low: int, high: int) -> Ints:
    """For grams low to high whose each is; one that runs over the end of its text is nobody's (the number of texts)."""
    owner = np.repeat(np.arange(len(start) - 1), np.diff(np.minimum(np.maximum(start, low), high)))
    over = (start[1:, None] - np.arange(low + 1, low + GRAM)).ravel()
    owner[over[(over >= 0) & (over < len(owner))]] = len(start) - 1
    return owner


class _Group(NamedTuple):
    """What a group of texts gives; rows are texts."""

    exact: list[bytes]
    n_grams: Ints
    signature: npt.NDArray[np.uint16]
    paragraphs: Passages
    sentences: Passages


def _group(lines: Lines, low: int, high: int) -> _Group:
    """What pages low to high of a batch give: their line feeds and spaces are left out."""
    page_start = lines.page_start[low : high + 1]
    own = slice(int(page_start[0]), int(page_start[-1]))
    plain = plain_codes(lines.codes[own])
    filled = plain != 0
    before = np.zeros(len(plain) + 1, dtype=np.int32)
    np.cumsum(filled, dtype=np.int32, out=before[1:])
    solid, start = plain[filled], before[page_start - own.start].astype(np.int64)
    data = solid.astype("<u4", copy=False).tobytes()
    exact = [hashlib.blake2b(data[a:b], digest_size=16).digest() for a, b in pairwise((4 * start).tolist())]
    grams = gram_hashes(small(solid))
    signature = _signatures(grams, start)
    line_end = lines.end[lines.first_row[low] : lines.end_row[high - 1]] - own.start
    total = passages.running_sum(solid, grams)
    paragraphs, sentences = passages.of(lines.kind[own], line_end, before, start, total)
    return _Group(exact, np.maximum(np.diff(start) - GRAM + 1, 0), signature, paragraphs, sentences)


def of(texts: Sequence[str], page_ids: Sequence[str], dates: Sequence[str | None] | None = None) -> pa.Table:
    """The fingerprints of some pages.

    `dates` are ISO strings, compared as such; None where a page has no date. `n_chars` counts code points of the text
    as given, `n_grams` the grams of the folded text, repeated ones too. `exact` is a 128-bit hash of the folded text
    without spaces; a page without text has the hash of nothing and no grams. `signature` holds 128 numbers of 16 bits,
    little-endian; `paragraphs` and `sentences` the hashes of the long ones, in order of size, each once.

    >>> a, b = of(["一段文字，两次。", "一段 文字, 两次。"], ["a", "b"])["exact"].to_pylist()
    >>> a == b
    True
    """
    return of_lines(Lines.of(list(texts)), page_ids, dates)


def of_lines(lines: Lines, page_ids: Sequence[str], dates: Sequence[str | None] | None = None) -> pa.Table:
    """The same of all pages of a batch."""
    sizes = np.diff(lines.page_start) - 1
    groups = [_group(lines, low, high) for low, high in grouped(sizes.tolist())]
    if not groups:
        return SCHEMA.empty_table()
    columns = [
        pa.array(page_ids, pa.string()),
        pa.array(dates if dates is not None else [None] * len(sizes), pa.string()),
        pa.array(sizes),
        pa.array(np.concatenate([g.n_grams for g in groups])),
        pa.array([h for g in groups for h in g.exact], pa.binary()),
        _binary(np.concatenate([g.signature for g in groups])),
        _lists([g.paragraphs for g in groups], [len(g.exact) for g in groups]),
        _lists([g.sentences for g in groups], [len(g.exact) for g in groups]),
    ]
    return pa.table(columns, schema=SCHEMA)


def _binary(matrix: npt.NDArray[np.uint16]) -> pa.Array:
    offsets = np.arange(len(matrix) + 1, dtype=np.int32) * np.int32(matrix.itemsize * matrix.shape[1])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(matrix))]
    return pa.Array.from_buffers(pa.binary(), len(matrix), buffers)


def _lists(found: Sequence[Passages], texts: Sequence[int]) -> pa.Array:
    counts = [np.bincount(p.text, minlength=n) for p, n in zip(found, texts, strict=True)]
    offsets = np.concatenate(([0], np.cumsum(np.concatenate(counts))))
    values = np.concatenate([p.hash for p in found]).view(np.int64)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values))


def merge(tables: Sequence[pa.Table]) -> pa.Table:
    """The fingerprints of all parts; who is kept does not depend on their order."""
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()
