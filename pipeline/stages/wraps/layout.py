"""The layout of a wrapped page, and what it says of each pair of neighbouring lines."""

from dataclasses import dataclass

import numpy as np

from pipeline.corpus.grams import Reading
from pipeline.edit import Ints
from pipeline.lines import Lines
from pipeline.stages.reading import goes_on
from pipeline.stages.shape import Shape
from pipeline.stages.wraps.decode import joined
from pipeline.stages.wraps.evidence import (
    COMMA,
    EARLY_SHARE,
    ENDED,
    ITEM,
    NEVER,
    OPENED,
    Edges,
    Floats,
    Mask,
    edges,
    of_end,
    of_start,
    of_width,
)
from pipeline.stages.wraps.measure import Measured, measured
from pipeline.stages.wraps.regions import region_of

# Least share of lines in mid-sentence among lines of running text: of 3,000 articles with a paragraph a line 95 in
# 100 have 0.09 or less, of 75 pages set as PDF 95 in 100 have 0.47 or more.
_MIN_OPEN_SHARE = 0.2
# A line in mid-sentence is full when it reaches this share of the page's width; most of them must be.
_FULL_SHARE, _MIN_FULL = 0.86, 0.8
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
# A line that stops short of its room by more is one that nothing stopped but its end.
_SURELY_SHORT = 3.0
# First lines that lost their indent on the way are shorter by two characters. In columns.
_INDENT = 4.0
# So much likelier must a page be with such an indent than without one: few pages have lost theirs.
_INDENT_COSTS = 2.0
# Pairs whose log odds are beyond this are not read.
_UNSURE = 5.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines of one page that are joined with the next; `width` is the room of each, `by_chars` says whether a
    program cut them after so many characters, words and all.
    """

    goes_on: Mask
    width: Floats
    by_chars: bool


def layout_of(lines: Lines, joints: Shape, rows: Ints, model: Reading) -> Layout | None:
    """The layout of a page whose lines are broken at a width, or at a few; None for other pages."""
    running = lines.han[rows] >= _MIN_HAN
    broken = joints.open_end[rows] & running
    if broken.sum() < 2 or broken.sum() < _MIN_OPEN_SHARE * running.sum() or not _flows(lines, rows, joints):
        return None
    ends = edges(lines, joints, rows)
    cut_at = _cut_at(lines, joints, rows, broken)
    if cut_at:
        chars = (lines.end[rows] - lines.start[rows]).astype(np.float64)
        sizes = Measured(chars, np.ones(len(rows)), np.full(len(rows), _NO_DOUBT))
        return _decided(lines, rows, ends, sizes, np.full(len(rows), cut_at + 0.5), True, model)
    sizes = measured(lines, rows, broken, np.zeros(len(rows), dtype=np.int64), fit=False)
    rooms, region = region_of(sizes.width, broken)
    if not rooms or not _full_enough(sizes, broken, np.array(rooms)[region]):
        return None
    # A line after one that stops in mid-sentence is no first line, which may have less room.
    later = np.append(False, joints.open_end[rows[:-1]]) & (ends.start != ITEM)
    sizes = measured(lines, rows, broken & later & (np.append(ends.start[1:], NEVER) != ITEM), region, fit=True)
    return _decided(lines, rows, ends, sizes, _rooms(sizes, broken, region), False, model)


def _full_enough(sizes: Measured, broken: Mask, room: Floats) -> bool:
    reach = sizes.width + np.append(sizes.token[1:], 1.0)
    full = (reach >= _FULL_SHARE * room)[broken]
    over = float((sizes.width > 1.15 * room + 2).mean())
    return bool(full.mean() >= _MIN_FULL and room.max() <= _MAX_WIDTH and over <= 0.1)


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


def _decided(
    lines: Lines, rows: Ints, ends: Edges, sizes: Measured, room: Floats, by_chars: bool, model: Reading
) -> Layout:
    upper, token, doubt, room = sizes.width[:-1], sizes.token[1:], sizes.doubt[:-1], room[:-1]
    hangs = (upper > room) & (ends.end[:-1] != OPENED) & (not by_chars)
    upper = np.where(hangs, upper - 2.0, upper)  # a sign of punctuation may hang over the edge
    early = 0.0 if by_chars else EARLY_SHARE
    width = of_width(room, upper, token, doubt, early)
    short = upper + token < room - _SURELY_SHORT - 3 * doubt
    sure_last = short & (ends.start[1:] != NEVER)
    sure_on = (width > 1.0) & np.isin(ends.end[:-1], (OPENED, COMMA)) & (ends.start[1:] != ITEM)
    odds = _of_text(lines, rows, ends, sure_last) + _of_place(lines, rows, sure_last, sure_on)
    odds += np.log((sure_on.sum() + 2.0) / (sure_last.sum() + 2.0))
    odds += _of_reading(lines, rows, ends, np.abs(odds + width) < _UNSURE, model)
    goes_on, best = joined(odds + width, odds + width)
    if not by_chars:
        first = of_width(room - _INDENT, upper, token, doubt, early)
        with_indent, value = joined(odds + width, odds + first)
        if value > best + _INDENT_COSTS:
            goes_on = with_indent
    return Layout(goes_on, room, by_chars)


def _of_text(lines: Lines, rows: Ints, ends: Edges, sure_last: Mask) -> Floats:
    inner = shape_counts(lines, rows)
    chars = int(lines.length[rows].sum())
    out: Floats = of_end(ends.end[:-1], sure_last, inner, chars) + of_start(ends.start[1:], sure_last)
    return out


def shape_counts(lines: Lines, rows: Ints) -> Ints:
    """How many ends of sentences, colons, semicolons and commas stand inside the lines."""
    codes = lines.codes[lines.start[rows[0]] : lines.end[rows[-1]]]
    total = [np.isin(codes, [ord(c) for c in signs]).sum() for signs in ("。！？!?…", "：:", "；;", "，、,")]
    last = lines.last[rows]
    edge = [np.isin(last, [ord(c) for c in signs]).sum() for signs in ("。！？!?…", "：:", "；;", "，、,")]
    return np.maximum(np.array(total) - np.array(edge), 0)


def _of_reading(lines: Lines, rows: Ints, ends: Edges, unsure: Mask, model: Reading) -> Floats:
    """How the two lines read, one after the other, where all else leaves it open and no sentence ends between them."""
    out = np.zeros(len(unsure))
    for i in np.flatnonzero(unsure & (ends.end[:-1] != ENDED) & (ends.start[1:] != ITEM)).tolist():
        upper, lower = int(rows[i]), int(rows[i + 1])
        out[i] = goes_on(model, lines, upper, lower)
    return out


def _of_place(lines: Lines, rows: Ints, sure_last: Mask, sure_on: Mask) -> Floats:
    """What blank lines between two lines and the indent of the lower say, as this page uses them."""
    gap = np.minimum(np.diff(rows) - 1, 3)
    indent = lines.indent[rows]
    step = np.clip(indent[1:] - indent.min(), 0, 2) // 2
    return _categorical(gap, sure_last, sure_on, 4) + _categorical(step, sure_last, sure_on, 2)


def _categorical(values: Ints, sure_last: Mask, sure_on: Mask, count: int) -> Floats:
    on = np.bincount(values[sure_on], minlength=count) + 0.2
    last = np.bincount(values[sure_last], minlength=count) + 0.2
    out: Floats = np.clip(np.log((on / on.sum()) / (last / last.sum())), -6.0, 6.0)[values]
    return out
