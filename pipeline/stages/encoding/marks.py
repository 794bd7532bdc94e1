"""Marks: for each code point which rules of stage encoding may want to see it, looked up once for a batch.

Right Chinese text has almost no such characters, so that every rule works on a handful of positions. The mark MOJIBAKE
is a proof: a line without it is a fixed point of ftfy as `utf8_as_latin` calls it; so is NORMAL for NFC.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ftfy.badness import MOJIBAKE_CATEGORIES

from pipeline.edit import Ints
from pipeline.frequent import SECOND_LEVEL, weights
from pipeline.lines import Lines, looked_up

HIGH, MOJIBAKE, ODD, AMPERSAND, CONTROL, INVISIBLE = (1 << i for i in range(6))
LINE_END, SPACE, SURROGATE, NORMAL, RADICAL, DEBRIS = (1 << i for i in range(6, 12))

_SIZE = 0x110000

# Every alternative of ftfy's BADNESS_RE needs a character of one of these categories, or one of the letters below.
_NEEDED = ("c1", "bad", "upper_accented", "lower_accented", "box", "currency", "numeric", "law")
# Ù of [ØÙ].., ‚ of the MacRoman pairs, Ђ of вЂ, the Cyrillic and Greek letters of the triples [ВГРС]..[ВГРС] and
# [ΒΓΞΟ]..[ΒΓΞΟ].
_LETTERS = "\u00d9\u201a\u0402\u0412\u0413\u0420\u0421\u0392\u0393\u039e\u039f"


def _members(category: str) -> Iterable[int]:
    """The code points of a category, which is the inside of a character class."""
    at = 0
    while at < len(category):
        if category[at + 1 : at + 2] == "-" and at + 2 < len(category):
            yield from range(ord(category[at]), ord(category[at + 2]) + 1)
            at += 3
        else:
            yield ord(category[at])
            at += 1


def mojibake_codes() -> list[int]:
    """The code points of which one must occur in a line that ftfy changes."""
    codes = {ord(c) for c in _LETTERS}
    for name in _NEEDED:
        codes.update(_members(MOJIBAKE_CATEGORIES[name]))
    return sorted(codes)


def _spans(*spans: tuple[int, int]) -> list[int]:
    return [c for low, high in spans for c in range(low, high + 1)]


# Of U+0080 to U+009F only the five that cp1252 has no character for: ftfy reads all others as cp1252.
CONTROLS = [*_spans((0x00, 0x08), (0x0E, 0x1F)), 0x7F, 0x81, 0x8D, 0x8F, 0x90, 0x9D]
# What takes no room and says nothing: soft hyphen, grapheme joiner, zero-width space and joiners, marks of direction,
# word joiner and its kin, byte order mark, interlinear annotation, object replacement, noncharacters, tags.
INVISIBLES = _spans(
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E),
    (0x2060, 0x206F), (0xFDD0, 0xFDEF), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFC), (0xFFFE, 0xFFFF), (0xE0000, 0xE007F),
)  # fmt: skip
LINE_ENDS = [0x0B, 0x0C, 0x0D, 0x2028, 0x2029]
# White space that is neither the plain space, the tab, nor U+3000, which is evidence of a paragraph.
SPACES = [0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F]


@cache
def normal_codes() -> list[int]:
    """The code points that NFC changes, composes with what stands before, or puts in order: all others are stable.

    Beyond U+2FFFF nothing decomposes, composes or combines (Unicode 15), and Han extensions are skipped for the time.
    """
    out = set(_spans((0x1161, 0x1175), (0x11A8, 0x11C2)))  # vowels and finals of Hangul
    for code in [*range(0xC0, 0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x20000), *range(0x2F800, 0x2FA20)]:
        if 0xD800 <= code <= 0xDFFF:
            continue
        char = chr(code)
        if unicodedata.combining(char) or unicodedata.normalize("NFC", char) != char:
            out.add(code)
        parts = unicodedata.decomposition(char).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            out.add(int(parts[1], 16))
    return sorted(out)


def _odd_codes() -> npt.NDArray[np.intp]:
    """Characters that right text has one of in 300, and text shown two bytes at a time three of in five: Han of the
    second levels and rarer, Bopomofo, small forms, private use, U+FFFD.
    """
    rare = weights() <= SECOND_LEVEL
    within = np.zeros(_SIZE, dtype=bool)
    for low, high in ((0x3105, 0x312A), (0x3400, 0xA000), (0xE000, 0xFB00), (0xFE30, 0xFE70), (0xFFFD, 0xFFFE)):
        within[low:high] = True
    return np.flatnonzero(rare & within)


@cache
def table() -> npt.NDArray[np.uint16]:
    """For each code point its marks."""
    t = np.zeros(_SIZE, dtype=np.uint16)
    for bit, codes in (
        (HIGH, range(0xA1, 0x100)),
        (MOJIBAKE, mojibake_codes()),
        (ODD, _odd_codes()),
        (AMPERSAND, [0x26]),
        (CONTROL, CONTROLS),
        (INVISIBLE, INVISIBLES),
        (LINE_END, LINE_ENDS),
        (SPACE, SPACES),
        (SURROGATE, range(0xD800, 0xE000)),
        (NORMAL, normal_codes()),
        (RADICAL, [*range(0x2E80, 0x2EF4), *range(0x2F00, 0x2FD6)]),
        (DEBRIS, [0xFFFD, *map(ord, "锟閿烫屯")]),
    ):
        t[list(codes)] |= bit
    return t


class Marked(NamedTuple):
    """The positions of a batch that have a mark, and their marks."""

    at: Ints
    marks: npt.NDArray[np.uint16]


def _marked(lines: Lines) -> Marked:
    marks = looked_up(table(), lines.codes)
    at = np.flatnonzero(marks != 0)
    return Marked(at, marks[at])


def positions(lines: Lines, mark: int) -> Ints:
    """Where the batch has characters with the mark, in order."""
    found = lines.derived(_marked)
    return found.at[(found.marks & mark) > 0]


def rows_of(lines: Lines, at: Ints) -> Ints:
    """The rows of positions."""
    return np.searchsorted(lines.end, at)


def runs(at: Ints) -> tuple[Ints, Ints]:
    """Starts and ends of the runs of adjacent positions.

    >>> [part.tolist() for part in runs(np.array([3, 4, 5, 9]))]
    [[3, 9], [6, 10]]
    """
    if not len(at):
        return at, at
    cut = np.flatnonzero(np.diff(at) != 1)
    return at[np.concatenate(([0], cut + 1))], at[np.concatenate((cut, [len(at) - 1]))] + 1
