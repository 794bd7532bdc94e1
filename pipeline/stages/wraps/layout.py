"""The layout of wrapped pages: whether their lines were broken at all, and how much room they had."""

from typing import NamedTuple

import numpy as np

from pipeline.corpus.grams import Reading
from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.shape import Shape
from pipeline.stages.wraps.evidence import HAND, ITEM, NEVER, SHARES, Edges, edges
from pipeline.stages.wraps.measure import Counted, Measured, columns
from pipeline.stages.wraps.regions import full_share, regions_of, upper_quantile
from pipeline.stages.wraps.rows import Floats, Rows
from pipeline.stages.wraps.weigh import BY_HAND, CHARACTERS, PRINT, Layout, Sheets, weighed

# Least share of lines in mid-sentence among lines of running text: of 3,000 articles with a paragraph a line 95 in
# 100 have 0.09 or less, of 75 pages set as PDF 95 in 100 have 0.47 or more.
_MIN_OPEN_SHARE = 0.2
# Most lines in mid-sentence must be full. Text in blocks is taken for print only where nearly all of them are.
_MIN_FULL, _MIN_EXACT = 0.8, 0.97
# Least share of lines in which a sentence ends that began on a line above. Free verse has one or two in a poem.
_MIN_FLOW = 0.04
# A line of fewer Han characters is no line of print.
_MIN_HAN = 8
# Where a program cut lines after so many characters: at least this many lines of that length, twice as many as of the
# four lengths below, hardly a longer one, and widths that differ by more than a Han character and a half.
_MIN_CUT, _NEAR_CHARS, _MAX_LONGER, _MIXED_COLUMNS = 3, 4, 0.03, 3
# In characters there is nothing to doubt.
_NO_DOUBT = 0.1
# The room is taken from lines that are surely no first lines, where there are so many.
_MIN_LATER = 3
# Lines broken by hand are of the width of a terminal, or a little more or less; so many lines are no wider.
_MIN_HAND, _MAX_HAND, _TYPICAL = 50.0, 110.0, 0.95


def layout_of(lines: Lines, joints: Shape, model: Reading) -> Layout | None:
    """The layout of the pages of a batch whose lines are broken at a width, or at a few, or by hand; None where no page
    is.
    """
    rows = _broken_pages(lines, joints)
    if rows is None:
        return None
    cut_at = _cut_at(lines, joints, rows)
    whole = rows.take(cut_at == 0)
    widths = _Widths.of(lines, joints, whole)
    fits = (widths.full >= _MIN_FULL) | ((widths.typical >= _MIN_HAND) & (widths.typical <= _MAX_HAND))
    able = cut_at > 0
    able[~able] = fits
    if not able.any():
        return None
    rows, cut_at, widths = rows.take(able), cut_at[able], widths.take(whole, fits)
    ends = edges(lines, joints, rows.row)
    sheets = Sheets(lines, rows, ends, model)
    # Pages cut by a program, set in print, broken by hand; the rest are as they should be.
    full, typical = np.zeros(rows.pages), np.zeros(rows.pages)
    full[cut_at == 0], typical[cut_at == 0] = widths.full, widths.typical
    printed = (cut_at == 0) & (full >= np.where(sheets.in_blocks, _MIN_EXACT, _MIN_FULL))
    by_hand = (cut_at == 0) & ~printed & (sheets.in_blocks | sheets.by_indent)
    by_hand &= (typical >= _MIN_HAND) & (typical <= _MAX_HAND)
    shares = np.where((by_hand | sheets.in_blocks)[:, None], HAND, SHARES) * (cut_at == 0)[:, None]
    sheets.part_by_indent(by_hand & sheets.by_indent)
    room = np.where(cut_at > 0, cut_at + 0.5, typical + 1.0)[rows.page]
    chars = (lines.end[rows.row] - lines.start[rows.row]).astype(np.float64)
    sizes = Measured(chars, np.ones(len(rows)), np.full(len(rows), _NO_DOUBT))
    _set(sizes, np.flatnonzero(cut_at[rows.page] == 0), widths.sizes)
    _fit(rows, joints, ends, widths, printed, sizes, room, (cut_at == 0)[rows.page])
    unit = np.select([cut_at > 0, printed], [CHARACTERS, PRINT], BY_HAND).tolist()
    return weighed(sheets, sizes, room, shares, unit).only((cut_at > 0) | printed | by_hand)


def _broken_pages(lines: Lines, joints: Shape) -> Rows | None:
    """The rows of pages on which enough lines break off and sentences run over lines; most pages are told here.

    Sentences of verse end with their lines, those of lists and tables not at all; others end within a line, or at the
    end of one that follows a line that stops open.
    """
    running = lines.han >= _MIN_HAN
    broken = joints.open_end & running
    count = np.bincount(lines.page[broken], minlength=lines.pages)
    pages = (count >= 2) & (count >= _MIN_OPEN_SHARE * np.bincount(lines.page[running], minlength=lines.pages))
    if not pages.any():
        return None
    rows = Rows.of(lines, pages)
    closed = joints.open_end[rows.row[rows.upper]] & lines.ended[rows.row[rows.upper + 1]]
    flows = rows.sums(joints.inner_ends[rows.row] > 0) + rows.pairs(closed)
    flowing = flows >= np.maximum(1.0, _MIN_FLOW * np.bincount(rows.page, minlength=rows.pages))
    return rows.take(flowing) if flowing.any() else None


def _cut_at(lines: Lines, joints: Shape, rows: Rows) -> Ints:
    """For each page after how many characters a program cut its lines, 0 where none did.

    Lines of one number of characters stand out from all that are a little shorter, no line is longer, and they differ
    in width: some have Latin letters, of which a line of print holds more.
    """
    running = lines.han[rows.row] >= _MIN_HAN
    chars = lines.end[rows.row] - lines.start[rows.row]
    broken = joints.open_end[rows.row] & running
    common = most_frequent(rows.page[broken], chars[broken])
    own = common[rows.page]
    same = chars == own
    near = rows.sums((chars < own) & (chars >= own - _NEAR_CHARS))
    over = rows.sums((chars > own) & running)
    of_page = np.flatnonzero(np.diff(rows.page[same], prepend=-1) != 0)  # each page has one at least
    reach = columns(lines, rows.row[same])
    least, most = np.minimum.reduceat(reach, of_page), np.maximum.reduceat(reach, of_page)
    cut = rows.sums(same) >= np.maximum(_MIN_CUT, 2 * near)
    cut &= (over <= _MAX_LONGER * np.bincount(rows.page, minlength=rows.pages)) & (most - least >= _MIXED_COLUMNS)
    return np.where(cut, common, 0)


def most_frequent(page: Ints, values: Ints) -> Ints:
    """The most frequent of some values, none of them negative, on each page, of equally frequent ones the least; each
    page has one at least.
    """
    size = int(values.max()) + 1
    each, times = np.unique(page * size + values, return_counts=True)
    page = each // size
    most = np.maximum.reduceat(times, np.flatnonzero(np.diff(page, prepend=-1) != 0))
    best = np.flatnonzero(times == most[page])
    found: Ints = each[best[np.diff(page[best], prepend=-1) != 0]] % size
    return found


class _Widths(NamedTuple):
    """How wide the lines of some pages are: which of them are broken off, the width and the region of each; for each
    page the share of those lines that are full, and a width that few of its lines pass.
    """

    counted: Counted
    sizes: Measured
    broken: Mask
    region: Ints
    full: Floats
    typical: Floats

    @classmethod
    def of(cls, lines: Lines, joints: Shape, rows: Rows) -> "_Widths":
        """The widths of those rows, as they are before a page is looked at."""
        counted = Counted.of(lines, rows.row)
        sizes = counted.measured()
        running = lines.han[rows.row] >= _MIN_HAN
        broken = joints.open_end[rows.row] & running
        rooms, region = regions_of(rows, sizes.width, broken)
        full = full_share(rows, sizes, broken, rooms)
        return cls(counted, sizes, broken, region, full, upper_quantile(rows, sizes.width, running, _TYPICAL))

    def take(self, rows: Rows, pages: Mask) -> "_Widths":
        """The same of some of the pages."""
        own = pages[rows.page]
        return _Widths(
            self.counted.take(own),
            self.sizes.take(own),
            self.broken[own],
            self.region[own],
            self.full[pages],
            self.typical[pages],
        )


def _fit(
    rows: Rows, joints: Shape, ends: Edges, widths: _Widths, pages: Mask, sizes: Measured, room: Floats, measured: Mask
) -> None:
    """Set the widths and rooms of the rows of printed pages by what letters measure there; `measured` marks the rows
    that `widths` is about.
    """
    place = np.cumsum(measured) - 1
    for _, own, _ in rows.slices(pages):
        inner = slice(int(place[own.start]), int(place[own.stop - 1]) + 1)
        broken, region, start = widths.broken[inner], widths.region[inner], ends.start[own]
        # A line after one that stops in mid-sentence is no first line, which may have less room.
        later = np.append(False, joints.open_end[rows.row[own][:-1]]) & (start != ITEM)
        use = np.flatnonzero((broken & later & (np.append(start[1:], NEVER) != ITEM))[:-1])
        counted = Counted(widths.counted.chars[inner], widths.counted.words[inner])
        fitted = counted.fitted(use, region)
        _set(sizes, own, fitted)
        room[own] = _rooms(fitted, broken, region)


def _set(sizes: Measured, at: slice | Ints, values: Measured) -> None:
    for column, value in zip(sizes, values, strict=True):
        column[at] = value


def _rooms(sizes: Measured, broken: Mask, region: Ints) -> Floats:
    """The room of each row of a page: that which most broken lines of its region fit."""
    room = np.zeros(len(region))
    for one in np.unique(region).tolist():
        own = np.flatnonzero(broken[:-1] & (region[:-1] == one))
        later = own[np.append(False, broken)[own]]  # no first line, which may have less room
        own = later if len(later) >= _MIN_LATER else own
        middle = sizes.width[own] + sizes.token[own + 1] / 2
        room[region == one] = float(np.median(middle)) if len(own) else float(sizes.width.max())
    return room
