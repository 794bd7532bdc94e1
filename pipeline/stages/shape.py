"""The shape of lines and their joints: which lines are open at their end, which begin anew, how wide they are."""

import re
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import CLOSE, DIGIT, END, HAN, LATIN, OPEN, Lines, Mask, among
from pipeline.required import digits
from pipeline.stages.forms import Forms, begins

# Characters that a line of its own may begin with, and those that may stand behind them, besides digits and spaces.
_ALONE = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳•·●■◆◇▪▸►▶※○◦★☆*"
_FIRST = "#第附注步问答一二三四五六七八九十(（-–abcdefghijklmnopqrstuvwxyz"
_SECOND = "#一二三四五六七八九十百千零〇、.．是)）:：件骤"


@cache
def _figures() -> str:
    """All digits; U+FFFF stands for those beyond the basic plane."""
    return "".join(char for char in digits() if char <= "\uffff") + "\uffff"


@cache
def _spaces() -> str:
    return "".join(re.findall(r"\s", "".join(map(chr, range(0x10000)))))


def _possible(lines: Lines) -> Mask:
    """Lines that begin with two characters with which those below begin."""
    return begins(lines, _ALONE, _FIRST + _figures(), _SECOND + _figures() + _spaces())


# What begins a line of its own: numbered articles, list signs, headings, steps. Folded, so full width is covered.
STARTS = Forms(
    {
        "item": r"^(?:第[一二三四五六七八九十百千零〇\d]+[条章节款项编部分回届次]|[一二三四五六七八九十]{1,3}\s*[、.．是]|[(（][一二三四五六七八九十\d]{1,3}[)）]|[①-⑳]|\d{1,3}\s*[、.)）](?!\d)|[a-z]\s*[.、)](?=\s|[\u4e00-\u9fff])|[•·●■◆◇▪▸►▶※○◦★☆*]\s?|[-–]\s|附件?\s*\d*\s*[::]|注\s*[::]|步骤\s*\d|问\s*[::]|答\s*[::])",
        "heading": r"^#{1,6}\s",
        # Never the middle of a paragraph, even under a line that stops in mid-sentence.
        "chapter": r"^第[一二三四五六七八九十百零〇\d]+[条章节编部分]\s",
        "dated": r"^(?:19|20)\d\d年\d{1,2}月\d{1,2}日\s",
    },
    where=_possible,
    prefix=16,
)
_OPEN_LAST = "，、,-—－（(《“‘「『/&+＋%％"
_CLOSED_LAST = "。！？!?…：:；;.~～"
_NEVER_FIRST = "，。、；：！？,;:!?)）》」』】〉〕％%·”’"

# Of the lines that have a stop, this share breaks off in mid-sentence on pages of broken lines: 99 of 100 such pages
# (set as PDF and read back) have 0.36 or more, 99 of 100 articles with a paragraph a line 0.25 or less.
_WRAPPED_SHARE = 0.35
# Most of those that break off are within a tenth of one width; fewer than three say nothing.
_SAME_WIDTH, _MOST, _MIN_BROKEN = 0.1, 0.6, 3
# A line of fewer Han characters is no line of print.
_MIN_HAN = 8


class Shape:
    """Columns about the joints of lines; one for each batch (`lines.derived(Shape)`)."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines

    @cached_property
    def _wide(self) -> npt.NDArray[np.int32]:
        """How many characters of full width stand before each place of the batch."""
        out = np.zeros(len(self.lines.codes) + 1, dtype=np.int32)
        np.cumsum(self.lines.codes >= 0x2E80, dtype=np.int32, out=out[1:])
        return out

    @cached_property
    def width(self) -> Ints:
        """Display width of each line without surrounding space, in half-width columns."""
        return self.lines.length + self._wide[self.lines.tail] - self._wide[self.lines.head]

    @cached_property
    def open_end(self) -> Mask:
        """Lines that stop in mid-sentence: the last character is a letter, a Han character, a digit or an opening
        sign.
        """
        kind = self.lines.last_kind & 7
        letter = (kind == HAN) | (kind == LATIN) | (kind == DIGIT)
        last = self.lines.last
        found: Mask = (
            ~self.lines.blank & ~self.lines.ended & (letter | among(last, _OPEN_LAST)) & ~among(last, _CLOSED_LAST)
        )
        return found

    @cached_property
    def closed_start(self) -> Mask:
        """Lines that begin a paragraph by their form: numbered, bulleted, headed."""
        return STARTS.has(self.lines, "item", "heading")

    @cached_property
    def begins(self) -> Mask:
        """Lines that begin a paragraph on a page of broken lines: as above, or with a date and a space, as entries of
        a chronicle and the resolutions at the head of a statute do.
        """
        return STARTS.has(self.lines, "item", "heading", "chapter", "dated")

    @cached_property
    def open_start(self) -> Mask:
        """Lines that cannot begin a paragraph: their first character closes something or parts a sentence."""
        return among(self.lines.first, _NEVER_FIRST) & ~self.lines.blank

    @cached_property
    def signs(self) -> Ints:
        """Where signs stand that end a sentence, or open or close something."""
        return np.flatnonzero((self.lines.kind & (END | OPEN | CLOSE)) != 0)

    @cached_property
    def ends(self) -> Ints:
        """Where signs stand that end a sentence."""
        signs = self.signs
        found: Ints = signs[(self.lines.kind[signs] & END) != 0]
        return found

    @cached_property
    def inner_ends(self) -> Ints:
        """How many sentences end within each line, before its last characters."""
        row = np.searchsorted(self.lines.end, self.ends)
        inside = self.ends < self.lines.tail[row] - 2
        return np.bincount(row[inside], minlength=len(self.lines))

    @cached_property
    def wrapped_width(self) -> npt.NDArray[np.float64]:
        """For each page of broken lines about the width of its lines; infinite for other pages.

        Many of its lines with a stop must break off, and most of those at one width: headlines break off too, anywhere.
        """
        lines = self.lines
        running = (lines.han >= _MIN_HAN) & (lines.stops > 0)
        broken = running & self.open_end
        count = np.bincount(lines.page[running], minlength=lines.pages)
        open_count = np.bincount(lines.page[broken], minlength=lines.pages)
        wrapped = (open_count >= _MIN_BROKEN) & (open_count >= _WRAPPED_SHARE * count)
        rows = np.flatnonzero(broken & wrapped[lines.page])
        rows = rows[np.lexsort((self.width[rows], lines.page[rows]))]
        pages = np.flatnonzero(wrapped)
        out = np.full(lines.pages, np.inf)
        # Three quarters of the way up the widths of each page.
        out[pages] = self.width[rows[np.searchsorted(lines.page[rows], pages) + 3 * open_count[pages] // 4]]
        near = np.abs(self.width[rows] - out[lines.page[rows]]) <= _SAME_WIDTH * out[lines.page[rows]]
        same = np.bincount(lines.page[rows[near]], minlength=lines.pages)
        out[wrapped & (same < _MOST * open_count)] = np.inf
        return out

    @cached_property
    def full(self) -> Mask:
        """Full lines of pages of broken lines: as wide as the page, and stopping in mid-sentence."""
        width = self.wrapped_width[self.lines.page]
        full: Mask = self.open_end & (self.width >= 0.9 * width) & (self.width <= 1.06 * width)
        return full

    def spaced(self, pages: Ints) -> Mask:
        """For each of some pages whether it sets a space between Han and Latin."""
        found = {page: self._spaces(page) for page in set(pages.tolist())}
        return np.fromiter(map(found.__getitem__, pages.tolist()), dtype=bool, count=len(pages))

    def _spaces(self, page: int) -> bool:
        own = slice(int(self.lines.page_start[page]), int(self.lines.page_start[page + 1]))
        kind = self.lines.kind[own] & 7
        han, latin, space = kind == HAN, (kind == LATIN) | (kind == DIGIT), self.lines.codes[own] == 0x20
        tight = np.count_nonzero((han[:-1] & latin[1:]) | (latin[:-1] & han[1:]))
        loose = np.count_nonzero(space[1:-1] & ((han[:-2] & latin[2:]) | (latin[:-2] & han[2:])))
        return bool(loose > tight)


def shape(lines: Lines) -> Shape:
    """The shape of a batch, computed once."""
    return lines.derived(Shape)
