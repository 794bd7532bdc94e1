"""What a page sets apart by blank lines, indents and signs: paragraphs in blocks, items of lists, code, tables."""

import re
from typing import NamedTuple

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import PUNCT, SPACE, Lines, Mask

# Blank lines part paragraphs where the lines above them have an end and the lines without one below seldom do.
_ENDED_SHARE, _OPEN_SHARE = 0.8, 0.6
_MIN_GAPS, _MIN_INNER = 2, 3
# A line of code begins or ends like one; with as much Han it is a sentence about code.
_CODE_FIRST = re.compile(r"(?:[$%] |>>> |\.\.\. |#!|#include|//|/\*|</?[a-z])")
_CODE_LAST, _CODE_HAN = "{};\\", 0.3
# A literal block is indented by two columns or more under a line that ends in a colon.
_LITERAL_INDENT = 2
_QUOTE, _QUOTE_CHARS = re.compile(r"(?:> ?)++ *+"), 20
_SIGN = re.compile(
    r"(?:[-*+•·●■◆◇]|\d{1,3}\s?[.)、．]|[a-z][.)]|[(（][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、.．])\s*"
)


ALIGNED, DEEPER, LESS = range(3)


class Places(NamedTuple):
    """For each pair of neighbouring rows the number of blank lines between them (3: more), and how the lower is
    indented: as the text of the upper, deeper, or less.
    """

    gap: Ints
    step: Ints


def apart_rows(lines: Lines, rows: Ints) -> Mask:
    """Rows of a page that are lines of their own: code, tables, rulers."""
    han, length = lines.han[rows], lines.length[rows]
    letters = han + lines.latin[rows] + lines.digit[rows]
    ruler = (letters == 0) & (length >= 3) & ((lines.last_kind[rows] & 7) == PUNCT)
    found: Mask = ruler | _tables(lines, rows) | _code(lines, rows, han * 1.0 < _CODE_HAN * length)
    return found


def _tables(lines: Lines, rows: Ints) -> Mask:
    """Rows with two upright bars, or two gaps of two spaces or more."""
    low, high = int(lines.start[rows[0]]), int(lines.end[rows[-1]]) + 1
    kind, codes = lines.kind[low:high] & 7, lines.codes[low:high]
    wide = np.flatnonzero((kind[1:-1] == SPACE) & (kind[:-2] == SPACE) & (kind[2:] != SPACE)) + low + 1
    bars = np.flatnonzero(codes == ord("|")) + low
    counts = []
    for places in (wide, bars):
        first = np.searchsorted(places, lines.head[rows])
        counts.append(np.searchsorted(places, lines.tail[rows]) - first)
    found: Mask = (counts[0] >= 2) | (counts[1] >= 2)
    return found


def _code(lines: Lines, rows: Ints, little_han: Mask) -> Mask:
    """Rows that begin or end as code does, and blocks that a colon announces."""
    out = little_han & np.isin(lines.last[rows], [ord(c) for c in _CODE_LAST])
    first = little_han & np.isin(lines.first[rows], [ord(c) for c in "$%>.#/<"])
    for i in np.flatnonzero(first & ~out).tolist():
        out[i] = _CODE_FIRST.match(lines.text, int(lines.head[rows[i]]), int(lines.tail[rows[i]])) is not None
    announced = np.isin(lines.last[rows], [ord(c) for c in ":："])
    indent = lines.indent[rows]
    floor = -1  # the indent of the line that announced the block at hand
    for i in np.flatnonzero(
        np.append(False, announced[:-1]) | np.append(False, (indent[1:] >= _LITERAL_INDENT))
    ).tolist():
        if (
            announced[i - 1]
            and rows[i] - rows[i - 1] > 1
            and indent[i] >= indent[i - 1] + _LITERAL_INDENT
            and little_han[i]
        ):
            floor = int(indent[i - 1])
            out[i] = True
        elif floor >= 0 and out[i - 1] and indent[i] >= floor + _LITERAL_INDENT:
            out[i] = True
    return out


def quote_depths(lines: Lines, rows: Ints) -> Ints:
    """How many signs of quotation (`>`) each row begins with."""
    out = np.zeros(len(rows), dtype=np.int64)
    for i in np.flatnonzero(lines.first[rows] == ord(">")).tolist():
        out[i] = quote_of(lines, int(rows[i])).count(">")
    return out


def quote_of(lines: Lines, row: int) -> str:
    """The signs of quotation that a line begins with, and the spaces behind them; empty where it has none."""
    found = _QUOTE.match(
        lines.text, int(lines.head[row]), min(int(lines.tail[row]), int(lines.head[row]) + _QUOTE_CHARS)
    )
    return found[0] if found else ""


def places(lines: Lines, rows: Ints, item: Mask) -> Places:
    """Where the rows of a page stand to each other; `item` marks those that begin with the sign of a list."""
    indent = lines.indent[rows]
    text = indent.copy()
    for i in np.flatnonzero(item).tolist():
        head = int(lines.head[rows[i]])
        sign = _SIGN.match(lines.text, head, min(int(lines.tail[rows[i]]), head + 12))
        if sign:
            text[i] += sign.end() - head
    deeper, less = indent[1:] >= text[:-1] + 2, indent[1:] <= text[:-1] - 2
    return Places(np.minimum(np.diff(rows) - 1, 3), np.where(deeper, DEEPER, np.where(less, LESS, ALIGNED)))


def in_blocks(parted: Mask, pairs: Mask, goes: Mask, ended: Mask) -> bool:
    """Whether what is `parted` are the paragraphs of a page; `pairs` marks those to look at, `goes` those whose upper
    line stops in mid-sentence, `ended` those whose upper line has its end.

    Of the lines above a break only those count that have another right above them: alone stand titles.
    """
    breaks, inner = pairs & parted & ~np.append(True, parted[:-1]), pairs & ~parted
    if breaks.sum() < _MIN_GAPS or inner.sum() < _MIN_INNER:
        return False
    return bool(ended[breaks].mean() >= _ENDED_SHARE and goes[inner].mean() >= _OPEN_SHARE)
