"""The layout of a wrapped page, and what it says of each pair of neighbouring lines."""

from dataclasses import dataclass

import numpy as np

from pipeline.corpus.grams import Reading
from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.reading import goes_on
from pipeline.stages.shape import Shape
from pipeline.stages.wraps.blocks import DEEPER, Places, apart_rows, in_blocks, places, quote_depths
from pipeline.stages.wraps.decode import joined
from pipeline.stages.wraps.evidence import (
    COLON,
    COMMA,
    ENDED,
    HAND,
    ITEM,
    NEVER,
    OPENED,
    SEMICOLON,
    SHARES,
    SIGN,
    Edges,
    edges,
    of_end,
    of_start,
    of_width,
    stopping,
)
from pipeline.stages.wraps.measure import Floats, Measured, measured
from pipeline.stages.wraps.openings import of_opening
from pipeline.stages.wraps.regions import region_of

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
# A line that stops short of its room by more is one that nothing stopped but its end.
_SURELY_SHORT = 3.0
# First lines that lost their indent on the way are shorter by two characters. In columns.
_INDENT = 4.0
# So much likelier must a page be with such an indent than without one: few pages have lost theirs.
_INDENT_COSTS = 2.0
# The page is read twice: first by what pages do, then by what this one was seen to do.
_ROUNDS = 2
# Lines broken by hand are of the width of a terminal, or a little more or less.
_MIN_HAND, _MAX_HAND = 50.0, 110.0
# What blank lines say where they part paragraphs, and code and tables say always; and the most that a habit says.
_BLOCK, _INNER, _APART, _MOST = 8.0, 5.5, 30.0, 6.0
# Pairs whose log odds are beyond this are not read.
_UNSURE = 5.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines of one page that are joined with the next; `width` is the room of each in `unit`: columns, or
    characters where a program cut the lines after so many, words and all. `full` marks lines that the first word of
    the next would not have fitted in, `end` says how each ends, `odds` how sure the join is.
    """

    goes_on: Mask
    width: Floats
    unit: str
    full: Mask
    end: Ints
    odds: Floats

    def reason(self, i: int) -> str:
        """Why row i goes on in the next, in a few words."""
        full = "full" if self.full[i] else "stops early"
        return f"line of {self.width[i]:.0f} {self.unit}, {full}, {_ENDS[self.end[i]]} (log odds {self.odds[i]:.1f})"


_ENDS = {ENDED: "ends a sentence", COLON: "ends in a colon", SEMICOLON: "ends in a semicolon", COMMA: "ends in a comma"}
_ENDS |= {OPENED: "breaks off in a sentence", SIGN: "ends in a sign"}


def layout_of(lines: Lines, joints: Shape, rows: Ints, model: Reading) -> Layout | None:
    """The layout of a page whose lines are broken at a width, or at a few, or by hand; None for other pages."""
    running = lines.han[rows] >= _MIN_HAN
    broken = joints.open_end[rows] & running
    if broken.sum() < 2 or broken.sum() < _MIN_OPEN_SHARE * running.sum() or not _flows(lines, rows, joints):
        return None
    ends = edges(lines, joints, rows)
    page = _Page(lines, rows, ends, places(lines, rows, ends.start == ITEM), apart_rows(lines, rows), model)
    cut_at = _cut_at(lines, joints, rows, broken)
    if cut_at:
        chars = (lines.end[rows] - lines.start[rows]).astype(np.float64)
        sizes = Measured(chars, np.ones(len(rows)), np.full(len(rows), _NO_DOUBT))
        return _decided(page, sizes, np.full(len(rows), cut_at + 0.5), np.zeros(2), "characters")
    sizes = measured(lines, rows, broken, np.zeros(len(rows), dtype=np.int64), fit=False)
    rooms, region = region_of(sizes.width, broken)
    least = _MIN_EXACT if page.in_blocks else _MIN_FULL
    if not rooms or not _full_enough(sizes, broken, np.array(rooms)[region], least):
        room = float(np.percentile(sizes.width[running], 95))
        if not (page.in_blocks or page.by_indent) or not _MIN_HAND <= room <= _MAX_HAND:
            return None
        if page.by_indent:
            page.part_by_indent()
        return _decided(page, sizes, np.full(len(rows), room + 1.0), HAND, "columns, broken by hand")
    # A line after one that stops in mid-sentence is no first line, which may have less room.
    later = np.append(False, joints.open_end[rows[:-1]]) & (ends.start != ITEM)
    sizes = measured(lines, rows, broken & later & (np.append(ends.start[1:], NEVER) != ITEM), region, fit=True)
    return _decided(page, sizes, _rooms(sizes, broken, region), HAND if page.in_blocks else SHARES, "columns")


class _Page:
    """What is known of the rows of a page besides their widths."""

    def __init__(self, lines: Lines, rows: Ints, ends: Edges, where: Places, apart: Mask, model: Reading) -> None:
        self.lines, self.rows, self.ends, self.where, self.model = lines, rows, ends, where, model
        depth = quote_depths(lines, rows)
        self.apart: Mask = apart[:-1] | apart[1:] | (depth[:-1] != depth[1:])
        running = (lines.han[rows] >= _MIN_HAN) & ~apart
        # Items of a list, code and tables follow each other in their own way.
        self.plain: Mask = running[:-1] & running[1:] & (ends.start[1:] != ITEM)
        goes, ended = np.isin(ends.end[:-1], (OPENED, COMMA)), np.isin(ends.end[:-1], (ENDED, COLON, SEMICOLON))
        above = ~self.apart & (ends.start[1:] != ITEM)
        self.parted: Mask = where.gap > 0
        pairs = np.where(self.parted, ~apart[:-1] & (lines.han[rows[:-1]] > 0), running[:-1] & above)
        self.in_blocks = in_blocks(self.parted, pairs, goes, ended)
        # Or first lines are indented, and blank lines say nothing.
        indented = above & (where.step == DEEPER)
        pairs = above & np.where(indented, lines.han[rows[:-1]] > 0, running[:-1])
        self.by_indent = not self.in_blocks and in_blocks(indented, pairs, goes, ended)

    def part_by_indent(self) -> None:
        """Take indents, not blank lines, for what parts the paragraphs of the page."""
        self.parted, self.in_blocks = self.where.step == DEEPER, True


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


def _decided(page: _Page, sizes: Measured, room: Floats, shares: Floats, unit: str) -> Layout:
    ends, in_print = page.ends, unit == "columns"
    upper, token, doubt, room = sizes.width[:-1], sizes.token[1:], sizes.doubt[:-1], room[:-1]
    if in_print:
        hangs = (upper > room) & (ends.end[:-1] != OPENED)
        upper = np.where(hangs, upper - 2.0, upper)  # a sign of punctuation may hang over the edge
    last = (upper + token < room - _SURELY_SHORT - 3 * doubt) & (ends.start[1:] != NEVER)
    if page.in_blocks:
        last &= page.parted
    on = (of_width(room, upper, token, doubt, shares) > 1.0) & np.isin(ends.end[:-1], (OPENED, COMMA))
    on &= ends.start[1:] != ITEM
    read = np.zeros(len(upper))
    for again in range(_ROUNDS):
        width = of_width(room, upper, token, doubt, shares)
        odds = _of_text(page, last) + _of_place(page, last, on) - _APART * page.apart
        odds += np.log((on.sum() + 2.0) / (last.sum() + 2.0))
        if not again:
            read = _of_reading(page, np.abs(odds + width) < _UNSURE)
        odds += read
        goes_on, best = joined(odds + width, odds + width)
        left, sure = room, odds + width
        if in_print:
            first = of_width(room - _INDENT, upper, token, doubt, shares)
            with_indent, value = joined(odds + width, odds + first)
            if value > best + _INDENT_COSTS:
                goes_on, starts = with_indent, np.append(True, ~with_indent[:-1])
                left, sure = room - _INDENT * starts, odds + np.where(starts, first, width)
            shares = stopping(left, upper, token, goes_on, shares)
        last, on = ~goes_on, goes_on
    return Layout(goes_on, room, unit, upper + token > left, ends.end, sure)


def _of_text(page: _Page, sure_last: Mask) -> Floats:
    lines, rows = page.lines, page.rows
    chars = int(lines.length[rows].sum())
    out: Floats = of_end(page.ends.end[:-1], sure_last, _inner(lines, rows), chars)
    out += of_start(page.ends.start[1:], sure_last)
    return out + of_opening(lines, rows, page.ends.end[:-1] == ENDED, sure_last)


_SIGNS = [[ord(c) for c in signs] for signs in ("。！？!?…", "：:", "；;", "，、,")]


def _inner(lines: Lines, rows: Ints) -> Ints:
    """How many ends of sentences, colons, semicolons and commas stand inside the lines."""
    codes, last = lines.codes[lines.start[rows[0]] : lines.end[rows[-1]]], lines.last[rows]
    counts = [np.isin(codes, signs).sum() - np.isin(last, signs).sum() for signs in _SIGNS]
    inner: Ints = np.maximum(np.array(counts), 0)
    return inner


def _of_reading(page: _Page, unsure: Mask) -> Floats:
    """How the two lines read, one after the other, where all else leaves it open and no sentence ends between them."""
    out = np.zeros(len(unsure))
    asked = unsure & (page.ends.end[:-1] != ENDED) & (page.ends.start[1:] != ITEM)
    for i in np.flatnonzero(asked).tolist():
        out[i] = goes_on(page.model, page.lines, int(page.rows[i]), int(page.rows[i + 1]))
    return out


def _of_place(page: _Page, last: Mask, on: Mask) -> Floats:
    """What blank lines between two lines and the indent of the lower say, as this page uses them."""
    gap, step = page.where
    last, on = last & page.plain, on & page.plain
    out = _categorical(step, last, on, 3)
    if page.in_blocks:
        return out + np.where(page.parted, -_BLOCK, _INNER)
    return out + _categorical(gap, last, on, 4)


def _categorical(values: Ints, last: Mask, on: Mask, count: int) -> Floats:
    share_on = np.bincount(values[on], minlength=count) + 0.2
    share_last = np.bincount(values[last], minlength=count) + 0.2
    odds = np.log((share_on / share_on.sum()) / (share_last / share_last.sum()))
    out: Floats = np.clip(odds, -_MOST, _MOST)[values]
    return out
