"""Held: which grams the lines of a batch have, told for all lines and all patterns at once by tables.

A gram is a character or two beside each other. Few characters of a batch belong to one that any set of patterns asks
for: these are gathered once, and each set looks up only them.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask, looked_up
from pipeline.required import ANY_DIGIT, ANY_SPACE, digits

# Longer lines are prose or run-together link names, which columns decide; 120 covers the longest footers and meta
# lines.
MAX_CHARS = 120
# Grams are told apart by 16 bits: with tables that stay in the processor's cache a wrong hit costs one search.
_GRAMS, _SPREAD = 1 << 16, 40503

# Before the first word of most lines that do not begin with it stand at most so many signs.
_SIGNS = 3
_WORD, _WORDS = re.compile(r"[^\W_]"), re.compile(r"[^\W_]+")

Bits: TypeAlias = npt.NDArray[Any]
_Places: TypeAlias = npt.NDArray[np.uint16]


class Grams(NamedTuple):
    """Characters of some lines, each by its place in a table of single characters and, with the next one, in one of
    pairs; those of `rows[i]` are from `first[i]` on.
    """

    single: _Places
    pair: _Places
    rows: Ints
    first: Ints


class Tables:
    """For each single character, and for each pair, the bits of the patterns that need it."""

    def __init__(self, size: np.dtype[Any], grams: Iterable[tuple[str, int]]) -> None:
        self._size = size
        self._space = 0
        self._single, self._pair = np.zeros(_GRAMS, dtype=size), np.zeros(_GRAMS, dtype=size)
        for gram, bit in grams:
            if gram == ANY_SPACE:
                self._space |= bit
            elif gram == ANY_DIGIT:
                self._single[list(map(_place, digits()))] |= bit
            else:
                (self._single, self._pair)[len(gram) - 1][_place(gram)] |= bit
        self._singles, self._pairs = bool(self._single.any()), bool(self._pair.any())
        self.used = self._singles or self._pairs

    def of_each(self, single: _Places, pair: _Places) -> Bits:
        """The bits of each character, by itself and with the next one."""
        if not self._pairs:
            return looked_up(self._single, single)
        found = looked_up(self._pair, pair)
        return found | looked_up(self._single, single) if self._singles else found

    def of_rows(self, lines: Lines, grams: Grams) -> Bits:
        """For each line the bits of its characters together."""
        found: Bits = np.zeros(len(lines), dtype=self._size)
        found[grams.rows] = np.bitwise_or.reduceat(self.of_each(grams.single, grams.pair), grams.first)
        if self._space:
            found[_spaced(lines)] |= self._space
        return found


def _spaced(lines: Lines) -> Mask:
    """Lines that may have a space: a character that is no letter, figure or sign."""
    found: Mask = lines.han + lines.latin + lines.digit + lines.punct < lines.end - lines.start
    return found


def _place(gram: str) -> int:
    """Where a gram stands in its table, as `_places` has it."""
    codes = [ord(char) & (_GRAMS - 1) for char in gram]
    return codes[0] if len(codes) == 1 else (codes[0] * _SPREAD + codes[1]) % _GRAMS


def _places(codes: npt.NDArray[np.uint32], following: npt.NDArray[np.uint32]) -> tuple[_Places, _Places]:
    """For characters and those behind them their places in tables of single ones and of pairs."""
    single = codes.astype(np.uint16)
    return single, single * np.uint16(_SPREAD) + following.astype(np.uint16)


@cache
def _words() -> Mask:
    """For each code point whether it belongs to a word, as `is_word` has it; beyond these planes none does."""
    found = np.zeros(0x40000, dtype=bool)
    every = np.arange(len(found), dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    for run in _WORDS.finditer(every):
        found[run.start() : run.end()] = True
    return found


def openings(lines: Lines) -> tuple[_Places, _Places]:
    """The places of the character with which the first word of each line begins; where it has none, of its end."""
    at = lines.head.copy()
    rest = np.flatnonzero(~lines.blank)
    for _ in range(_SIGNS):
        rest = rest[~_words().take(lines.folded_codes[at[rest]], mode="clip") & (at[rest] < lines.tail[rest])]
        at[rest] += 1
    for row, start, end in zip(rest.tolist(), at[rest].tolist(), lines.tail[rest].tolist(), strict=True):
        word = _WORD.search(lines.folded, start, end)
        at[row] = word.start() if word else end
    codes = lines.folded_codes
    return _places(codes[at], codes[np.minimum(at + 1, len(codes) - 1)])


def gathered(lines: Lines, rows: Ints) -> Grams:
    """All characters of some lines, none of them blank."""
    start, end = lines.head[rows], lines.tail[rows]
    size = end - start
    first = np.cumsum(size) - size
    at = np.arange(int(size.sum())) + np.repeat(start - first, size)
    single, pair = _places(lines.folded_codes[at], lines.folded_codes[at + 1])
    return Grams(single, pair, rows, first)


class Place(NamedTuple):
    """Where the bits of a set of patterns stand in the words that hold those of all sets."""

    word: int
    shift: int


_Asked: TypeAlias = list[tuple[str, int]]
_WORD_BITS = 64
# For each word the grams that sets ask for, with their bits; and how many bits are taken.
_asked: list[_Asked] = []
_taken: list[int] = []


def ask(grams: Iterable[tuple[str, int]], bits: int) -> Place:
    """Have `held` tell of these grams, each with the bit that stands for it, of at most 64."""
    word = next((i for i, taken in enumerate(_taken) if taken + bits <= _WORD_BITS), len(_asked))
    if word == len(_asked):
        _asked.append([])
        _taken.append(0)
    shift = _taken[word]
    _asked[word] += [(gram, bit << shift) for gram, bit in grams]
    _taken[word] += bits
    return Place(word, shift)


def held(lines: Lines, place: Place) -> Bits:
    """For each line of at most MAX_CHARS characters the bits of the grams that it has; higher bits are of others."""
    found: Bits = lines.derived(_finding(place.word, sum(_taken))) >> np.uint64(place.shift)
    return found


@cache
def _finding(word: int, _: int) -> Callable[[Lines], Bits]:
    """What finds the grams of one word; made anew when more are asked for."""
    tables = Tables(np.dtype(np.uint64), _asked[word])
    gather = _gathering(sum(_taken))
    return lambda lines: tables.of_rows(lines, lines.derived(gather))


@cache
def _gathering(_: int) -> Callable[[Lines], Grams]:
    """What gathers the characters that belong to a gram that any set asks for."""
    every = {gram for asked in _asked for gram, _ in asked}
    tables = Tables(np.dtype(np.uint8), ((gram, 1) for gram in every - {ANY_SPACE}))

    def gather(lines: Lines) -> Grams:
        single = lines.folded_codes.astype(np.uint16)
        pair = single * np.uint16(_SPREAD)
        pair[:-1] += single[1:]
        short = ~lines.blank & (lines.length <= MAX_CHARS)
        wanted = (tables.of_each(single, pair) != 0) & np.repeat(short, lines.end + 1 - lines.start)
        at = np.flatnonzero(wanted)
        upto = np.cumsum(wanted, dtype=np.int32)[lines.end]  # no line feed is wanted
        first = np.append(0, upto[:-1])
        rows = np.flatnonzero(upto > first)
        return Grams(single.take(at), pair.take(at), rows, first[rows])

    return gather
