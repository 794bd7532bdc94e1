"""Regions of a page that have one width each, where a page was put together from columns or letters of several."""

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints

Floats = npt.NDArray[np.float64]

# Lines within this share of a width, or these columns (first lines have two characters less), have that width, and
# those that are these columns wider.
_SHORT_SHARE, _SHORT_COLUMNS, _OVER = 0.07, 5.0, 2.0
# A width that fewer broken lines have is chance; more widths than four are no layout.
_MIN_LINES, _MIN_SHARE, _MAX_WIDTHS = 3, 0.08, 4
# What it costs to pass from one width to another, and for a broken line to be shorter or longer than its region.
_PASS, _SHORT, _LONG = 5.0, 3.0, 8.0


def widths_of(width: Floats) -> list[float]:
    """The widths that broken lines agree on, the most frequent first."""
    left = np.sort(width)
    total = len(left)
    found: list[float] = []
    while len(left) >= _MIN_LINES and len(found) < _MAX_WIDTHS:
        low = np.searchsorted(left, left - np.maximum(_SHORT_COLUMNS, _SHORT_SHARE * left))
        count = np.arange(1, len(left) + 1) - low
        best = int(np.argmax(count))
        if count[best] < max(_MIN_LINES, _MIN_SHARE * total):
            break
        found.append(float(left[best]))
        left = np.concatenate((left[: low[best]], left[left > left[best] + _OVER]))
    return found


def region_of(width: Floats, broken: npt.NDArray[np.bool_]) -> tuple[list[float], Ints]:
    """The widths of a page, and for each row which of them it has: the cheapest way through the page."""
    found = widths_of(width[broken])
    if len(found) < 2:
        return found, np.zeros(len(width), dtype=np.int64)
    modes = np.array(found)
    short = width[:, None] < modes - np.maximum(_SHORT_COLUMNS, _SHORT_SHARE * modes)
    cost = np.where(width[:, None] > modes + _OVER, _LONG, np.where(short & broken[:, None], _SHORT, 0.0))
    total = cost[0]
    back = np.zeros(cost.shape, dtype=np.int64)
    for i in range(1, len(cost)):
        best = int(np.argmin(total))
        passing = total[best] + _PASS < total
        back[i] = np.where(passing, best, np.arange(len(modes)))
        total = np.where(passing, total[best] + _PASS, total) + cost[i]
    out = np.zeros(len(width), dtype=np.int64)
    at = int(np.argmin(total))
    for i in range(len(cost) - 1, -1, -1):
        out[i] = at
        at = int(back[i, at])
    return found, out
