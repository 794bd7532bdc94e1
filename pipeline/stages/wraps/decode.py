"""The likeliest way to join the lines of a page, where a first line may have less room than others."""

import numpy as np

from pipeline.lines import Mask
from pipeline.stages.wraps.rows import Floats


def joined(odds: Floats, odds_first: Floats) -> tuple[Mask, float]:
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
