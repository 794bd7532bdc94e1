"""Fingerprints: what of a page is needed to find its copies, in about 0.6 KB.

Two texts are compared by their sets of character 5-grams, spaces dropped, width, case and script folded. Characters,
not words: with 1 % of the Han characters changed, Jaccard is 0.92 by character 5-grams and 0.12 by white space.
Punctuation stays: without it the index of edited copies came out 0.01 lower, and 12 % of those just above the
threshold were lost. The signature is a one-permutation MinHash: every gram is hashed once, its top bits choose one of
128 slots, and a slot keeps the least hash; the share of equal slots estimates the Jaccard index (standard error at
most 0.044).
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.edit import Ints
from pipeline.lines import BREAK, SPACE, codes_of, fold_table, kinds

GRAM = 5
SLOTS = 128
SCHEMA = pa.schema(
    [
        ("page_id", pa.string()),
        ("date", pa.string()),
        ("n_chars", pa.int64()),
        ("n_grams", pa.int64()),
        ("exact", pa.binary(16)),
        ("signature", pa.binary(4 * SLOTS)),
    ]
)
# Texts are hashed in groups of this many characters: the arrays of one group stay in the processor's cache.
GROUP_CHARS = 200_000

_SLOT_BITS = 7
_EMPTY = np.uint32(0xFFFFFFFF)
_M1, _M2, _M3 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_PROBES = 24


@cache
def _plain() -> npt.NDArray[np.uint32]:
    """Code point to folded code point; spaces and line feeds are 0, to be left out."""
    fold = fold_table()
    kind = kinds()[fold] & 7
    return np.where((kind == SPACE) | (kind == BREAK), 0, fold).astype(np.uint32)


def _small(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint16]:
    """Code points in 16 bits, so that four of them are read as one word.

    Characters beyond U+FFFF are mixed into 16 bits: two that meet there can raise the similarity of two pages, by
    next to nothing; the exact hash does not see it.
    """
    far = codes > 0xFFFF
    if far.any():
        codes = np.where(far, codes * np.uint32(0x9E3779B1) >> np.uint32(16), codes)
    return codes.astype("<u2")


@cache
def _probes() -> npt.NDArray[np.int64]:
    """For each slot the slots it borrows from when it is empty: the same for every page, whatever is built with it."""
    i = np.arange(_PROBES * SLOTS, dtype=np.uint64) * _M1 + _M2
    i = (i ^ (i >> np.uint64(31))) * _M3
    return (i >> np.uint64(64 - _SLOT_BITS)).astype(np.int64).reshape(_PROBES, SLOTS)


def _gram_hashes(plain: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint64]:
    """A mixed 64-bit hash of the gram that begins at each character; GRAM - 1 fewer than there are characters."""
    count = len(plain) - GRAM + 1
    four = np.ndarray(count, dtype="<u8", buffer=plain, strides=(2,))  # unaligned words of four characters
    h = four * _M1
    h ^= h >> np.uint64(32)
    h += plain[GRAM - 1 :] * _M2
    h ^= h >> np.uint64(29)
    h *= _M3
    return h


def _grouped(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges of texts of about GROUP_CHARS characters."""
    low = size = 0
    for i, text in enumerate(texts):
        size += len(text)
        if size >= GROUP_CHARS:
            yield low, i + 1
            low, size = i + 1, 0
    if low < len(texts):
        yield low, len(texts)


def _solid(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], Ints]:
    """The folded texts in one, without spaces, and where each begins; one place more than there are texts."""
    plain = _plain()[codes_of("".join(texts))]
    solid = plain != 0
    before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(solid)))
    return plain[solid], before[
        np.concatenate(([0], np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))))
    ]


def _signatures(grams: npt.NDArray[np.uint64], text: Ints, count: int) -> npt.NDArray[np.uint32]:
    """The least hash of each slot of each text; `text` says whose gram it is, and `count` stands for nobody's."""
    slot = (grams >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)
    value = (grams >> np.uint64(64 - _SLOT_BITS - 32)).astype(np.uint32)
    least = np.full((count + 1) * SLOTS, _EMPTY, dtype=np.uint32)
    np.minimum.at(least, text * SLOTS + slot, np.minimum(value, _EMPTY - np.uint32(1)))
    return _densified(least[: count * SLOTS].reshape(count, SLOTS))


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


def _owners(start: Ints) -> Ints:
    """For each gram whose it is; one that runs over the end of its text is nobody's (the number of texts)."""
    count = len(start) - 1
    owner = np.repeat(np.arange(count), np.diff(start))[: max(0, int(start[-1]) - GRAM + 1)]
    end = start[1:][owner]
    return np.where(np.arange(len(owner)) + GRAM <= end, owner, count)


def of(texts: Sequence[str], page_ids: Sequence[str], dates: Sequence[str | None] | None = None) -> pa.Table:
    """The fingerprints of some pages.

    `dates` are ISO strings, compared as such; None where a page has no date. `n_chars` counts code points of the text
    as given, `n_grams` the grams of the folded text, repeated ones too. `exact` is a 128-bit hash of the folded text
    without spaces; a page without text has the hash of nothing and no grams.

    >>> a, b = of(["一段文字，两次。", "一段 文字, 两次。"], ["a", "b"])["exact"].to_pylist()
    >>> a == b
    True
    """
    exact: list[bytes] = []
    n_grams = np.zeros(len(texts), dtype=np.int64)
    signature = np.full((len(texts), SLOTS), _EMPTY, dtype=np.uint32)
    for low, high in _grouped(texts):
        solid, start = _solid(texts[low:high])
        data = solid.astype("<u4", copy=False).tobytes()
        ends = (4 * start).tolist()
        exact += [hashlib.blake2b(data[a:b], digest_size=16).digest() for a, b in pairwise(ends)]
        n_grams[low:high] = np.maximum(np.diff(start) - GRAM + 1, 0)
        if len(solid) >= GRAM:
            signature[low:high] = _signatures(_gram_hashes(_small(solid)), _owners(start), high - low)
    columns = [
        pa.array(page_ids, pa.string()),
        pa.array(dates if dates is not None else [None] * len(texts), pa.string()),
        pa.array(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))),
        pa.array(n_grams),
        pa.array(exact, pa.binary(16)),
        pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(4 * SLOTS), len(texts), [None, pa.py_buffer(signature.astype("<u4"))]
        ),
    ]
    return pa.table(columns, schema=SCHEMA)


def merge(tables: Sequence[pa.Table]) -> pa.Table:
    """The fingerprints of all parts; who is kept does not depend on their order."""
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def gram_sets(texts: Sequence[str]) -> list[npt.NDArray[np.uint32]]:
    """For each text the sorted distinct hashes of its grams: what the exact Jaccard index is made of."""
    out: list[npt.NDArray[np.uint32]] = []
    for low, high in _grouped(texts):
        solid, start = _solid(texts[low:high])
        grams = np.zeros(0, dtype=np.uint32)
        if len(solid) >= GRAM:
            grams = (_gram_hashes(_small(solid)) >> np.uint64(32)).astype(np.uint32)
        ends = np.maximum(start[1:] - GRAM + 1, start[:-1])
        for a, b in zip(start[:-1].tolist(), ends.tolist(), strict=True):
            own = np.sort(grams[a:b])
            out.append(own[np.concatenate(([True], own[1:] != own[:-1]))] if len(own) else own)
    return out


def jaccard(a: npt.NDArray[np.uint32], b: npt.NDArray[np.uint32]) -> float:
    """Shared grams over all grams of two sets as `gram_sets` makes them; 0 where both are empty.

    >>> one, two = gram_sets(["甲乙丙丁戊己", "甲乙丙丁戊庚"])
    >>> round(jaccard(one, two), 3)
    0.333
    """
    both = np.sort(np.concatenate((a, b)))
    same = int((both[1:] == both[:-1]).sum())
    return same / (len(both) - same) if len(both) else 0.0
