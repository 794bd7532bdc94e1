"""Signals: named patterns over short lines, tried only where a line has what they need, each distinct line once.

Most lines show none of a set's signs, which tables over the grams of the text tell for a batch at once. The others
are read, and menus, pagers and credits repeat from page to page: a set keeps, for each folded line that it read, the
bits of the patterns that match, so that a rule asks a column.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from pipeline.edit import Ints
from pipeline.held import MAX_CHARS, Bits, Tables, ask, gathered, held, openings
from pipeline.lines import Lines, Mask
from pipeline.openings import ALSO, needs
from pipeline.required import checked

# For each of some 25 sets, 200 bytes a line, in two generations: what came again lately stays. In a build of 20,000
# pages 186,000 lines are tried against a set; with half of the memory it would be 208,000, with twice of it 171,000.
_MEMO_LIMIT = 4_000
# Shorter lines with a comma may be items of a list; from here on they are clauses, mostly of broken paragraphs.
_CLAUSE_CHARS = 20
_Pattern: TypeAlias = tuple[int, Callable[[str], object]]


def _sentences(lines: Lines) -> Mask:
    """Lines that end in a full stop."""
    found: Mask = lines.folded_codes[lines.tail - 1] == ord("。")
    return found & ~lines.blank


def _clauses(lines: Lines) -> Mask:
    """Other long lines with a comma."""
    if not len(lines):
        return np.zeros(0, dtype=bool)
    found: Mask = np.logical_or.reduceat(lines.folded_codes == ord(","), lines.start)
    return found & (lines.length >= _CLAUSE_CHARS) & ~lines.derived(_sentences)


class Signals:
    """Patterns by name, at most 63; `of(lines)` gives a column of bits for lines of at most `max_chars` characters.

    `in_sentences` names the patterns that may match a line that ends in a full stop, `in_clauses` those that may match
    a line of 20 characters or more that has a comma; all where they are not given.
    `where` is a mask over the columns that lets through the lines that can match at all.

    >>> signals = Signals({"share": r"分享到", "icp": r"icp备"})
    >>> lines = Lines.of(["分享到:\\n正文\\n京ICP备1号"])
    >>> signals.has(lines, "share", "icp").tolist()
    [True, False, True]
    """

    def __init__(
        self,
        patterns: Mapping[str, str],
        max_chars: int = MAX_CHARS,
        in_sentences: frozenset[str] | None = None,
        in_clauses: frozenset[str] | None = None,
        where: Callable[[Lines], Mask] | None = None,
    ) -> None:
        if len(patterns) > 63:
            raise ValueError(f"{len(patterns)} signals in one set; a column holds 63.")
        self.max_chars = max_chars
        self._where = where
        self.bit = {name: 1 << i for i, name in enumerate(patterns)}
        self._patterns: list[_Pattern] = [(1 << i, checked(p).search) for i, p in enumerate(patterns.values())]
        self._in_sentences = self._allowed(in_sentences)
        self._in_clauses = self._allowed(in_clauses)
        needed = {1 << i: needs(p) for i, p in enumerate(patterns.values())}
        self._known = [(bit, found) for bit, found in needed.items() if found is not None]
        self._always = sum(bit for bit, found in needed.items() if found is None)
        self._all = sum(self.bit.values())
        self._size = np.min_scalar_type(self._all)
        self._short = max_chars <= MAX_CHARS
        # Of how many further sets there is room for the bits beside those of the first.
        self._levels = min(ALSO, 64 // max(len(patterns), 1) - 1) if self._short else 0
        self._place = ask(self._anywhere(), (self._levels + 1) * len(patterns)) if self._short else None
        self._memo: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self._chosen: dict[int, list[_Pattern]] = {}

    def _allowed(self, names: frozenset[str] | None) -> int:
        return sum(bit for name, bit in self.bit.items() if names is None or name in names)

    def _anywhere(self) -> Iterable[tuple[str, int]]:
        """What stands anywhere, with the bits that it stands for: those of further sets are higher ones."""
        for bit, found in self._known:
            for level, grams in enumerate((found.inside, *found.also[: self._levels])):
                yield from ((gram, bit << level * len(self.bit)) for gram in grams)

    @cached_property
    def _opening(self) -> Tables:
        """What stands where the first word begins."""
        return Tables(self._size, ((gram, bit) for bit, found in self._known for gram in found.opening))

    @cached_property
    def _inside(self) -> Tables:
        """What stands anywhere, where `held` does not tell."""
        return Tables(self._size, self._anywhere())

    def possible(self, lines: Lines, rows: Ints) -> Bits:
        """For some lines the bits of the patterns of which each has the grams that they need."""
        if not len(rows):
            return np.zeros(0, dtype=self._size)
        single, pair = lines.derived(openings)
        first, *further = self._held(lines, rows)
        found = self._opening.of_each(single[rows], pair[rows]) | first | self._always
        for form, allowed in ((_sentences, self._in_sentences), (_clauses, self._in_clauses)):
            found[lines.derived(form)[rows]] &= allowed
        for bits in further:
            found &= bits | self._always
        return found

    def _held(self, lines: Lines, rows: Ints) -> list[Bits]:
        """For some lines the bits of the patterns of whose first set they have a gram, and of each further set."""
        if self._place is None:
            inside = self._inside
            return [inside.of_rows(lines, gathered(lines, rows))[rows] if inside.used else self._size.type(0)]
        has = held(lines, self._place)[rows]
        shifts = np.arange(self._levels + 1, dtype=np.uint64) * np.uint64(len(self.bit))
        return [(has >> shift & self._all).astype(self._size) for shift in shifts]

    def decide(self, line: str, possible: int) -> int:
        """The bits of a folded line, of which only some patterns can match."""
        patterns = self._chosen.get(possible)
        if patterns is None:
            patterns = self._chosen[possible] = [p for p in self._patterns if p[0] & possible]
        bits = 0
        for bit, search in patterns:
            if search(line):
                bits |= bit
        return bits

    def _column(self, lines: Lines) -> Bits:
        able = ~lines.blank & (lines.length <= self.max_chars)
        rows = np.flatnonzero(able & self._where(lines) if self._where else able)
        possible = self.possible(lines, rows)
        some = np.flatnonzero(possible != 0)
        rows = rows[some]
        out = np.zeros(len(lines), dtype=self._size)
        out[rows] = self._read(lines.strings(rows), possible[some].tolist())
        return out

    def _read(self, texts: list[str], possible: list[int]) -> list[int]:
        if len(self._memo) > _MEMO_LIMIT:
            self._memo, self._older = {}, self._memo
        memo, older = self._memo, self._older
        bits: list[Any] = list(map(memo.get, texts))
        for i in [i for i, known in enumerate(bits) if known is None]:
            text = texts[i]
            known = memo.get(text)
            if known is None:
                known = older.get(text)
            bits[i] = memo[text] = self.decide(text, possible[i]) if known is None else known
        return bits

    def of(self, lines: Lines) -> Bits:
        """The bits of every line, computed once for a batch."""
        return lines.derived(self._column)

    def has(self, lines: Lines, *names: str) -> Mask:
        """Lines that show any of the signals."""
        bits = 0
        for name in names:
            bits |= self.bit[name]
        found: Mask = (self.of(lines) & bits) != 0
        return found
