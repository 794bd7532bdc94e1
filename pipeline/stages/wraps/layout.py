"""The layout of a wrapped page: whether its lines were broken at all, and how much room they had."""

import numpy as np

from pipeline.corpus.grams import Reading
from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.shape import Shape
from pipeline.stages.wraps.blocks import apart_rows, places
from pipeline.stages.wraps.evidence import HAND, ITEM, NEVER, SHARES, edges
from pipeline.stages.wraps.measure import Floats, Measured, measured
from pipeline.stages.wraps.regions import region_of
from pipeline.stages.wraps.weigh import Layout, Page, weighed

# Least share of lines in mid-sentence among lines of running text: of 3,000 articles with a paragraph a line 95 in
# 100 have 0.09 or less, of 75 pages set as PDF 95 in 100 have 0.47 or more.
_MIN_OPEN_SHARE = 0.2
# A line in mid-sentence is full when it reaches this share of the page's width; most of them must be.
_FULL_SHARE, _MIN_FULL = 0.86, 0.8
# Text in blocks is taken for print only where nearly all of them are.
_MIN_EXACT = 0.97
# Least share of lines in which a sentence ends that began on a line above. Free verse has one or two in a poem.
_MIN_FLOW = 0.04
# A line of fewer Han characters is no line of print; a wider one no line of a page of fixed width.
_MIN_HAN, _MAX_WIDTH = 8, 240
# Where a program cut lines after so many characters: at least this many lines of that length, twice as many as of the
# four lengths below, hardly a longer one, and widths that differ by more than a Han character and a half.
_MIN_CUT, _NEAR_CHARS, _MAX_LONGER, _MIXED_COLUMNS = 3, 4, 0.03, 3
# In characters there is nothing to doubt.
_NO_DOUBT = 0.1
# The room is taken from lines that are surely no first lines, where there are so many.
_MIN_LATER = 3
# Lines broken by hand are of the width of a terminal, or a little more or less.
_MIN_HAND, _MAX_HAND = 50.0, 110.0


def layout_of(lines: Lines, joints: Shape, rows: Ints, model: Reading) -> Layout | None:
    """The layout of a page whose lines are broken at a width, or at a few, or by hand; None for other pages."""
    running = lines.han[rows] >= _MIN_HAN
    broken = joints.open_end[rows] & running
    if broken.sum() < 2 or broken.sum() < _MIN_OPEN_SHARE * running.sum() or not _flows(lines, rows, joints):
        return None
    ends = edges(lines, joints, rows)
    page = Page(lines, rows, ends, places(lines, rows, ends.start == ITEM), apart_rows(lines, rows), model)
    cut_at = _cut_at(lines, joints, rows, broken)
    if cut_at:
        chars = (lines.end[rows] - lines.start[rows]).astype(np.float64)
        sizes = Measured(chars, np.ones(len(rows)), np.full(len(rows), _NO_DOUBT))
        return weighed(page, sizes, np.full(len(rows), cut_at + 0.5), np.zeros(2), "characters")
    sizes = measured(lines, rows, broken, np.zeros(len(rows), dtype=np.int64), fit=False)
    rooms, region = region_of(sizes.width, broken)
    least = _MIN_EXACT if page.in_blocks else _MIN_FULL
    if not rooms or not _full_enough(sizes, broken, np.array(rooms)[region], least):
        room = float(np.percentile(sizes.width[running], 95))
        if not (page.in_blocks or page.by_indent) or not _MIN_HAND <= room <= _MAX_HAND:
            return None
        if page.by_indent:
            page.part_by_indent()
        return weighed(page, sizes, np.full(len(rows), room + 1.0), HAND, "columns, broken by hand")
    # A line after one that stops in mid-sentence is no first line, which may have less room.
    later = np.append(False, joints.open_end[rows[:-1]]) & (ends.start != ITEM)
    sizes = measured(lines, rows, broken & later & (np.append(ends.start[1:], NEVER) != ITEM), region, fit=True)
    return weighed(page, sizes, _rooms(sizes, broken, region), HAND if page.in_blocks else SHARES, "columns")


def _full_enough(sizes: Measured, broken: Mask, room: Floats, least: float) -> bool:
    reach = sizes.width + np.append(sizes.token[1:], 1.0)
    full = (reach >= _FULL_SHARE * room)[broken]
    over = float((sizes.width > 1.15 * room + 2).mean())
    return bool(full.mean() >= least and room.max() <= _MAX_WIDTH and over <= 0.1)


def _flows(lines: Lines, rows: Ints, joints: Shape) -> bool:
    """Whether sentences of the page run over its lines: they end within a line, or a line after one that stops open.

    Those of verse end with their lines, those of lists and tables not at all.
    """
    closed = joints.open_end[rows][:-1] & lines.ended[rows[1:]]
    return bool((joints.inner_ends[rows] > 0).sum() + closed.sum() >= max(1.0, _MIN_FLOW * len(rows)))


def _cut_at(lines: Lines, joints: Shape, rows: Ints, broken: Mask) -> int:
    """After how many characters a program cut the lines, 0 where none did.

    Lines of one number of characters stand out from all that are a little shorter, no line is longer, and they differ
    in width: some have Latin letters, of which a line of print holds more.
    """
    chars = lines.end[rows] - lines.start[rows]
    common = int(np.bincount(chars[broken]).argmax())
    same = chars == common
    widths = joints.reach[rows][same]
    near = int(((chars < common) & (chars >= common - _NEAR_CHARS)).sum())
    over = int((chars[lines.han[rows] >= _MIN_HAN] > common).sum())
    stands_out = same.sum() >= max(_MIN_CUT, 2 * near) and over <= _MAX_LONGER * len(rows)
    return common if stands_out and widths.max() - widths.min() >= _MIXED_COLUMNS else 0


def _rooms(sizes: Measured, broken: Mask, region: Ints) -> Floats:
    """The room of each row: that which most broken lines of its region fit."""
    room = np.zeros(len(region))
    for one in np.unique(region).tolist():
        own = np.flatnonzero(broken[:-1] & (region[:-1] == one))
        later = own[np.append(False, broken)[own]]  # no first line, which may have less room
        own = later if len(later) >= _MIN_LATER else own
        middle = sizes.width[own] + sizes.token[own + 1] / 2
        room[region == one] = float(np.median(middle)) if len(own) else float(sizes.width.max())
    return room
