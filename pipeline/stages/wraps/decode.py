"""The likeliest way to join the lines of a page: by each pair of them, where first lines may have less room than others,
and by how long the paragraphs become.
"""

from math import exp, log, pi
from typing import NamedTuple

import numpy as np

from pipeline.lines import Mask
from pipeline.stages.wraps.rows import Floats


def by_pairs(odds: Floats, odds_first: Floats) -> tuple[Mask, float]:
    """Which lines go on in the next, and the log odds of it all.

    `odds` holds for each pair of neighbours the log odds that they are one, `odds_first` the same where the upper one
    is the first line of its paragraph.
    """
    count = len(odds)
    out = np.zeros(count, dtype=bool)
    # Best sums so far where the line at hand is a first line, or is not; a choice is kept as what came before it.
    first, later = 0.0, -np.inf
    back_first: list[int] = []
    back_later: list[int] = []
    for on, on_first in zip(odds.tolist(), odds_first.tolist(), strict=True):
        # The next line is a first line where this one does not go on, whatever this one is.
        back_first.append(0 if first >= later else 1)
        back_later.append(0 if first + on_first >= later + on else 1)
        first, later = max(first, later), max(first + on_first, later + on)
    at_first = first >= later
    for i in range(count - 1, -1, -1):
        out[i] = not at_first
        at_first = (back_first[i] if at_first else back_later[i]) == 0
    return out, float(max(first, later))


# A join that is wrong spoils two paragraphs, one that is missing leaves one in two pieces, each of whole sentences.
_WRONG_COSTS = log(2.0)
# Pairs beyond these log odds are decided, whatever the lengths say; so many undecided ends of a paragraph are tried
# before one.
_DECIDED, _TRIED = 6.0, 12
# The logarithm of the length of a paragraph in characters, over the pages of 7,814 articles: its mean differs by 0.33
# from page to page, its standard deviation within a page is 0.45. What is known before the page is looked at counts as
# so many paragraphs.
_MEAN, _MEAN_SEEN, _SPREAD, _SPREAD_SEEN = 4.3, 2.0, 0.5, 6.0
# Some paragraphs are of other kinds: titles, items, quotations.
_OTHERS, _OTHERS_SPREAD = 0.1, 1.2


# What makes a normal density one: log(sqrt(2 pi)).
_UNIT = log(2 * pi) / 2


class Lengths(NamedTuple):
    """How long the paragraphs of a page are: mean and standard deviation of the logarithm, in characters."""

    mean: float
    spread: float

    @classmethod
    def of(cls, chars: Floats, goes_on: Mask) -> "Lengths":
        """The lengths of paragraphs whose lines have so many characters, as they are joined."""
        size = np.log(np.maximum(np.add.reduceat(chars, np.flatnonzero(np.append(True, ~goes_on))), 1.0))
        size = np.clip(size, _MEAN - 3, _MEAN + 3)
        mean = (size.sum() + _MEAN_SEEN * _MEAN) / (len(size) + _MEAN_SEEN)
        spread = (((size - mean) ** 2).sum() + _SPREAD_SEEN * _SPREAD**2) / (len(size) + _SPREAD_SEEN)
        return cls(float(mean), float(spread) ** 0.5)

    def likelihood(self, chars: float) -> float:
        """The log likelihood of a paragraph of so many characters."""
        at = log(max(chars, 1.0))
        near = exp(-(((at - self.mean) / self.spread) ** 2) / 2) / self.spread
        far = exp(-(((at - self.mean) / _OTHERS_SPREAD) ** 2) / 2) / _OTHERS_SPREAD
        return log((1 - _OTHERS) * near + _OTHERS * far + 1e-12) - at - _UNIT


def by_lengths(odds: Floats, first: Floats, habit: float, chars: Floats, lengths: Lengths) -> tuple[Mask, float]:
    """Which lines of a page go on in the next, and the log odds of it all.

    `odds` and `first` are as above, `habit` is what of them only says how often lines of the page go on: the lengths
    of paragraphs say that better. `chars` are the characters of each line.
    """
    out = odds > 0
    steps = np.concatenate(([0.0], np.cumsum(odds - habit - _WRONG_COSTS))).tolist()
    ends = np.concatenate(([0.0], np.cumsum(chars))).tolist()
    less = (first - odds).tolist()
    line = log(max(1.0, float(chars.mean())))
    firm = np.maximum(odds, first)
    open_ = np.flatnonzero(firm < _DECIDED)
    points, forced = open_.tolist(), (firm[open_] <= -_DECIDED).tolist()
    # Best sums where a paragraph ends at a point, and where the one before it ended.
    best, back, since = [0.0], [0], 0
    points, forced = [-1, *points, len(odds)], [True, *forced, True]
    for j in range(1, len(points)):
        to, tried = points[j], []
        for i in range(max(since, j - _TRIED), j):
            at = points[i] + 1
            value = best[i] + steps[to] - steps[at] + lengths.likelihood(ends[to + 1] - ends[at]) + line
            if to > at:
                value += less[at]
            tried.append((value, i))
        value, i = max(tried)
        best.append(value)
        back.append(i)
        if forced[j]:
            since = j
    at = len(points) - 1
    out[:] = True
    while at > 0:
        if points[at] < len(odds):
            out[points[at]] = False
        at = back[at]
    return out, best[-1]
