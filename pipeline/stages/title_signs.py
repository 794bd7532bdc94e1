"""Signs that a line is the title of its page, and how much each of them weighs.

Signs are of two kinds: columns, computed for all candidates at once, and those for which the line must be read. A line's
weight is the sum over its signs. The weights are logistic: fitted over pages of known title (a softmax over the lines
of a page, pulled towards zero), and chosen by cross-validation over pages; `tests/test_titles.py` holds the figures.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask, among
from pipeline.stages.lexicon import FURNITURE, MENUS
from pipeline.stages.prose import prose

Floats = npt.NDArray[np.float64]


class Candidate(NamedTuple):
    """A line that may be a title: its row, where in the batch its words stand, whether buttons stand behind them, whether
    it is a path to the page, whether a subtitle stands below.
    """

    row: int
    start: int
    end: int
    button: bool
    path: bool
    subtitle: bool


@dataclass(frozen=True, slots=True)
class Solid:
    """Columns over the lines that are not blank.

    `rows`: their rows; `text`, `told`: how many lines below each the next text (items of lists not counted) and the next
    line about the page stand (0 is the next line, 99 for none); `told_above`: lines about the page above it; `dated`: such a line is right above
    and none near below; `under_text`: prose is right above; `menus`: menus between the line and the next prose;
    `above`: Han characters of prose above; `place`: its number on the page.
    """

    rows: Ints
    text: Ints
    told: Ints
    told_above: Ints
    dated: Mask
    under_text: Mask
    menus: Ints
    above: Ints
    place: Ints


# Upper bounds of the lengths that are told apart.
_LENGTHS = (4, 6, 8, 10, 16, 30, 46)

COLUMNS = (
    "a candidate",
    *(f"under {n} characters" for n in _LENGTHS),
    "lines to the text", "menus to the text", "told below", "told two below", "told near", "path above", "dated above",
    "apart", "item of a list", "item in a list", "text above", "told above", "first line", "first line over a menu",
    "first item of its block", "second of two", "right under text", "sentence", "stops", "place", "no Han", "digits",
    "ends as a question", "quoted word first", "bracket first", "deep indent",
)  # fmt: skip
WORDS = (
    "in the path", "button behind", "long, above too", "long, again below", "short, again below", "shared with the text",
    "opening sign", "an issue of a magazine", "caption", "label", "many brackets", "outlet", "hashtag", "code", "cells",
    "subtitle below", "path itself",
)  # fmt: skip

_CAPTION = re.compile(r"\s[\u4e00-\u9fff·]{2,4}$|(?:摄|供图|图)$")
# A label and its value, as in a table of facts; a title with a colon has more before it or is longer.
_LABEL = re.compile(r"^\S{1,5}[:：]\S.{0,14}$")
_ISSUE = re.compile(r"^《[^《》]{1,20}》\s*(?:19|20)\d\d年")
_OPENING = ("—", "--", "=", "★", "※", "[摘要", "【摘要", "摘要", "导读", "//", "#!", "①", "©")
_HASHTAG = re.compile(r"^#[^#]{2,20}#")
_CODE = re.compile(r"[{}=;$]|\(\w*\)$|^\W*\w+\(")
_CELLS = re.compile(r"\S(?:\t| {3,})\s*\S")
# How the names of those who publish end.
_OUTLETS = (
    "网", "报", "社", "台", "财经", "新闻", "媒体", "在线", "频道", "论坛", "博客", "客户端", "人民政府", "政府网", "门户网站", "杂志",
    "周刊", "公众号", "文集", "社区",
)  # fmt: skip


def columns(lines: Lines, at: Solid, chosen: Ints) -> Floats:
    """The signs that columns tell, a row for each candidate; `chosen` are indices of `at.rows`."""
    rows = at.rows[chosen]
    length, told = lines.length[rows], at.told[chosen]
    below = lines.neighbour(1)[rows]
    bar = (below >= 0) & FURNITURE.has(lines, *MENUS, "next story", "login", "search box", "widget")[below]
    first = at.place[chosen] == 0
    apart = _apart(lines)[rows]
    bullet = lines.bullet[rows]
    path = FURNITURE.has(lines, "breadcrumb")
    above = lines.neighbour(-1)[rows]
    long_above = (above >= 0) & (lines.length[above] >= 8) & _before(chosen, len(at.rows))
    blank_above = (rows == lines.first_row[lines.page[rows]]) | lines.blank[rows - 1]
    mark = among(lines.last[rows], "?？!！")
    found = [
        np.ones(len(rows)), *((length < n) for n in _LENGTHS),
        np.minimum(at.text[chosen], 20) / 10, np.minimum(at.menus[chosen], 5) / 2, told == 0, (told == 1) | (told == 2),
        (told >= 3) & (told <= 5), (above >= 0) & path[above], at.dated[chosen], apart, bullet & apart, bullet & ~apart,
        np.minimum(at.above[chosen], 150) / 50, np.minimum(at.told_above[chosen], 4) / 2, first & ~bar, first & bar,
        blank_above & ~apart, long_above & ~bullet, at.under_text[chosen], prose(lines)[rows],
        np.minimum(lines.stops[rows], 3), np.minimum(at.place[chosen], 200) / 100, lines.han[rows] < 2,
        lines.digit[rows] / length, mark, among(lines.first[rows], "“‘「『《"),
        among(lines.first[rows], "[【［(（"), lines.indent[rows] >= 8,
    ]  # fmt: skip
    result: Floats = np.stack([np.asarray(c, dtype=np.float64) for c in found], axis=1)
    return result


def _before(chosen: Ints, count: int) -> Mask:
    """Which of some indices follow right upon another of them."""
    among_them = np.zeros(count + 1, dtype=bool)  # the last place is that before the first
    among_them[chosen] = True
    found: Mask = among_them[chosen - 1]
    return found


def _apart(lines: Lines) -> Mask:
    """Lines with a blank one, or the edge of the page, on both sides."""
    gap = np.concatenate(([True], lines.blank, [True]))
    edge = np.zeros(len(lines) + 1, dtype=bool)
    edge[lines.first_row] = edge[lines.end_row] = True
    found: Mask = (gap[:-2] | edge[:-1]) & (gap[2:] | edge[1:])
    return found


def read(
    lines: Lines,
    candidates: Sequence[Candidate],
    page: int,
    paths: Sequence[int],
    score: Sequence[float],
    least: float,
) -> list[float]:
    """The weights of a page's candidates with what reading tells; `score` is what columns told, `paths` rows of paths,
    `least` what a title weighs at the least.

    Whether a candidate shares its words with the text is asked last, the heaviest first, and only as long as it can
    change which is the best or whether that is a title; all others stay a little below what they should be.
    """
    path = "".join(lines.string(r) for r in paths)
    low, high = int(lines.page_start[page]), int(lines.page_start[page + 1]) - 1
    value = [
        told + sum(map(_WEIGHT.__getitem__, _words(lines.text, candidate, (low, high), path, paths)))
        for candidate, told in zip(candidates, score, strict=True)
    ]
    order = sorted(range(len(value)), key=value.__getitem__, reverse=True)
    most = _WEIGHT[_SHARED] + _ROUNDING
    # A path gives way to the line that it ends in, wherever that stands.
    every = any(candidates[i].path for i in order if value[i] + most >= value[order[0]])
    rival = value[order[1]] if len(order) > 1 else -np.inf
    if not every and rival + most < value[order[0]] and not least - most < value[order[0]] <= least:
        return value
    text = _text(lines, min(c.row for c in candidates), page)
    best = -np.inf
    for i in order:
        if value[i] + most < best and not every:
            break
        value[i] += _WEIGHT[_SHARED] * shared(lines.text[candidates[i].start : candidates[i].end], text)
        best = max(best, value[i])
    return value


def _words(source: str, candidate: Candidate, page: tuple[int, int], path: str, paths: Sequence[int]) -> list[str]:
    """The signs that reading tells of a candidate, but for what it shares with the text; `page`: where its page is."""
    row, start, end, button, _, subtitle = candidate
    low, high = page
    text = source[start:end]
    found = [*_alone(text)]
    if row in paths:
        found.append("path itself")
    else:
        if len(text) > 3 and text in path:
            found.append("in the path")
        if button:
            found.append("button behind")
    if len(text) >= 8:
        if source.find(text, low, start) >= 0:
            found.append("long, above too")
        if source.find(f"\n{text}\n", end - 1, high) >= 0:
            found.append("long, again below")
    # A name of a writer comes again with each post, a word of a menu with each menu.
    elif len(text) >= 4 and 1 <= source.count(text + "\n", end, high) <= 2:
        found.append("short, again below")
    if subtitle:
        found.append("subtitle below")
    return found


@lru_cache(maxsize=1 << 13)
def _alone(text: str) -> tuple[str, ...]:
    """The signs that a line tells by itself."""
    found = {
        "opening sign": text.startswith(_OPENING),
        "an issue of a magazine": _ISSUE.match(text),
        "caption": _CAPTION.search(text),
        "label": _LABEL.match(text),
        "many brackets": text.count("[") + text.count("【") > 1,
        "outlet": len(text) <= 12 and text.endswith(_OUTLETS),
        "hashtag": _HASHTAG.match(text),
        "code": _CODE.search(text),
        "cells": _CELLS.search(text),
    }
    return tuple(name for name, holds in found.items() if holds)


# Characters of the text below that are held against a candidate: a few paragraphs say what a page is about.
_TEXT_CHARS = 1500
_SHARED = "shared with the text"
# Sums of a few dozen weights differ by less than this in whatever order they are made.
_ROUNDING = 1e-9


def _text(lines: Lines, row: int, page: int) -> str:
    """The first paragraphs of prose below a row of a page."""
    own = np.flatnonzero(prose(lines)[row + 1 : int(lines.end_row[page])]) + row + 1
    parts: list[str] = []
    size = 0
    for r in own.tolist():
        parts.append(lines.string(r))
        size += len(parts[-1])
        if size >= _TEXT_CHARS:
            break
    return "\n".join(parts)[:_TEXT_CHARS]


def shared(title: str, text: str) -> float:
    """The share of a line's pairs of characters that the text has as well: a headline speaks of what the text does.

    >>> shared("渡口停航", "昨天渡口没有船。"), shared("——", "——")
    (0.3333333333333333, 0.0)
    """
    own = [a + b for a, b in pairwise(title) if a.isalnum() and b.isalnum()]
    return sum(pair in text for pair in own) / len(own) if own else 0.0


# In the order of the names above.
COLUMN_WEIGHTS = np.array([
    -0.23, -0.22, -0.72, -0.23, -0.70, -0.62, 0.06, 0.53, -1.62, -1.57, 2.26, 1.09, 0.90, 1.29, 0.58, 2.02,
    0.01, -1.83, -0.65, -1.70, 1.28, -0.94, 1.13, 0.60, -0.46, -1.56, -0.45, 0.26, 0.56, -1.08, 0.45, -0.17,
    -0.90, -0.12,
])  # fmt: skip
WORD_WEIGHTS = np.array([
    1.59, 3.39, 1.93, 1.48, 0.03, 2.80, -2.50, -2.50, -1.50, -2.36, -1.01, -2.21, -1.11, 0.93, -2.04, 2.29,
    1.00,
])  # fmt: skip
_WEIGHT = dict(zip(WORDS, WORD_WEIGHTS.tolist(), strict=True))
