"""The pairs of neighbouring lines of a page, weighed one by one, and the likeliest reading of them all."""

from dataclasses import dataclass

import numpy as np

from pipeline.corpus.grams import Reading
from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.reading import goes_on
from pipeline.stages.wraps.blocks import DEEPER, Places, in_blocks, quote_depths
from pipeline.stages.wraps.decode import joined
from pipeline.stages.wraps.evidence import (
    COLON,
    COMMA,
    ENDED,
    ITEM,
    NEVER,
    OPENED,
    SEMICOLON,
    SIGN,
    Edges,
    of_end,
    of_start,
    of_width,
    stopping,
)
from pipeline.stages.wraps.measure import Floats, Measured
from pipeline.stages.wraps.openings import of_opening

# A line of fewer Han characters is no line of running text.
_MIN_HAN = 8
# A line that stops short of its room by more is one that nothing stopped but its end.
_SURELY_SHORT = 3.0
# First lines that lost their indent on the way are shorter by two characters. In columns.
_INDENT = 4.0
# So much likelier must a page be with such an indent than without one: few pages have lost theirs.
_INDENT_COSTS = 2.0
# The page is read twice: first by what pages do, then by what this one was seen to do.
_ROUNDS = 2
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


class Page:
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


def weighed(page: Page, sizes: Measured, room: Floats, shares: Floats, unit: str) -> Layout:
    """The likeliest reading of a page whose lines have that room; `shares` are those of lines that stop early."""
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


def _of_text(page: Page, sure_last: Mask) -> Floats:
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


def _of_reading(page: Page, unsure: Mask) -> Floats:
    """How the two lines read, one after the other, where all else leaves it open and no sentence ends between them."""
    out = np.zeros(len(unsure))
    asked = unsure & (page.ends.end[:-1] != ENDED) & (page.ends.start[1:] != ITEM)
    for i in np.flatnonzero(asked).tolist():
        out[i] = goes_on(page.model, page.lines, int(page.rows[i]), int(page.rows[i + 1]))
    return out


def _of_place(page: Page, last: Mask, on: Mask) -> Floats:
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
