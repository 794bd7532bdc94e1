"""Regions of a page that have one width each, where a page was put together from columns or letters of several."""

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Mask
from pipeline.stages.wraps.measure import Measured
from pipeline.stages.wraps.rows import Floats, Rows

# A line in mid-sentence is full when it reaches this share of its region's width; a wider one than this, in columns, is
# no line of a page of fixed width, and few lines may be wider than their region.
_FULL_SHARE, _MAX_WIDTH, _MAX_OVER = 0.86, 240, 0.1

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


def region_of(width: Floats, broken: Mask) -> tuple[list[float], Ints]:
    """The widths of a page, and for each row which of them it has: the cheapest way through the page."""
    found = widths_of(width[broken])
    if len(found) < 2:
        return found, np.zeros(len(width), dtype=np.int64)
    modes = np.array(found)
    short = width[:, None] < modes - np.maximum(_SHORT_COLUMNS, _SHORT_SHARE * modes)
    cost = np.where(width[:, None] > modes + _OVER, _LONG, np.where(short & broken[:, None], _SHORT, 0.0))
    # With so few widths lists are faster than columns.
    total, *following = cost.tolist()
    back: list[list[int]] = []
    for costs in following:
        passing = min(total) + _PASS
        best = total.index(min(total))
        back.append([best if passing < stay else i for i, stay in enumerate(total)])
        total = [min(passing, stay) + own for stay, own in zip(total, costs, strict=True)]
    at = total.index(min(total))
    way = [at]
    for choice in reversed(back):
        at = choice[at]
        way.append(at)
    return found, np.array(way[::-1], dtype=np.int64)


def regions_of(rows: Rows, width: Floats, broken: Mask) -> tuple[Floats, Ints]:
    """For each row the width of its region, 0 on pages without any, and the region's number."""
    room, region = np.zeros(len(rows)), np.zeros(len(rows), dtype=np.int64)
    for _, own, _ in rows.slices(_some_width(rows, width, broken)):
        found, region[own] = region_of(width[own], broken[own])
        room[own] = np.array(found)[region[own]]
    return room, region


def _some_width(rows: Rows, width: Floats, broken: Mask) -> Mask:
    """Pages on which enough broken lines are about as wide as another, so that they have a width at all."""
    at = np.flatnonzero(broken)
    at = at[np.lexsort((width[at], rows.page[at]))]
    total = rows.sums(broken)
    least = np.ceil(np.maximum(_MIN_LINES, _MIN_SHARE * total)).astype(np.int64)[rows.page[at]]
    back = np.arange(len(at)) - least + 1
    first = np.searchsorted(rows.page[at], rows.page[at])
    low = width[at] - np.maximum(_SHORT_COLUMNS, _SHORT_SHARE * width[at])
    near = (back >= first) & (width[at[np.maximum(back, 0)]] >= low)
    found: Mask = np.bincount(rows.page[at[near]], minlength=rows.pages) > 0
    return found


def full_share(rows: Rows, sizes: Measured, broken: Mask, room: Floats) -> Floats:
    """For each page the share of its broken lines that the next word fills up; 0 where its lines have no room, or are
    wider than what they should have.
    """
    token = np.append(sizes.token, 1.0)[1:]
    token[np.diff(rows.page, append=-1) != 0] = 1.0
    full = broken & (sizes.width + token >= _FULL_SHARE * room)
    over = rows.sums(sizes.width > 1.15 * room + 2)
    wrong = (over > _MAX_OVER * np.bincount(rows.page, minlength=rows.pages)) | (rows.sums(room > _MAX_WIDTH) > 0)
    wrong |= rows.sums(room == 0) > 0
    found: Floats = np.where(wrong, 0.0, rows.sums(full) / np.maximum(rows.sums(broken), 1))
    return found


def upper_quantile(rows: Rows, width: Floats, among: Mask, share: float) -> Floats:
    """For each page a quantile of the widths of the rows under a mask, between two of them where it falls so; 0 where
    there are none.
    """
    at = np.flatnonzero(among)
    ordered = np.append(width[at[np.lexsort((width[at], rows.page[at]))]], 0.0)
    count = rows.sums(among)
    place = (np.cumsum(count) - count) + share * np.maximum(count - 1, 0)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(np.cumsum(count) - 1, 0))
    found: Floats = np.where(count > 0, ordered[low] + (place - low) * (ordered[high] - ordered[low]), 0.0)
    return found
