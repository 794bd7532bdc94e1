"""Signals: named patterns over short lines, tried only where a line has what they need, each distinct line once.

Most lines show none of a set's signs, which two tables over the grams of the text tell for a batch at once. The others
are read, and menus, pagers and credits repeat from page to page: a set keeps, for each folded line that it read, the
bits of the patterns that match, so that a rule asks a column.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.openings import is_word, needs
from pipeline.required import ANY_DIGIT, checked, digits

# Longer lines are prose or run-together link names, which columns decide; 120 covers the longest footers and meta
# lines.
MAX_CHARS = 120
# For each of some 25 sets, 200 bytes a line: more would grow with the corpus, and lines that come again come soon. Four
# times as many would save 0.7 % of a build's CPU and take 60 MB.
_MEMO_LIMIT = 4_000
# Shorter lines with a comma may be items of a list; from here on they are clauses, mostly of broken paragraphs.
_CLAUSE_CHARS = 20
# Grams are told apart by 16 bits: with tables that stay in the processor's cache a wrong hit costs one search.
_GRAMS, _SPREAD = 1 << 16, 40503
# Where the lines to be looked at hold less than this share of the text, their characters are gathered first.
_FEW = 0.25

# Before the first word of most lines that do not begin with it stand at most so many signs.
_SIGNS = 3
_WORD = re.compile(r"[^\W_]")

_Pattern: TypeAlias = tuple[int, Callable[[str], object]]
_Bits: TypeAlias = npt.NDArray[Any]


class _Grams(NamedTuple):
    """For each character of a batch, folded, its place in a table of single characters and, with the next one, in one
    of pairs.
    """

    single: npt.NDArray[np.intp]
    pair: npt.NDArray[np.intp]

    def at(self, places: Ints) -> "_Grams":
        """Those of some characters."""
        return _Grams(self.single[places], self.pair[places])


def _grams(lines: Lines) -> _Grams:
    single = lines.folded_codes.astype(np.uint16)
    pair = single * np.uint16(_SPREAD)
    pair[:-1] += single[1:]
    return _Grams(single.astype(np.intp), pair.astype(np.intp))


@cache
def _words() -> Mask:
    """For each code point whether it belongs to a word; beyond these planes none does."""
    return np.fromiter((is_word(chr(code)) for code in range(0x40000)), dtype=bool)


def _first_words(lines: Lines) -> Ints:
    """Where the first word of each line begins; where it has none, its end."""
    at = lines.head.copy()
    rest = np.flatnonzero(~lines.blank)
    for _ in range(_SIGNS):
        rest = rest[~_words().take(lines.folded_codes[at[rest]], mode="clip") & (at[rest] < lines.tail[rest])]
        at[rest] += 1
    for row, start, end in zip(rest.tolist(), at[rest].tolist(), lines.tail[rest].tolist(), strict=True):
        word = _WORD.search(lines.folded, start, end)
        at[row] = word.start() if word else end
    return at


def _place(gram: str) -> int:
    """Where a gram stands in its table, as `_grams` has it."""
    codes = [ord(char) & (_GRAMS - 1) for char in gram]
    return codes[0] if len(codes) == 1 else (codes[0] * _SPREAD + codes[1]) % _GRAMS


class _Tables:
    """For each single character, and for each pair, the bits of the patterns that need it."""

    def __init__(self, size: np.dtype[Any], grams: Iterable[tuple[str, int]]) -> None:
        self._single, self._pair = np.zeros(_GRAMS, dtype=size), np.zeros(_GRAMS, dtype=size)
        for gram, bit in grams:
            if gram == ANY_DIGIT:
                self._single[list(map(_place, digits()))] |= bit
            else:
                (self._single, self._pair)[len(gram) - 1][_place(gram)] |= bit
        self._singles, self._pairs = bool(self._single.any()), bool(self._pair.any())
        self.used = self._singles or self._pairs

    def held(self, grams: _Grams) -> _Bits:
        """The bits of each character, by itself and with the next one."""
        if not self._pairs:
            return self._single.take(grams.single)
        found: _Bits = self._pair.take(grams.pair)
        if self._singles:
            found |= self._single.take(grams.single)
        return found


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
        self._needs = {1 << i: needs(p) for i, p in enumerate(patterns.values())}
        self._always = sum(bit for bit, found in self._needs.items() if found is None)
        self._memo: dict[str, int] = {}
        self._chosen: dict[int, list[_Pattern]] = {}

    def _allowed(self, names: frozenset[str] | None) -> int:
        return sum(bit for name, bit in self.bit.items() if names is None or name in names)

    @cached_property
    def _tables(self) -> tuple[_Tables, _Tables]:
        """What stands where the first word begins, and what stands anywhere."""
        size = np.min_scalar_type(sum(self.bit.values()))
        known = [(found, bit) for bit, found in self._needs.items() if found is not None]
        return (
            _Tables(size, ((gram, bit) for found, bit in known for gram in found.opening)),
            _Tables(size, ((gram, bit) for found, bit in known for gram in found.inside)),
        )

    def possible(self, lines: Lines, rows: Ints) -> _Bits:
        """For some lines the bits of the patterns of which each has a gram that they need."""
        if not len(rows):
            return np.zeros(0, dtype=np.int64)
        grams = lines.derived(_grams)
        opening, inside = self._tables
        found = opening.held(grams.at(lines.derived(_first_words)[rows])) | self._always
        if inside.used:
            found |= self._inside(lines, rows, grams, inside)
        return found

    def _inside(self, lines: Lines, rows: Ints, grams: _Grams, tables: _Tables) -> _Bits:
        start, end = lines.head[rows], lines.tail[rows]
        if self._prefix is not None:
            end = np.minimum(end, start + self._prefix)
        size = end - start
        if int(size.sum()) >= _FEW * len(lines.codes):
            every: _Bits = np.bitwise_or.reduceat(tables.held(grams), lines.start)
            return every[rows]
        first = np.cumsum(size) - size
        at = np.arange(int(size.sum())) + np.repeat(start - first, size)
        found: _Bits = np.bitwise_or.reduceat(tables.held(grams.at(at)), first)
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
        possible = self.possible(lines, rows)
        some = np.flatnonzero(possible)
        rows = rows[some]
        out = np.zeros(len(lines), dtype=np.int64)
        out[rows] = self._read(lines.strings(rows, prefix=self._prefix), possible[some].tolist())
        return out

    def _read(self, texts: list[str], possible: list[int]) -> list[int]:
        memo = self._memo
        if len(memo) > _MEMO_LIMIT:
            memo.clear()
        bits: list[Any] = list(map(memo.get, texts))
        for i in [i for i, known in enumerate(bits) if known is None]:
            bits[i] = memo[texts[i]] = self.decide(texts[i], possible[i])
        return bits

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
