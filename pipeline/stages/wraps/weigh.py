"""The pairs of neighbouring lines of a page, weighed one by one, and the likeliest reading of them all."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from pipeline.corpus.grams import Reading
from pipeline.edit import Ints
from pipeline.lines import PUNCT, Lines, Mask, among
from pipeline.stages.reading import goes_on
from pipeline.stages.wraps.blocks import DEEPER, apart_rows, in_blocks, places, quote_depths
from pipeline.stages.wraps.decode import Lengths, by_lengths, by_pairs
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
    carried,
    of_brackets,
    of_end,
    of_start,
    of_width,
    stopping,
)
from pipeline.stages.wraps.measure import Measured, characters
from pipeline.stages.wraps.openings import Openings
from pipeline.stages.wraps.rows import Floats, Rows

# The units of rooms.
PRINT, BY_HAND, CHARACTERS = "columns", "columns, broken by hand", "characters"

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
    """The lines of some pages that are joined with the next: columns over the pairs of `rows`.

    `width` is the room of each upper line, in the `unit` of its page: columns, or characters where a program cut the
    lines after so many, words and all. `full` marks lines that the first word of the next would not have fitted in,
    `end` says how each ends, `odds` how sure the join is.
    """

    rows: Rows
    goes_on: Mask
    width: Floats
    unit: list[str]
    full: Mask
    end: Ints
    odds: Floats

    def only(self, pages: Mask) -> "Layout":
        """The same with the lines of other pages apart."""
        return replace(self, goes_on=self.goes_on & pages[self.rows.pair_page])

    def reasons(self) -> list[str]:
        """Why each line that goes on does so, in a few words."""
        on = np.flatnonzero(self.goes_on)
        units = [self.unit[page] for page in self.rows.pair_page[on].tolist()]
        columns = (
            self.width[on].tolist(),
            units,
            self.full[on].tolist(),
            self.end[on].tolist(),
            self.odds[on].tolist(),
        )
        return [f"{_told(*line)} (log odds {odds:.1f})" for *line, odds in zip(*columns, strict=True)]


_ENDS = {ENDED: "ends a sentence", COLON: "ends in a colon", SEMICOLON: "ends in a semicolon", COMMA: "ends in a comma"}
_ENDS |= {OPENED: "breaks off in a sentence", SIGN: "ends in a sign"}


@lru_cache(maxsize=1 << 10)
def _told(width: float, unit: str, full: bool, end: int) -> str:
    """What a line is like, in a few words; the lines of a page are of one width."""
    return f"line of {width:.0f} {unit}, {'full' if full else 'stops early'}, {_ENDS[end]}"


class Sheets:
    """What is known of the rows of some pages besides their widths."""

    def __init__(self, lines: Lines, rows: Rows, ends: Edges, model: Reading) -> None:
        self.lines, self.rows, self.model = lines, rows, model
        upper, lower = rows.upper, rows.upper + 1
        self.end, self.start = ends.end[upper], ends.start[lower]
        self.where = where = places(lines, rows, ends.start == ITEM)
        apart, depth = apart_rows(lines, rows), quote_depths(lines, rows.row)
        self.apart: Mask = apart[upper] | apart[lower] | (depth[upper] != depth[lower])
        running = (lines.han[rows.row] >= _MIN_HAN) & ~apart
        # Items of a list, code and tables follow each other in their own way.
        self.plain: Mask = running[upper] & running[lower] & (self.start != ITEM)
        goes = (self.end == OPENED) | (self.end == COMMA)
        ended = (self.end == ENDED) | (self.end == COLON) | (self.end == SEMICOLON)
        above, text = ~self.apart & (self.start != ITEM), lines.han[rows.row[upper]] > 0
        parted: Mask = where.gap > 0
        pairs = np.where(parted, ~apart[upper] & text, running[upper] & above)
        self.in_blocks = in_blocks(rows, parted, pairs, goes, ended)
        # Or first lines are indented, and blank lines say nothing.
        indented = above & (where.step == DEEPER)
        pairs = above & np.where(indented, text, running[upper])
        self.by_indent = ~self.in_blocks & in_blocks(rows, indented, pairs, goes, ended)
        self.parted = parted
        self._chars = np.bincount(rows.page, weights=lines.length[rows.row], minlength=rows.pages)
        self._seen, self._carried = _inner(lines, rows), carried(rows, self.start)
        self._brackets = of_brackets(lines, rows)
        self._openings = Openings(lines, rows, self.end == ENDED)

    def part_by_indent(self, pages: Mask) -> None:
        """Take indents, not blank lines, for what parts the paragraphs of some pages."""
        self.parted = np.where(pages[self.rows.pair_page], self.where.step == DEEPER, self.parted)
        self.in_blocks = self.in_blocks | pages

    def text(self, last: Mask) -> Floats:
        """What the ends and beginnings of the lines say, where `last` marks lines that end a paragraph."""
        found = of_end(self.rows, self.end, last, self._seen, self._chars, self._carried)
        return found + of_start(self.rows, self.start, last) + self._openings.odds(last) + self._brackets

    def place(self, last: Mask, on: Mask) -> Floats:
        """What blank lines between two lines and the indent of the lower say, as their page uses them."""
        gap, step = self.where
        last, on = last & self.plain, on & self.plain
        # Items of a list follow each other without blank lines.
        between = np.where(self.parted, -_BLOCK, np.where(self.start == ITEM, 0.0, _INNER))
        habit = _habit(self.rows, gap, last, on, 4)
        return _habit(self.rows, step, last, on, 3) + np.where(self.in_blocks[self.rows.pair_page], between, habit)

    def read(self, unsure: Mask) -> Floats:
        """How the two lines read, one after the other, where all else leaves it open and no sentence ends between."""
        out = np.zeros(len(unsure))
        asked = np.flatnonzero(unsure & (self.end != ENDED) & (self.start != ITEM))
        at = self.rows.upper[asked]
        out[asked] = goes_on(self.model, self.lines, self.rows.row[at], self.rows.row[at + 1])
        return out


def weighed(sheets: Sheets, sizes: Measured, room: Floats, shares: Floats, unit: list[str]) -> Layout:
    """The likeliest reading of pages whose lines have that room; `shares`, for each page, are those of lines that stop
    early.
    """
    rows, page = sheets.rows, sheets.rows.pair_page
    in_print = np.array([one == PRINT for one in unit], dtype=bool)
    upper, token, doubt = sizes.width[rows.upper], sizes.token[rows.upper + 1], sizes.doubt[rows.upper]
    room = room[rows.upper]
    # A sign of punctuation may hang over the edge.
    upper = np.where(in_print[page] & (upper > room) & (sheets.end != OPENED), upper - 2.0, upper)
    last = (upper + token < room - _SURELY_SHORT - 3 * doubt) & (sheets.start != NEVER)
    last &= ~sheets.in_blocks[page] | sheets.parted
    width = of_width(room, upper, token, doubt, shares[page])
    on = (width > 1.0) & ((sheets.end == OPENED) | (sheets.end == COMMA)) & (sheets.start != ITEM)
    read = np.zeros(len(upper))
    for again in range(_ROUNDS):
        if again and in_print.any():
            width = of_width(room, upper, token, doubt, shares[page])
        odds = sheets.text(last) + sheets.place(last, on) - _APART * sheets.apart
        habit = np.log((rows.pairs(on) + 2.0) / (rows.pairs(last) + 2.0))
        odds += habit[page]
        if not again:
            read = sheets.read(np.abs(odds + width) < _UNSURE)
        odds += read
        sure, left = odds + width, room
        first = np.where(in_print[page], odds + of_width(room - _INDENT, upper, token, doubt, shares[page]), sure)
        if again:
            goes_on, sure, left = _by_lengths(sheets, in_print, sure, first, habit, on, room)
        else:
            goes_on, sure, left = _by_pairs(rows, in_print, sure, first, room)
        found = stopping(rows, left - upper - token, goes_on, shares)
        shares = np.where(in_print[:, None], found, shares)
        last, on = ~goes_on, goes_on
    return Layout(rows, goes_on, room, unit, upper + token > left, sheets.end, sure)


def _by_pairs(rows: Rows, in_print: Mask, odds: Floats, first: Floats, room: Floats) -> tuple[Mask, Floats, Floats]:
    """Which lines go on, how sure that is and the room of each, where on some pages first lines may have less room."""
    goes_on, sure, left = odds > 0, odds.copy(), room.copy()
    for _, _, own in rows.slices(in_print):
        with_indent, value = by_pairs(odds[own], first[own])
        if value > np.maximum(odds[own], 0.0).sum() + _INDENT_COSTS:
            _indent(own, with_indent, goes_on, sure, left, first)
    return goes_on, sure, left


def _by_lengths(
    sheets: Sheets, in_print: Mask, odds: Floats, first: Floats, habit: Floats, on: Mask, room: Floats
) -> tuple[Mask, Floats, Floats]:
    """The same, where the paragraphs of a page are about as long as `on` says."""
    rows = sheets.rows
    goes_on, sure, left = odds > 0, odds.copy(), room.copy()
    chars = sheets.lines.length[rows.row].astype(np.float64)
    some = rows.pairs(np.minimum(np.abs(odds), np.abs(first)) < _UNSURE) > 0
    for page, lines, own in rows.slices(some | in_print):
        lengths = Lengths.of(chars[lines], on[own])
        plain = (odds[own], odds[own], float(habit[page]), chars[lines], lengths)
        goes_on[own], best = by_lengths(*plain)
        if in_print[page]:
            with_indent, value = by_lengths(odds[own], first[own], *plain[2:])
            if value > best + _INDENT_COSTS:
                _indent(own, with_indent, goes_on, sure, left, first)
    return goes_on, sure, left


def _indent(own: slice, with_indent: Mask, goes_on: Mask, sure: Floats, left: Floats, first: Floats) -> None:
    """Set what holds on a page whose first lines have less room."""
    starts = np.append(True, ~with_indent[:-1])[: len(with_indent)]
    goes_on[own] = with_indent
    left[own] -= _INDENT * starts
    sure[own] = np.where(starts, first[own], sure[own])


# The signs that close a sentence, and colons, semicolons, commas.
_SIGNS = ("。！？!?…", "：:", "；;", "，、,")


def _inner(lines: Lines, rows: Rows) -> Ints:
    """For each page how many ends of sentences, colons, semicolons and commas stand inside its lines."""
    counts = np.zeros((rows.pages, len(_SIGNS)), dtype=np.int64)
    place, row = characters(lines.head[rows.row], lines.tail[rows.row] - 1)
    punct = (lines.kind[place] & 7) == PUNCT
    codes, page = lines.codes[place[punct]], rows.page[row[punct]]
    for i, signs in enumerate(_SIGNS):
        counts[:, i] = np.bincount(page[among(codes, signs)], minlength=rows.pages)
    return counts


def _habit(rows: Rows, values: Ints, last: Mask, on: Mask, count: int) -> Floats:
    share_on = rows.kinds(values, on, count) + 0.2
    share_last = rows.kinds(values, last, count) + 0.2
    odds = np.log(share_on / share_on.sum(1, keepdims=True)) - np.log(share_last / share_last.sum(1, keepdims=True))
    out: Floats = np.clip(odds, -_MOST, _MOST)[rows.pair_page, values]
    return out
