"""How wide the lines of a page are, and how wide its text is: estimated from lines that stop in mid-sentence.

Such a line was broken because the next word did not fit. So its width w and the width n of the next word enclose the
room R that a line has: w <= R < w + n. In print, letters are of many widths, and a quotation mark has one column or
two; what a page does is fitted, from a prior, to what its lines show.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import SPACE, Lines, kinds

Floats = npt.NDArray[np.float64]

# Classes of characters by their width; 0 is full width, two columns by definition.
_LETTER, _NARROW, _BROAD, _DIGIT, _SPACE, _EITHER, _SIGN = range(1, 8)
# What a class has in columns before the page is looked at, and how far a page may be from that (standard deviation).
_PRIOR = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.5, 1.0])
_SPREAD = np.array([0.15, 0.4, 0.4, 0.1, 0.3, 0.5, 0.3])
# What each character of a class adds to the variance of its line, and the least standard deviation that a line has.
_VARIANCE = np.array([0.03, 0.05, 0.05, 0.02, 0.3, 0.1, 0.05])
_LEAST_DOUBT = 0.25
# The room lies anywhere between w and w + n: for a Han character of two columns a standard deviation of 0.58.
_NOISE = 0.6
_ROUNDS = 3
# Characters from here on take two columns.
_WIDE = 0x2E80
_TOKEN_CHARS = 40


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """The class of each code point."""
    table = np.zeros(0x110000, dtype=np.uint8)
    table[:_WIDE] = _LETTER
    kind = kinds()[:_WIDE] & 7
    table[:_WIDE][kind == 4] = _SPACE
    table[:_WIDE][kind == 3] = _SIGN
    table[ord("A") : ord("Z") + 1] = _BROAD
    table[[ord(c) for c in "mw@%"]] = _BROAD
    table[[ord(c) for c in "iljtfrI.,:;'|!()[]"]] = _NARROW
    table[ord("0") : ord("9") + 1] = _DIGIT
    table[0x2010:0x2028] = _EITHER
    table[[0xB7, 0x2030, 0x203B]] = _EITHER
    table[0x2460:0x27BF] = _EITHER
    return table


class Measured(NamedTuple):
    """Rows of some pages: how many columns each has, indent included, and the first word of each; `doubt` is the
    standard deviation of the width.
    """

    width: Floats
    token: Floats
    doubt: Floats

    def take(self, rows: npt.NDArray[np.bool_]) -> "Measured":
        """The same of some of the rows."""
        return Measured(self.width[rows], self.token[rows], self.doubt[rows])


class Counted(NamedTuple):
    """How many characters of each class (column) each row has, and the first word of each."""

    chars: Ints
    words: Ints

    @classmethod
    def of(cls, lines: Lines, rows: Ints) -> "Counted":
        """The counts of some rows; indents belong to a row, trailing space does not."""
        tail = lines.tail[rows]
        return cls(
            _counts(lines, lines.start[rows], tail), _counts(lines, lines.head[rows], _words_end(lines, rows, tail))
        )

    def take(self, rows: npt.NDArray[np.bool_]) -> "Counted":
        """The same of some of the rows."""
        return Counted(self.chars[rows], self.words[rows])

    def measured(self) -> Measured:
        """The widths as they are before a page is looked at."""
        return self._sized(_PRIOR, 0.0)

    def fitted(self, use: Ints, region: Ints) -> Measured:
        """The widths of the rows of one page, fitted to those at `use`: surely broken for want of room, and not the
        last; `region` says which rows share one room.
        """
        if len(use) < _FEWEST:
            return self.measured()
        return self._sized(*_fitted(self.chars[use], self.words[use + 1], region[use]))

    def _sized(self, size: Floats, doubt: float) -> Measured:
        doubts = np.sqrt(_LEAST_DOUBT**2 + doubt**2 + self.chars[:, 1:] @ _VARIANCE)
        width, token = (2.0 * count[:, 0] + count[:, 1:] @ size for count in self)
        return Measured(width, token, doubts)


# Fewer lines teach nothing of the widths of letters.
_FEWEST = 4


def characters(start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The places of all characters of some spans, one span after the other, and the span that each belongs to."""
    size = end - start
    row = np.repeat(np.arange(len(start)), size)
    return np.arange(len(row)) + (start - (np.cumsum(size) - size))[row], row


def columns(lines: Lines, rows: Ints) -> Ints:
    """How many half-width columns each of some rows takes on a display, indent included."""
    start, tail = lines.start[rows], lines.tail[rows]
    place, row = characters(start, tail)
    return tail - start + np.bincount(row[lines.codes[place] >= _WIDE], minlength=len(rows))


def _counts(lines: Lines, start: Ints, end: Ints) -> Ints:
    place, row = characters(start, end)
    held = np.bincount(row * 8 + _classes()[lines.codes[place]], minlength=8 * len(start))
    counts: Ints = held.reshape(len(start), 8)
    return counts


def _words_end(lines: Lines, rows: Ints, tail: Ints) -> Ints:
    """Where the first word of each row ends: after one character, or after all of a word of half-width characters."""
    out = lines.head[rows] + 1
    left = np.flatnonzero(lines.first[rows] < 0x80)
    for _ in range(_TOKEN_CHARS - 1):
        left = left[out[left] < tail[left]]
        code = lines.codes[out[left]]
        left = left[(code < 0x80) & ((lines.kind[out[left]] & 7) != SPACE)]
        if not len(left):
            break
        out[left] += 1
    return out


def _fitted(chars: Ints, words: Ints, group: Ints) -> tuple[Floats, float]:
    """The sizes of the classes, by ridge regression with outliers weighed down, and how far lines are from the fit."""
    groups = np.unique(group)
    member = (group[:, None] == groups[None, :]).astype(np.float64)
    letters = chars[:, 1:] + 0.5 * words[:, 1:]
    wide = 2.0 * chars[:, 0] + words[:, 0]
    design = np.hstack([letters, -member])
    target = -wide
    penalty = np.diag(np.concatenate((1 / _SPREAD**2, np.full(len(groups), 1e-9))))
    prior = np.concatenate((_PRIOR, np.zeros(len(groups))))
    weight = np.ones(len(target))
    solution = prior
    for _ in range(_ROUNDS):
        scaled = design * (weight / _NOISE**2)[:, None]
        solution = np.linalg.solve(design.T @ scaled + penalty, scaled.T @ target + penalty @ prior)
        off = target - design @ solution
        weight = 1 / (1 + (off / 1.5) ** 2)
    spread = float(np.median(np.abs(off))) * 1.48
    return solution[: len(_PRIOR)], max(0.0, spread**2 - _NOISE**2) ** 0.5
