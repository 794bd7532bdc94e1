"""What a page sets apart by blank lines, indents and signs: paragraphs in blocks, items of lists, code, tables."""

import re
from typing import NamedTuple

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import PUNCT, SPACE, Lines, Mask, among
from pipeline.stages.wraps.measure import characters
from pipeline.stages.wraps.rows import Rows

# Blank lines part paragraphs where the lines above them have an end and the lines without one below seldom do.
_ENDED_SHARE, _OPEN_SHARE = 0.8, 0.6
_MIN_GAPS, _MIN_INNER = 2, 3
# A line of code begins or ends like one; with as much Han it is a sentence about code.
_CODE_FIRST = re.compile(r"(?:[$%] |>>> |\.\.\. |#!|#include|//|/\*|</?[a-z])")
_FIELD_FIRST = "FTCBSDRIMLftcbsdriml发收抄主日"
_CODE_LAST, _CODE_HAN = "{};\\", 0.3
# Fields at the head of a mail.
_FIELD = re.compile(
    r"(?:From|To|Cc|Bcc|Subject|Date|Sender|Reply-To|In-Reply-To|Message-ID|References|MIME-Version|Content-Type|List-Id"
    r"|发件人|收件人|抄送|主题|日期|发送时间)\s?[:：]\s",
    re.IGNORECASE,
)
# A literal block is indented by two columns or more under a line that ends in a colon.
_LITERAL_INDENT = 2
_QUOTE, _QUOTE_CHARS = re.compile(r"(?:> ?)++ *+"), 20
_SIGN = re.compile(
    r"(?:[-*+•·●■◆◇]|\d{1,3}\s?[.)、．]|[a-z][.)]|[(（][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、.．])\s*"
)


ALIGNED, DEEPER, LESS = range(3)


class Places(NamedTuple):
    """For each pair of neighbouring rows of a page the number of blank lines between them (3: more), and how the lower is
    indented: as the text of the upper, deeper, or less.
    """

    gap: Ints
    step: Ints


def apart_rows(lines: Lines, rows: Rows) -> Mask:
    """Rows that are lines of their own: code, tables, rulers."""
    han, length = lines.han[rows.row], lines.length[rows.row]
    letters = han + lines.latin[rows.row] + lines.digit[rows.row]
    ruler = (letters == 0) & (length >= 3) & ((lines.last_kind[rows.row] & 7) == PUNCT)
    ruler |= (letters == 0) & (lines.first[rows.row] == ord(">"))  # a blank line of a quotation
    found: Mask = ruler | _tables(lines, rows.row) | _code(lines, rows, han * 1.0 < _CODE_HAN * length)
    return found


def _tables(lines: Lines, rows: Ints) -> Mask:
    """Rows with two upright bars, or two gaps of two spaces or more."""
    found = np.zeros(len(rows), dtype=bool)
    bars = np.flatnonzero(lines.codes == ord("|"))
    if len(bars):
        found = np.searchsorted(bars, lines.tail[rows]) - np.searchsorted(bars, lines.head[rows]) >= 2
    able = np.flatnonzero(lines.space[rows] - lines.indent[rows] >= 4)
    if len(able):
        place, row = characters(lines.head[rows[able]], lines.tail[rows[able]])
        space = (lines.kind[place] & 7) == SPACE
        # The last of two spaces or more within a row: its edges are no spaces.
        wide = row[1:-1][space[1:-1] & space[:-2] & ~space[2:]]
        found[able[np.bincount(wide, minlength=len(able)) >= 2]] = True
    return found


def _code(lines: Lines, rows: Rows, little_han: Mask) -> Mask:
    """Rows that begin or end as code does, and blocks that a colon announces."""
    row = rows.row
    out = little_han & among(lines.last[row], _CODE_LAST)
    first = little_han & among(lines.first[row], "$%>.#/<")
    for i in np.flatnonzero(first & ~out).tolist():
        out[i] = _CODE_FIRST.match(lines.text, int(lines.head[row[i]]), int(lines.tail[row[i]])) is not None
    for i in np.flatnonzero(among(lines.first[row], _FIELD_FIRST) & ~out).tolist():
        out[i] = _FIELD.match(lines.text, int(lines.head[row[i]]), int(lines.tail[row[i]])) is not None
    indent, upper = lines.indent[row], rows.upper
    begins = among(lines.last[row[upper]], ":：") & (row[upper + 1] - row[upper] > 1) & little_han[upper + 1]
    begins &= indent[upper + 1] >= indent[upper] + _LITERAL_INDENT
    if not begins.any():
        return out
    first, pages = np.zeros(len(rows), dtype=bool), np.zeros(rows.pages, dtype=bool)
    first[upper[begins] + 1], pages[rows.pair_page[begins]] = True, True
    floor, page = -1, -1  # the indent of the line that announced the block at hand, and its page
    for i in (upper[pages[rows.pair_page] & (indent[upper + 1] >= _LITERAL_INDENT)] + 1).tolist():
        if first[i]:
            floor, page = int(indent[i - 1]), int(rows.page[i])
            out[i] = True
        elif page == rows.page[i] and out[i - 1] and indent[i] >= floor + _LITERAL_INDENT:
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


def places(lines: Lines, rows: Rows, item: Mask) -> Places:
    """Where the rows of a page stand to each other; `item` marks those that begin with the sign of a list."""
    indent = lines.indent[rows.row]
    text = indent.copy()
    for i in np.flatnonzero(item).tolist():
        head = int(lines.head[rows.row[i]])
        sign = _SIGN.match(lines.text, head, min(int(lines.tail[rows.row[i]]), head + 12))
        if sign:
            text[i] += sign.end() - head
    deeper = indent[rows.upper + 1] >= text[rows.upper] + 2
    less = indent[rows.upper + 1] <= text[rows.upper] - 2
    gap = rows.row[rows.upper + 1] - rows.row[rows.upper] - 1
    return Places(np.minimum(gap, 3), np.where(deeper, DEEPER, np.where(less, LESS, ALIGNED)))


def in_blocks(rows: Rows, parted: Mask, pairs: Mask, goes: Mask, ended: Mask) -> Mask:
    """The pages whose paragraphs are what is `parted`; `pairs` marks those to look at, `goes` those whose upper
    line stops in mid-sentence, `ended` those whose upper line has its end.

    Of the lines above a break only those count that have another right above them: alone stand titles.
    """
    alone = np.append(True, (rows.pair_page[1:] != rows.pair_page[:-1]) | parted[:-1])[: len(parted)]
    breaks, inner = pairs & parted & ~alone, pairs & ~parted
    breaks_of, inner_of = rows.pairs(breaks), rows.pairs(inner)
    found: Mask = (breaks_of >= _MIN_GAPS) & (inner_of >= _MIN_INNER)
    found &= rows.pairs(breaks & ended) >= _ENDED_SHARE * breaks_of
    return found & (rows.pairs(inner & goes) >= _OPEN_SHARE * inner_of)
