"""QLT103."""

from collections import Counter

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.quality.counts import by_page
from pipeline.stages.quality.options import QualityOptions

# A page of fewer lines repeats itself by chance.
_MIN_LINES = 10


@rule("QLT103")
def repeated_lines(lines: Lines, context: Context) -> Found:
    """A page that repeats the same few lines.

    More than 70 % of its characters stand in lines that repeat one above them, the first of each not counted.
    Refrains and forms stay well below, and so does a page of fewer than ten lines, which may repeat itself by
    chance.

    Before: one advertisement forty times, after: set aside, with the share as reason.
    """
    options: QualityOptions = context.options
    solid = by_page(lines, (~lines.blank).astype(np.int64))
    chars = by_page(lines, lines.length)
    # Lines of so many lengths cannot repeat that often.
    able = (solid >= _MIN_LINES) & (_lengths(lines) * 2 <= solid)
    aside = {}
    for page in np.flatnonzero(able).tolist():
        rows = np.flatnonzero(~lines.blank[lines.first_row[page] : lines.end_row[page]]) + lines.first_row[page]
        counts = Counter(lines.strings(rows, folded=False))
        share = sum(len(s) * (n - 1) for s, n in counts.items()) / max(1, int(chars[page]))
        if share > options.max_repeated_share:
            aside[page] = f"{share:.0%} of its characters stand in lines that it repeats"
    return Found(aside=aside)


def _lengths(lines: Lines) -> Ints:
    """How many lengths the lines of each page have, blank lines apart."""
    rows = np.flatnonzero(~lines.blank)
    size = int(lines.length.max(initial=0)) + 1
    each = np.sort(lines.page[rows] * size + lines.length[rows])
    new = np.flatnonzero(np.diff(each, prepend=-1))
    return np.bincount(each[new] // size, minlength=lines.pages)
