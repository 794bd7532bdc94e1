"""Signals: named patterns over short lines, each distinct line decided once.

Menus, pagers and credits repeat from page to page: in crawls more than half of all lines were seen before. A set of
signals keeps, for each distinct folded line, the bits of the patterns that match, so that a rule asks a column.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.lines import Lines, Mask
from pipeline.required import checked, required

# Longer lines are prose or run-together link names, which columns decide; 120 covers the longest footers and meta
# lines.
MAX_CHARS = 120
_MEMO_LIMIT = 200_000
# Shorter lines with a comma may be items of a list; from here on they are clauses, mostly of broken paragraphs.
_CLAUSE_CHARS = 20

_Pattern: TypeAlias = tuple[int, Callable[[str], object]]


class Signals:
    """Patterns by name, at most 63; `of(lines)` gives a column of bits for lines of at most `max_chars` characters.

    `in_sentences` names the patterns that may match a line that ends in a full stop, `in_clauses` those that may match
    a line of 20 characters or more that has a comma; all where they are not given.
    `where` is a mask over the columns that lets through the lines that can match at all; with `prefix`, patterns see
    only so many characters.

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
        prefix: int | None = None,
    ) -> None:
        if len(patterns) > 63:
            raise ValueError(f"{len(patterns)} signals in one set; a column holds 63.")
        self.max_chars = max_chars
        self._where = where
        self._prefix = prefix
        self.bit = {name: 1 << i for i, name in enumerate(patterns)}
        self._patterns: list[_Pattern] = [(1 << i, checked(p).search) for i, p in enumerate(patterns.values())]
        self._in_sentences = self._allowed(in_sentences)
        self._in_clauses = self._allowed(in_clauses)
        self._needs = {1 << i: required(p) for i, p in enumerate(patterns.values())}
        self._memo: dict[str, int] = {}
        self._chosen: dict[int, list[_Pattern]] = {}

    def _allowed(self, names: frozenset[str] | None) -> int:
        return sum(bit for name, bit in self.bit.items() if names is None or name in names)

    @cached_property
    def _table(self) -> npt.NDArray[np.int64]:
        """For each code point of the basic plane the patterns that have it among what they need; 0 is every other
        code point.
        """
        table = np.zeros(1 << 16, dtype=np.int64)
        for bit, chars in self._needs.items():
            for char in chars or ():
                table[ord(char) if ord(char) <= 0xFFFF else 0] |= bit
        table[:] |= sum(bit for bit, chars in self._needs.items() if chars is None)
        return table

    def possible(self, lines: Lines) -> npt.NDArray[np.int64]:
        """For each line the bits of the patterns of which it has a character that they need."""
        codes = lines.folded_codes
        held = self._table[np.where(codes > 0xFFFF, 0, codes)]
        found: npt.NDArray[np.int64] = np.bitwise_or.reduceat(held, lines.start) if len(lines) else held[:0]
        return found

    def decide(self, line: str, possible: int) -> int:
        """The bits of a folded line, of which only some patterns can match."""
        if line.endswith("。"):
            possible &= self._in_sentences
        elif len(line) >= _CLAUSE_CHARS and "," in line:
            possible &= self._in_clauses
        patterns = self._chosen.get(possible)
        if patterns is None:
            patterns = self._chosen[possible] = [p for p in self._patterns if p[0] & possible]
        bits = 0
        for bit, search in patterns:
            if search(line):
                bits |= bit
        return bits

    def _column(self, lines: Lines) -> npt.NDArray[np.int64]:
        able = ~lines.blank & (lines.length <= self.max_chars)
        rows = np.flatnonzero(able & self._where(lines) if self._where else able)
        texts = lines.strings(rows, prefix=self._prefix)
        memo = self._memo
        if len(memo) > _MEMO_LIMIT:
            memo.clear()
        bits: list[Any] = list(map(memo.get, texts))
        if None in bits:
            possible = self.possible(lines)[rows].tolist()
            for i, text in enumerate(texts):
                if bits[i] is None:
                    bits[i] = memo[text] = self.decide(text, possible[i])
        out = np.zeros(len(lines), dtype=np.int64)
        out[rows] = bits
        return out

    def of(self, lines: Lines) -> npt.NDArray[np.int64]:
        """The bits of every line, computed once for a batch."""
        return lines.derived(self._column)

    def has(self, lines: Lines, *names: str) -> Mask:
        """Lines that show any of the signals."""
        bits = 0
        for name in names:
            bits |= self.bit[name]
        found: Mask = (self.of(lines) & bits) != 0
        return found
