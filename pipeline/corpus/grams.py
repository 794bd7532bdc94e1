"""Grams: how often characters follow each other in the prose of a corpus, to tell whether two lines read as one.

`of` counts a batch, `merge` adds counts up, `finish` makes of them what rules ask; a build counts a sample of its
pages, which seldom changes (sample.py). Counted are characters, pairs and triples inside lines of prose, and what
sentences begin with. Each gram is hashed into one of 2 ** 20 places and only the count of a place is kept: 12 MB at
most hold a corpus of any size. What other grams bring to a place is taken off again as a mean; letters of Latin count
as one sign, and so do digits.

A small summary of the pages that come with jingwen stands behind every corpus, so that one page alone can be read.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.edit import Ints
from pipeline.lines import BREAK, CLOSE, DIGIT, END, HAN, LATIN, SPACE, Lines, Mask, codes_of, fold_table, kinds

Counts = npt.NDArray[np.int64]

BITS = 20
SCHEMA = pa.schema([("place", pa.uint32()), ("count", pa.int64())])
DEFAULT = "grams.npz"

# A line of prose, as of here: so many Han characters and a sign that parts clauses.
_MIN_HAN = 20
# The sign that stands before the first character of a sentence.
_SENTENCE = 1
# A guess made from a shorter gram counts as so many sightings. From 1 to 16 it hardly matters: joints are told from
# ends of paragraphs with an area under the curve of 0.872 to 0.878, with counts of 10 MB of other articles.
_TRUST = 4.0
# Characters that were not seen share the sightings of so many.
_UNSEEN = 20_000.0
# Grams that overlap are counted twice, and rare ones by luck: over 3,606 joints of held-out articles, with counts of
# 10 MB of others, the log odds that are right are these parts of what the counts say (logistic regression; 0.18 with
# what is shipped).
_CALIBRATION = 0.24
_MULTIPLIERS, _WORD = (0x9E3779B97F4A7C15, 0x94D049BB133111EB), (1 << 64) - 1


@cache
def _signs() -> npt.NDArray[np.uint32]:
    """Code point to sign: folded, letters and digits as one each, spaces and breaks as 0."""
    out = fold_table().copy()
    kind = kinds()[out] & 7
    out[kind == LATIN], out[kind == DIGIT] = ord("a"), ord("0")
    out[(kind == SPACE) | (kind == BREAK)] = 0
    return out


def _place(*signs: npt.NDArray[np.uint32]) -> Ints:
    """The place of each gram; grams of different length lie apart."""
    value = np.full(len(signs[0]), len(signs), dtype=np.uint64)
    for sign in signs:
        value = (value ^ sign) * np.uint64(_MULTIPLIERS[0])
        value ^= value >> np.uint64(29)
    value = (value ^ (value >> np.uint64(31))) * np.uint64(_MULTIPLIERS[1])
    place: Ints = (value >> np.uint64(64 - BITS)).astype(np.int64)
    return place


def of(lines: Lines) -> pa.Table:
    """The grams of the prose of a batch."""
    prose = (lines.han >= _MIN_HAN) & (lines.stops > 0) & (lines.han * 2 >= lines.length)
    inside = np.repeat(prose, lines.end - lines.start + 1)
    sign = _signs()[lines.codes]
    solid = np.flatnonzero(inside & (sign != 0))
    places = []
    if len(solid):
        a, line = sign[solid], np.searchsorted(lines.end, solid)
        two, three = line[1:] == line[:-1], line[2:] == line[:-2]
        places += [_place(a), _place(a[:-1], a[1:])[two], _place(a[:-2], a[1:-1], a[2:])[three]]
        first = np.searchsorted(solid, _sentence_starts(lines, inside))
        first = first[first + 1 < len(solid)]
        first = first[line[first] == line[first + 1]]
        mark = np.full(len(first), _SENTENCE, dtype=np.uint32)
        places += [_place(mark), _place(mark, a[first]), _place(mark, a[first], a[first + 1])]
    count = np.bincount(np.concatenate(places), minlength=1 << BITS) if places else np.zeros(0, dtype=np.int64)
    return _table(count)


def _sentence_starts(lines: Lines, inside: Mask) -> Ints:
    """Where sentences begin within lines: behind an end and what closes with it."""
    kind = lines.kind
    ends = np.flatnonzero(inside & ((kind & END) > 0))
    at = ends + 1
    for _ in range(2):
        at = np.where((kind[np.minimum(at, len(kind) - 1)] & CLOSE) > 0, at + 1, at)
    at = at[at < len(kind)]
    low = kind[at] & 7
    letters: Ints = at[(low == HAN) | (low == LATIN) | (low == DIGIT)]
    return letters


def _table(count: Counts) -> pa.Table:
    place = np.flatnonzero(count)
    return pa.table([pa.array(place.astype(np.uint32)), pa.array(count[place])], schema=SCHEMA)


def merge(tables: Sequence[pa.Table]) -> pa.Table:
    """The grams of all parts together; their order does not matter."""
    return _table(_dense(tables))


def _dense(tables: Sequence[pa.Table]) -> Counts:
    total = np.zeros(1 << BITS, dtype=np.int64)
    for table in tables:
        total[table["place"].to_numpy()] += table["count"].to_numpy()
    return total


class Reading(NamedTuple):
    """What the counts of a corpus say of two pieces of text; `seen` by place, the mean of other grams taken off."""

    seen: npt.NDArray[np.float64]
    total: float

    @classmethod
    def of_counts(cls, count: Counts) -> "Reading":
        """A reading of counts by place."""
        seen = count[_place(np.array([_SENTENCE], dtype=np.uint32))[0]]
        crowd = max(0.0, float(count.sum() - 2 * seen) / (1 << BITS) - 1.0)
        return cls(np.maximum(count - crowd, 0.0), float(count.sum()) / 3 + 1.0)

    def goes_on(self, above: str, below: str) -> float:
        """How much likelier, in nats, `below` goes on from `above` than begins a sentence of its own.

        Both are as they stand at the break, without space; two characters of each are looked at.
        """
        u, v = _signs_of(above)[-2:], _signs_of(below)[:2]
        if not len(u) or not len(v):
            return 0.0
        on, anew = 0.0, 0.0
        mark = [_SENTENCE]
        for i, sign in enumerate(v):
            on += self._chance([*u, *v[:i]][-2:], sign)
            anew += self._chance([*mark, *v[:i]][-2:], sign)
        return _CALIBRATION * (on - anew)

    def _chance(self, before: list[int], sign: int) -> float:
        """The log probability of a sign after those before it, at most two."""
        chance = (self._times(sign) + 0.5) / (self.total + 0.5 * _UNSEEN)
        for size in range(1, len(before) + 1):
            context = before[-size:]
            chance = (self._times(*context, sign) + _TRUST * chance) / (self._times(*context) + _TRUST)
        return float(np.log(chance))

    def _times(self, *signs: int) -> float:
        value = len(signs)  # as in `_place`, one gram at a time
        for sign in signs:
            value = ((value ^ sign) * _MULTIPLIERS[0]) & _WORD
            value ^= value >> 29
        value = ((value ^ (value >> 31)) * _MULTIPLIERS[1]) & _WORD
        return float(self.seen[value >> (64 - BITS)])


def _signs_of(text: str) -> list[int]:
    found: list[int] = [s for s in _signs()[codes_of(text)].tolist() if s]
    return found


def finish(table: pa.Table) -> Reading:
    """The reading of a corpus, with the pages that come with jingwen behind it."""
    return Reading.of_counts(_dense([table]) + _shipped())


@cache
def default() -> Reading:
    """The reading of those pages alone."""
    return Reading.of_counts(_shipped())


@cache
def _shipped() -> Counts:
    with resources.files("pipeline.corpus").joinpath(DEFAULT).open("rb") as file:
        data = np.load(file)
        return _dense([pa.table([data["place"], data["count"].astype(np.int64)], schema=SCHEMA)])
