"""Titles that an HTML page tells in its head, found again among its lines."""

import re
from collections.abc import Sequence

import numpy as np

from pipeline.hints import Head
from pipeline.lines import Lines, codes_of, fold_table, text_of
from pipeline.stages.main_element import main_element

# `<title>` ends in names of the section and the site, behind one of these.
_PARTS = re.compile(r"\s*(?:[_|｜·»>]|\s[-–—:：]\s|[-–—](?=[^-–—]{2,20}$))\s*")
_BLANKS = re.compile(r"[\s•·]+")
_MIN_CHARS, _MAX_CHARS = 4, 100
# A line of which more stands in a link leads elsewhere.
_LINKED = 0.5
# Names of values in the head, the surer first.
_NAMES = ("title", "page_title")


def bare_title(value: str) -> str:
    """A title of the head without the names of section and site.

    >>> bare_title("渡口停航_青石新闻_青石在线"), bare_title("网_首页")
    ('渡口停航', '网_首页')
    """
    first = _PARTS.split(value)[0].strip()
    return first if len(first) >= _MIN_CHARS else value


def head_titles(head: Head) -> list[str]:
    """The titles that a head names, the surest first; of `<title>` also the parts without the names of the site.

    >>> head_titles({"page_title": ["渡口停航_青石新闻_青石在线"]})
    ['渡口停航_青石新闻_青石在线', '渡口停航']
    """
    out: list[str] = []
    for name in _NAMES:
        for value in head.get(name, ()):
            out += [value, bare_title(value)]
    return list(dict.fromkeys(out))


def told_titles(lines: Lines) -> dict[int, int]:
    """The row of the title by page, where the head of a page tells it and a line of the page says the same."""
    return lines.derived(_told_titles)


def _told_titles(lines: Lines) -> dict[int, int]:
    out: dict[int, int] = {}
    if not len(lines.hints) or not any(lines.hints.heads):
        return out
    able = ~lines.blank & (lines.length >= _MIN_CHARS) & (lines.length <= _MAX_CHARS) & (lines.hint >= 0)
    for page, head in enumerate(lines.hints.heads):
        rank = {squeezed(title): -i for i, title in enumerate(head_titles(head))}
        low, high = int(lines.first_row[page]), int(lines.end_row[page])
        rows = np.flatnonzero(able[low:high]) + low if rank else np.zeros(0, dtype=np.int64)
        keys = map(squeezed, lines.strings(rows))
        same = [(row, rank[key]) for row, key in zip(rows.tolist(), keys, strict=True) if key in rank]
        if same:
            out[page] = _likeliest(lines, same, low, high)
    return out


def _likeliest(lines: Lines, same: Sequence[tuple[int, int]], low: int, high: int) -> int:
    """Of lines that say what the head says: a heading rather than a link to the page itself, the nearest to the text."""
    found = main_element(lines)
    first = low + int(np.argmax((found.inside & ~lines.blank)[low:high]))

    def sign(row: int, rank: int) -> tuple[bool, bool, bool, int, int]:
        level = int(lines.level[row])
        return level == 1, level > 0, level > 0 or bool(found.linked[row] < _LINKED), rank, -abs(row - first)

    return max(same, key=lambda pair: sign(*pair))[0]


def squeezed(text: str) -> str:
    """A title folded and without spaces, so that several ways to set it are one.

    >>> squeezed("老渡口 昨日停航！") == squeezed("老渡口昨日停航!")
    True
    """
    return _BLANKS.sub("", text_of(fold_table()[codes_of(text)]))
