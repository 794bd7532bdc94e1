"""QLT103."""

from collections import Counter

import numpy as np

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
    aside = {}
    for page in np.flatnonzero(solid >= _MIN_LINES).tolist():
        rows = np.flatnonzero(~lines.blank[lines.first_row[page] : lines.end_row[page]]) + lines.first_row[page]
        if len(np.unique(lines.length[rows])) * 2 > len(rows):  # lines of so many lengths cannot repeat that often
            continue
        counts = Counter(lines.strings(rows, folded=False))
        share = sum(len(s) * (n - 1) for s, n in counts.items()) / max(1, int(chars[page]))
        if share > options.max_repeated_share:
            aside[page] = f"{share:.0%} of its characters stand in lines that it repeats"
    return Found(aside=aside)
