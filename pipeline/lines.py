"""Lines: the columns of a batch, computed once in NumPy and shared by every rule of a stage.

A batch is one text: its pages joined by a line feed. Every line of every page is a row; lines split on U+000A only.
Rules are masks over the columns; patterns see `folded`, a copy of equal length in which width, script and case are
folded one to one, so that offsets hold.
"""

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.edit import Ints
from pipeline.hints import CODE, Hints

Mask: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.uint32]
# How many characters, of at most two billion; narrower than positions, which index.
Counts: TypeAlias = npt.NDArray[np.int32]
T = TypeVar("T")

HAN, LATIN, DIGIT, PUNCT, SPACE, OTHER, BREAK = range(7)
STOP, END, CLOSE, OPEN, BULLET = 8, 16, 32, 64, 128  # flags beside the kind, which takes the low three bits

# 、，；：and their half-width forms: signs of prose. Ends close a sentence. An ellipsis ends one only where a stage
# says so.
STOPS = "。！？!?，,、；;…"  # signs of prose; a colon is as much a sign of labels
ENDS = "。！？!?…"
CLOSERS = "”’」』）》】〉〕)]}\"'"
OPENERS = "“‘「『（《【〈〔([{"
BULLETS = "•·●■◆◇▪▸►▶※○◦★☆∙‧・-–—*+>"
_SIZE = 0x110000


def _ranges(table: npt.NDArray[np.uint8], kind: int, *spans: tuple[int, int]) -> None:
    for low, high in spans:
        table[low : high + 1] = kind


@cache
def kinds() -> npt.NDArray[np.uint8]:
    """For each code point its kind (low three bits) and flags."""
    t = np.full(_SIZE, OTHER, dtype=np.uint8)
    _ranges(
        t, LATIN, (0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xB5, 0xB5), (0xBA, 0xBA), (0xC0, 0x24F), (0x370, 0x52F)
    )
    _ranges(t, LATIN, (0x1E00, 0x1FFF), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    t[[0xD7, 0xF7]] = OTHER
    _ranges(t, DIGIT, (0x30, 0x39), (0xFF10, 0xFF19))
    _ranges(t, PUNCT, (0x2500, 0x257F), (0x25A0, 0x25C8))  # box drawing, squares, triangles, diamonds
    _ranges(t, PUNCT, (0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E), (0xA1, 0xA9), (0xAB, 0xB4), (0xB6, 0xB9))
    _ranges(
        t, PUNCT, (0xBB, 0xBF), (0x2010, 0x2027), (0x2030, 0x205E), (0x3001, 0x3004), (0x3008, 0x3020), (0x3030, 0x3030)
    )
    _ranges(
        t,
        PUNCT,
        (0x30FB, 0x30FB),
        (0xFE30, 0xFE6F),
        (0xFF01, 0xFF0F),
        (0xFF1A, 0xFF20),
        (0xFF3B, 0xFF40),
        (0xFF5B, 0xFF65),
    )
    _ranges(
        t,
        HAN,
        (0x2E80, 0x2FDF),
        (0x3005, 0x3007),
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0xF900, 0xFAFF),
        (0x20000, 0x3FFFF),
    )
    _ranges(
        t,
        SPACE,
        (0x09, 0x09),
        (0x0B, 0x0D),
        (0x20, 0x20),
        (0x85, 0x85),
        (0xA0, 0xA0),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
    )
    t[[0x1680, 0x202F, 0x205F, 0x3000]] = SPACE
    t[0x0A] = BREAK
    for chars, flag in ((STOPS, STOP), (ENDS, END), (CLOSERS, CLOSE), (OPENERS, OPEN), (BULLETS, BULLET)):
        t[[ord(c) for c in chars]] |= flag
    return t


# The columns that are counted together, when one of them is asked for; each has so many bits of a sum.
_COUNTS = ("han", "latin", "digit", "punct", "space", "stops")
_COUNT_BITS = 10


@cache
def _weights() -> npt.NDArray[np.uint64]:
    """For each kind with its flags what it adds to the sum that holds all counts."""
    t = np.arange(256)
    kind = t & 7
    counted = (kind == HAN, kind == LATIN, kind == DIGIT, kind == PUNCT, kind == SPACE, (t & STOP) > 0)  # _COUNTS
    found: npt.NDArray[np.uint64] = sum(
        m.astype(np.uint64) << np.uint64(_COUNT_BITS * i) for i, m in enumerate(counted)
    )
    return found


# Where a line begins or ends with more spaces, those of the whole batch are looked for.
_MOST_SPACES = 12
# The columns that are computed together, when one of them is asked for.
_EDGES = frozenset({"blank", "head", "tail", "length", "indent", "first", "last", "first_kind", "last_kind"})


@cache
def fold_table() -> npt.NDArray[np.uint32]:
    """Code point to folded code point: full width to ASCII, traditional to simplified, upper to lower case."""
    t = np.arange(_SIZE, dtype=np.uint32)
    text = resources.files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text(encoding="utf-8")
    for row in text.split("\n"):
        key, _, values = row.partition("\t")
        simple = values.split(" ")[0].strip()
        if len(key) == 1 and len(simple) == 1:
            t[ord(key)] = ord(simple)
    t[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    for low, high in ((0x41, 0x5B), (0xFF21, 0xFF3B)):
        t[low:high] = np.arange(0x61, 0x7B)
    spaces = [c for c in np.flatnonzero((kinds() & 7) == SPACE).tolist() if c != 0x09]
    t[spaces] = 0x20
    for odd, plain in {
        "﹕": ":",
        "∶": ":",
        "︰": ":",
        "｡": "。",
        "－": "-",
        "〉": ">",
        "›": ">",
        "»": ">",
        "｜": "|",
        "│": "|",
    }.items():
        t[ord(odd)] = ord(plain)
    return t


@cache
def _members(chars: str) -> Mask:
    """For each code point of the basic plane whether it is one of some; the last one stands for all others."""
    table = np.zeros(1 << 16, dtype=bool)
    table[[ord(char) for char in chars]] = True
    return table


def among(codes: npt.NDArray[Any], chars: str) -> Mask:
    """Which code points are one of some characters of the basic plane.

    >>> among(codes_of("甲，乙"), "，。").tolist()
    [False, True, False]
    """
    found: Mask = _members(chars).take(codes, mode="clip")
    return found


def looked_up(table: npt.NDArray[Any], codes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """What a table has for each code, which must be within it; not to be written to.

    NumPy makes the codes 64 bits wide first, which takes as long as looking them up.
    """
    found: npt.NDArray[Any] = pc.take(pa.array(table), pa.array(codes), boundscheck=False).to_numpy()
    return found


def codes_of(text: str) -> Codes:
    """The code points of a text; lone surrogates stand for themselves."""
    # NumPy takes them as they lie in the string, in a fifth of the time in which UTF-32 is encoded.
    return np.array([text]).view(np.uint32) if text else np.zeros(0, dtype=np.uint32)


def text_of(codes: Codes) -> str:
    """The text of an array of code points."""
    return str(np.ascontiguousarray(codes).data, "utf-32-le", "surrogatepass")


class Lines:
    """The columns of a batch. Rows are lines, in the order of the text; positions count code points of the batch.

    `start`, `end`: the line without its line feed; `head`, `tail`: the same without surrounding space; `page`: index
    of the page; `length` = tail - head; `blank`; `indent` = head - start; `first`, `last`: first and last character;
    `han`, `latin`, `digit`, `punct`, `space`, `stops`: counts of characters in [start, end).
    """

    han: Counts
    latin: Counts
    digit: Counts
    punct: Counts
    space: Counts
    stops: Counts

    def __init__(self, codes: Codes, page_start: Ints, hints: Hints | None = None) -> None:
        self.codes = codes
        # What tags said of the lines, where pages came as HTML; `hint` finds the row of a line.
        self.hints = Hints.empty() if hints is None else hints
        # One more than there are pages: page p is text[page_start[p] : page_start[p + 1] - 1].
        self.page_start = page_start
        self.kind: npt.NDArray[np.uint8] = looked_up(kinds(), self.codes)
        breaks = np.flatnonzero(self.kind == BREAK)
        self.end: Ints = breaks
        self.start: Ints = np.concatenate(([0], breaks[:-1] + 1)) if len(breaks) else breaks
        per_page = np.searchsorted(self.start, page_start)
        self.first_row: Ints = per_page[:-1]
        self.end_row: Ints = per_page[1:]
        self.page = np.repeat(np.arange(len(page_start) - 1), np.diff(per_page))
        self._cache: dict[object, Any] = {}

    @classmethod
    def of(cls, texts: list[str]) -> Self:
        """The lines of some pages."""
        sizes = np.fromiter((len(t) + 1 for t in texts), dtype=np.int64, count=len(texts))
        text = "\n".join([*texts, ""]) if texts else ""
        lines = cls(codes_of(text), np.concatenate(([0], np.cumsum(sizes))))
        lines.text = text
        return lines

    def part(self, pages: Sequence[int]) -> Self:
        """The lines of some of the pages, as a batch of their own."""
        starts = self.page_start
        out = type(self).of([self.text[starts[p] : starts[p + 1] - 1] for p in pages])
        if len(self.hints):
            out.hints = Hints.of_pages([self.hints.of_page(p, starts) for p in pages], out.page_start)
        return out

    # Stages that look at single characters need none of these columns, and a batch is made anew after every stage.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in _COUNTS:
                self._count()
            elif name in _EDGES:
                self._edges()
            else:
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            return self.__dict__[name]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def pages(self) -> int:
        """How many pages the batch has."""
        return len(self.page_start) - 1

    def _count(self) -> None:
        # Every line ends in a line feed, which counts for nothing. A piece of a long one has as many characters as a
        # count holds.
        most = (1 << _COUNT_BITS) - 1
        long = np.flatnonzero(self.end - self.start > most)
        further = [np.arange(self.start[row] + most, self.end[row], most) for row in long.tolist()]
        at = np.sort(np.concatenate([self.start, *further])) if further else self.start
        packed = np.add.reduceat(looked_up(_weights(), self.kind), at) if len(self) else np.zeros(0, dtype=np.uint64)
        for i, name in enumerate(_COUNTS):
            column = (packed >> np.uint64(_COUNT_BITS * i) & np.uint64(most)).astype(np.int32)
            self.__dict__[name] = np.add.reduceat(column, np.searchsorted(at, self.start)) if further else column

    def _edges(self) -> None:
        self.head: Ints = self.start.copy()
        self.tail: Ints = self.end.copy()
        # Most lines begin and end with no space; of an empty line the first character is its line feed.
        spaced = np.flatnonzero((self.kind[self.start] & 7) == SPACE)
        trailing = np.flatnonzero(((self.kind[self.end - 1] & 7) == SPACE) & (self.end > self.start))
        for _ in range(_MOST_SPACES):
            self.head[spaced] += 1
            spaced = spaced[(self.kind[self.head[spaced]] & 7) == SPACE]
            self.tail[trailing] -= 1
            trailing = trailing[(self.kind[self.tail[trailing] - 1] & 7) == SPACE]
        if len(spaced) or len(trailing):
            low = self.kind & 7
            solid = np.flatnonzero((low != SPACE) & (low != BREAK))
            following = np.append(solid, len(self.codes))[np.searchsorted(solid, self.start[spaced])]
            self.head[spaced] = np.minimum(following, self.end[spaced])
            before = np.append(solid, -1)[np.searchsorted(solid, self.end[trailing]) - 1]
            self.tail[trailing] = before + 1
        self.blank: Mask = self.head == self.end
        np.copyto(self.tail, self.end, where=self.blank)
        self.length: Counts = (self.tail - self.head).astype(np.int32)
        self.indent: Ints = np.where(self.blank, 0, self.head - self.start)
        self.first = np.where(self.blank, 0, self.codes[self.head])
        self.last = np.where(self.blank, 0, self.codes[self.tail - 1])
        self.first_kind = np.where(self.blank, 0, self.kind[self.head])
        self.last_kind = np.where(self.blank, 0, self.kind[self.tail - 1])

    @cached_property
    def text(self) -> str:
        """The text of the batch, every page with a line feed behind it."""
        return text_of(self.codes)

    @cached_property
    def folded_codes(self) -> npt.NDArray[np.uint32]:
        """The code points of `folded`."""
        return looked_up(fold_table(), self.codes)

    @cached_property
    def folded(self) -> str:
        """The text, folded one to one: same length, same offsets."""
        return text_of(self.folded_codes)

    @cached_property
    def hint(self) -> Ints:
        """For each line its row in `hints`; -1 where its page has none.

        A line that an edit made out of a longer one has the hints of that one; where lines were joined the first tells.
        """
        if not len(self.hints):
            return np.full(len(self), -1, dtype=np.int64)
        at = np.searchsorted(self.hints.at, self.start, side="right") - 1
        own = (at >= 0) & (self.hints.at[at] >= self.page_start[self.page])
        return np.where(own, at, -1)

    @cached_property
    def level(self) -> Ints:
        """For each line the level of the heading that tags make it, 1 to 6; 0 for all others and for plain text."""
        if not len(self.hints):
            return np.zeros(len(self), dtype=np.int64)
        return np.where(self.hint >= 0, self.hints.level[self.hints.block[self.hint]], 0)

    @cached_property
    def code(self) -> Mask:
        """Lines that tags say are code, or other text whose layout counts: `<pre>`; none of plain text."""
        found = np.zeros(len(self), dtype=bool)
        if not (self.hints.kind & CODE).any():
            return found
        within: list[bool] = ((self.hints.kind & CODE) != 0).tolist()
        for element, parent in enumerate(self.hints.parent.tolist()):
            within[element] |= parent >= 0 and within[parent]
        known = self.hint >= 0
        found[known] = np.array(within)[self.hints.block[self.hint[known]]]
        return found & ~self.blank

    @cached_property
    def row(self) -> Ints:
        """The number of each line in its page, from 0."""
        return np.arange(len(self)) - self.first_row[self.page]

    @cached_property
    def bullet(self) -> Mask:
        """Lines that begin with a list sign and a space."""
        second = self.kind[np.minimum(self.head + 1, len(self.kind) - 1)]
        found: Mask = ((self.first_kind & BULLET) > 0) & ((second & 7) == SPACE) & (self.length > 1)
        return found

    @cached_property
    def ended(self) -> Mask:
        """Lines whose last character ends a sentence, closing quotes and brackets passed over."""
        at, kind = self.tail - 1, self.kind
        for _ in range(3):  # 。”） is the longest run in use
            closing = ((kind[at] & CLOSE) > 0) & (at > self.head)
            if not closing.any():
                break
            at = np.where(closing, at - 1, at)
        return ((kind[at] & END) > 0) & ~self.blank

    def string(self, row: int) -> str:
        """The line without surrounding space."""
        return self.text[self.head[row] : self.tail[row]]

    def strings(self, rows: Ints, folded: bool = True, prefix: int | None = None) -> list[str]:
        """Lines without surrounding space, from the folded copy unless told otherwise; of each at most `prefix`
        characters.
        """
        source = self.folded if folded else self.text
        start, end = self.head[rows], self.tail[rows]
        if prefix is not None:
            end = np.minimum(end, start + prefix)
        return [source[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]

    def derived(self, make: Callable[["Lines"], T]) -> T:
        """What `make` computes from these lines, computed once and shared by the rules of a stage."""
        if make not in self._cache:
            self._cache[make] = make(self)
        found: T = self._cache[make]
        return found

    def forget(self) -> None:
        """Let go of what was computed from these lines, much of which holds them: they are not needed any more."""
        self._cache.clear()

    def neighbour(self, step: int) -> Ints:
        """For each row the nearest row that is not blank, `step` = 1 below or -1 above, on the same page; -1 where
        none is.
        """
        key = ("neighbour", step)
        if key not in self._cache:
            solid = ~self.blank
            rows = np.append(np.flatnonzero(solid), -1)
            upto = np.cumsum(solid)
            found = rows[upto] if step > 0 else rows[upto - solid - 1]
            self._cache[key] = np.where((found >= 0) & (self.page[found] == self.page), found, -1)
        result: Ints = self._cache[key]
        return result
