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
from pipeline.lines import (
    BREAK,
    CLOSE,
    DIGIT,
    END,
    HAN,
    LATIN,
    SPACE,
    Lines,
    Mask,
    codes_of,
    fold_table,
    kinds,
    looked_up,
)

Counts = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float64]

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
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0x94D049BB133111EB)


@cache
def _signs() -> Codes:
    """Code point to sign: folded, letters and digits as one each, spaces and breaks as 0."""
    out = fold_table().copy()
    kind = kinds()[out] & 7
    out[kind == LATIN], out[kind == DIGIT] = ord("a"), ord("0")
    out[(kind == SPACE) | (kind == BREAK)] = 0
    return out


def _place(*signs: Codes) -> Ints:
    """The place of each gram; grams of different length lie apart."""
    value = np.full(signs[0].shape, len(signs), dtype=np.uint64)
    for sign in signs:
        value = (value ^ sign) * np.uint64(_MULTIPLIERS[0])
        value ^= value >> np.uint64(29)
    value = (value ^ (value >> np.uint64(31))) * np.uint64(_MULTIPLIERS[1])
    place: Ints = (value >> np.uint64(64 - BITS)).astype(np.int64)
    return place


def of(lines: Lines) -> pa.Table:
    """The grams of the prose of a batch."""
    prose = (lines.han >= _MIN_HAN) & (lines.stops > 0) & (lines.han * 2 >= lines.length)
    size = lines.end - lines.start + 1
    inside = np.repeat(prose, size)
    sign = looked_up(_signs(), lines.codes)
    solid = np.flatnonzero(inside & (sign != 0))
    places = []
    if len(solid):
        a, line = sign[solid], np.repeat(np.arange(len(lines)), size)[solid]
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

    seen: Floats
    total: float

    @classmethod
    def of_counts(cls, count: Counts) -> "Reading":
        """A reading of counts by place."""
        seen = count[_place(np.array([_SENTENCE], dtype=np.uint32))[0]]
        crowd = max(0.0, float(count.sum() - 2 * seen) / (1 << BITS) - 1.0)
        return cls(np.maximum(count - crowd, 0.0), float(count.sum()) / 3 + 1.0)

    def goes_on(self, above: str, below: str) -> float:
        """How much likelier, in nats, `below` goes on from `above` than begins a sentence of its own.

        Both are as they stand at the break; two characters of each are looked at, spaces left out.
        """
        text = codes_of(above + below)
        cut, end = np.array([len(above)]), np.array([len(text)])
        return float(self.read(text, np.zeros(1, dtype=np.int64), cut, cut, end)[0])

    def read(self, codes: Codes, above_start: Ints, above_end: Ints, below_start: Ints, below_end: Ints) -> Floats:
        """The same for many breaks of one text at once: the spans, in code points, of what stands above and below."""
        signs = _signs()
        u = _nearest(signs, codes, above_end - 1, -1, above_end - above_start)
        v = _nearest(signs, codes, below_start, 1, below_end - below_start)
        mark = np.full_like(u[0], _SENTENCE)
        # How often each gram was seen: most stand in several chances.
        u0, v0, v1, m = self._times([u[0], v[0], v[1], mark])
        u1_u0, u0_v0, m_v0, v0_v1 = self._times([u[1], u[0], mark, v[0]], [u[0], v[0], v[0], v[1]])
        u1_u0_v0, u0_v0_v1, m_v0_v1 = self._times([u[1], u[0], mark], [u[0], v[0], v[0]], [v[0], v[1], v[1]])
        first, second = _shrunk(u0_v0, u0, self._alone(v0)), _shrunk(v0_v1, v0, self._alone(v1))
        reads = _after(u[1], u1_u0_v0, u1_u0, first) - np.log(_shrunk(m_v0, m, self._alone(v0)))
        further = _after(u[0], u0_v0_v1, u0_v0, second) - _after(mark, m_v0_v1, m_v0, second)
        reads += np.where(v[1] > 0, further, 0.0)
        found: Floats = np.where((u[0] > 0) & (v[0] > 0), _CALIBRATION * reads, 0.0)
        return found

    def _alone(self, seen: Floats) -> Floats:
        """The probability of signs that were seen so often, whatever stands before them."""
        return (seen + 0.5) / (self.total + 0.5 * _UNSEEN)

    def _times(self, *signs: Sequence[Codes]) -> Floats:
        """How often each of some grams was seen, a row for each; `signs` are their first, second, third signs."""
        return self.seen[_place(*map(np.array, signs))]


def _shrunk(both: Floats, before: Floats, chance: Floats) -> Floats:
    """The probability of each sign after what was seen `before` and `both`; `chance` is that of a shorter gram."""
    return (both + _TRUST * chance) / (before + _TRUST)


def _after(further: Codes, all_three: Floats, before: Floats, chance: Floats) -> Floats:
    """The log probability of each sign after the two before it, of which the `further` one may be 0: none."""
    found: Floats = np.log(np.where(further > 0, _shrunk(all_three, before, chance), chance))
    return found


def _nearest(signs: Codes, codes: Codes, at: Ints, step: int, size: Ints) -> tuple[Codes, Codes]:
    """The first two signs that are no space from each place on, forward or backward, in so many characters; 0 where
    there are none.
    """
    first, second = np.zeros(len(at), dtype=np.uint32), np.zeros(len(at), dtype=np.uint32)
    left = np.flatnonzero(size > 0)
    for i in range(int(size.max(initial=0))):
        if not len(left):
            break
        sign = signs[codes[at[left] + step * i]]
        second[left] = np.where(first[left] > 0, sign, 0)
        first[left] = np.where(first[left] > 0, first[left], sign)
        left = left[(second[left] == 0) & (size[left] > i + 1)]
    return first, second


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
