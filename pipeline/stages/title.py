"""Where a page's title stands: the line above the text that behaves like one.

Every line that could be a title is weighed by columns; the best few of a page are then read, for what columns do not
tell: whether the breadcrumb names the line, whether it comes again, whether the text speaks of the same things.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import DIGIT, HAN, LATIN, Lines, Mask, among
from pipeline.signal import Signals
from pipeline.stages.body import body
from pipeline.stages.lexicon import ABOUT, FURNITURE, MENUS
from pipeline.stages.prose import prose
from pipeline.stages.shape import shape
from pipeline.stages.title_signs import COLUMN_WEIGHTS, Candidate, Solid, columns, read
from pipeline.stages.told_title import told_titles

# All titles of 7,814 articles that we know have 2 to 60 characters; one in 10,000 has fewer than four.
_MIN_CHARS, _MAX_CHARS = 2, 60
# Without this much prose a page is no article: verse and tables have a title only where a line of date or author, or
# the path, tells so.
_MIN_WEIGHT = 40.0
_SURE = 2.0
# A line that Markdown marks as the title weighs as much more as a line of date right below and one apart together.
_MARK = 4.0
# A sentence of so many Han characters that has a date in it speaks of that day, not of the page.
_CLAUSE_HAN = 16
# Lines of a page that are read as candidates, best first by columns.
READ = 12
# A sentence of the site right above a title has fewer Han characters than a paragraph of its text.
_NOTICE = 30
# Text above a title, in Han characters of prose: a notice of the site, seldom two.
_NOTICES = 150
# On a page without prose the title is sought in so many lines.
_TOP_LINES = 60
# What makes a line a title in spite of text right above it: a line of date or author, the path.
_PARAGRAPH = 60

# Lines between a title that reads as a sentence and the line about the page: buttons and the name of who wrote it.
_NEAR = 6


# Lines that stand under a title and tell of it, in the forms that blogs, threads and magazines use.
_TOLD = Signals(
    {
        "time": r"^(?:[^。,]{0,40}[\s/·|于])?\d+\s*(?:分钟|小时|天|周|个?月|年)前(?:[\s/·|]|$)|^[\W_]*(?:今天|昨天|前天)\s*\d{0,2}:?\d{0,2}[\W_]*$",
        "short date": r"^[\W_]*\d{2,4}[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d\d(?::\d\d)?)?(?:\s|$)|^[\W_]*\d{1,2}/\d{1,2}/(?:19|20)\d\d$",
        "english date": r"^[\W_]*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}\b.*\b(?:19|20)\d\d\b",
        "issue": r"^《[^《》]{1,20}》\s*(?:19|20)\d\d年",
        "count": r"^(?:.{0,30}\s)?(?:(?:浏览|阅读|查看|点击|人气|回复)\s*[::(\[]?\s*\d|\d[\d.,]*\s*万?\s*次?(?:浏览|阅读|回答|回复)(?:\s|$))",
        "author": r"^[\W_]*(?:作者|撰文|文|作家|楼主|博主|译者|编译)\s*[::/|]\s*\S|^[\W_]*(?:发表|发布|创建|提问|更新)于|发布于",
    },
    max_chars=80,
)
# Forums and wikis set paths without the words by which the lexicon knows a breadcrumb.
_PATH = Signals(
    {
        "path": r"^[^。!?,;:>»›→/]{2,14}\s*(?:[>»›→]\s*[^。;:>»›→]{1,16}\s*){1,5}[>»›→]\s*[^>»›→]{1,60}$",
        "strokes": r"^[^。!?,;:/]{2,8}\s/\s[^。!?,;:/]{1,8}\s/\s[^。!?,;:/]{1,8}$",
    },
    max_chars=120,
    where=lambda lines: lines.stops <= 3,
)
# Buttons behind a title, and the sign of a list before it.
_BEHIND = re.compile(r"(?:\s*[\[【(（]\s*(?:复制链接|打印本页|打印|收藏|原创|转载|置顶)\s*[\]】)）])+\s*$")
_BEFORE = re.compile(r"^(?:[•·●■◆▪►※○★☆*▶]|#{1,2}|\d{1,2}\.(?=\s))\s+")
_ARROW = re.compile(r"\s*(?:>+|›|»|→|＞)\s*")


class Titles(NamedTuple):
    """For each page the row of its title, -1 where none was found, and where in the batch the words of it stand."""

    row: Ints
    start: Ints
    end: Ints


def titles(lines: Lines) -> Titles:
    """The titles of all pages."""
    return lines.derived(_titles)


def title_rows(lines: Lines) -> Ints:
    """For each page the row of its title, -1 where none was found."""
    return titles(lines).row


def path_lines(lines: Lines) -> Mask:
    """Lines that are a path to the page."""
    return lines.derived(_path_lines)


def _path_lines(lines: Lines) -> Mask:
    found: Mask = FURNITURE.has(lines, "breadcrumb") | (_PATH.of(lines) != 0)
    return found


def title_span(lines: Lines, row: int) -> tuple[int, int]:
    """Where in the batch the words of a title stand: the line without the sign of a list and buttons behind it.

    Of a path the title is the last part.
    """
    head, text = int(lines.head[row]), lines.string(row)
    if path_lines(lines)[row]:
        last = path_title(text)
        at = text.rindex(last) if last else 0
        return head + at, head + at + len(last or text)
    start, end = _trimmed(text)
    return head + start, head + end


@lru_cache(maxsize=1 << 13)
def _trimmed(text: str) -> tuple[int, int]:
    """Where in a line its words stand."""
    before = _BEFORE.match(text)
    behind = _BEHIND.search(text)
    start, end = before.end() if before else 0, behind.start() if behind else len(text)
    return (start, end) if end - start >= _MIN_CHARS else (0, len(text))


@lru_cache(maxsize=4096)
def path_title(text: str) -> str | None:
    """The title at the end of a path of three parts and more, None where its last part is no title."""
    parts = _ARROW.split(text)
    last = parts[-1].strip(" \u3000\u00a0") if len(parts) >= 3 else ""
    return last if 8 <= len(last) <= _MAX_CHARS and len(last) > 1.5 * max(map(len, parts[1:-1])) else None


def sentence_titles(lines: Lines) -> Mask:
    """Lines that read as a sentence and stand where only a title does.

    Either a line about the page follows within six lines and no prose comes before, or it is a question on its own
    above lines that are no prose, as in threads of questions and answers.
    """
    return lines.derived(_sentence_titles)


def _sentence_titles(lines: Lines) -> Mask:
    own = prose(lines)
    likely: Mask = own & (lines.length <= _MAX_CHARS) & (lines.stops <= 3) & (lines.last != ord("。")) & ~lines.bullet
    if not likely.any():
        return likely
    told: Mask = told_lines(lines) & (lines.stops <= 2) & ~likely
    near = np.zeros(len(lines), dtype=bool)
    likely_rows = np.flatnonzero(likely)
    row = likely_rows
    below = lines.neighbour(1)
    for _ in range(_NEAR):
        row = np.where(row >= 0, below[row], -1)
        near[likely_rows] |= (row >= 0) & told[row]
        row = np.where(own[row], -1, row)
    mark = (lines.last == ord("?")) | (lines.last == ord("？"))
    alone = mark & (lines.length >= 8) & ((below < 0) | ~own[below]) & (lines.stops <= 3)
    total = np.concatenate(([0], np.cumsum(np.where(own & ~likely, lines.han, 0))))
    first = total[:-1] - total[lines.first_row[lines.page]] < _PARAGRAPH
    found: Mask = likely & first & (near | alone) & ~(told_lines(lines) & (lines.digit > 4))
    return found


def told_lines(lines: Lines) -> Mask:
    """Lines that tell of the page what stands under a title: date, source, author, views."""
    return lines.derived(_told_lines)


def _told_lines(lines: Lines) -> Mask:
    # A page number stands above a title too.
    about = ABOUT.has(lines, "date", "source", "time", "author", "editor", "views") | (_TOLD.of(lines) != 0)
    about |= FURNITURE.has(lines, "post header")
    found: Mask = about & ~(prose(lines) & ((lines.han >= _CLAUSE_HAN) | (lines.last == ord("。"))))
    return found


def _titles(lines: Lines) -> Titles:
    out = Titles(*(np.full(lines.pages, -1, dtype=np.int64) for _ in Titles._fields))
    at, chosen = candidates(lines) if len(lines) else (None, np.zeros(0, dtype=np.int64))
    if at is None or not len(chosen):
        return out
    page = lines.page[at.rows]
    score = columns(lines, at, chosen) @ COLUMN_WEIGHTS
    score += np.where(_marked(lines)[at.rows[chosen]], _MARK, 0.0)
    order = np.lexsort((-score, page[chosen]))
    chosen, score = chosen[order], score[order]
    first = np.searchsorted(page[chosen], np.arange(lines.pages))
    few = np.arange(len(chosen)) - first[page[chosen]] < READ
    rows, scores = at.rows[chosen[few]], score[few].tolist()
    able = _candidates(lines, rows)
    least = np.where(body(lines).weight >= _MIN_WEIGHT, 0.0, _SURE).tolist()
    paths = np.flatnonzero(path_lines(lines))
    begins = np.searchsorted(lines.page[rows], np.arange(lines.pages + 1)).tolist()
    low, high = (np.searchsorted(paths, edge).tolist() for edge in (lines.first_row, lines.end_row))
    for p, (a, b) in enumerate(pairwise(begins)):
        if a == b:
            continue
        own = able[a:b]
        value = read(lines, own, p, paths[low[p] : min(high[p], low[p] + 3)].tolist(), scores[a:b], least[p])
        best = _of_path(lines, own, value.index(max(value)))
        if value[best] > least[p]:
            out.row[p], out.start[p], out.end[p] = own[best][:3]
    for p, row in told_titles(lines).items():
        out.row[p], (out.start[p], out.end[p]) = row, title_span(lines, row)
    return out


def _candidates(lines: Lines, rows: Ints) -> list[Candidate]:
    """The lines of some rows with what reading asks of them."""
    start, end = lines.head[rows], lines.tail[rows]
    path = path_lines(lines)[rows]
    first, last = lines.first_kind[rows] & 7, lines.last_kind[rows] & 7
    # Before most titles stands no sign and behind them no button.
    whole = ((first == HAN) | (first == LATIN)) & ((last == HAN) | (last == LATIN) | (last == DIGIT)) & ~path
    for i in np.flatnonzero(~whole).tolist():
        start[i], end[i] = title_span(lines, int(rows[i]))
    columns = (rows, start, end, lines.tail[rows] - end > 3, path, _over_subtitle(lines)[rows])
    return list(map(Candidate, *(c.tolist() for c in columns)))


def _marked(lines: Lines) -> Mask:
    """Lines that Markdown marks as the title: `# 渡口管理条例`."""
    found: Mask = (lines.first == ord("#")) & (_second(lines) == ord(" "))
    return found


def _over_subtitle(lines: Lines) -> Mask:
    """Lines above one that begins with a dash."""
    dash = among(lines.first, "—－") | ((lines.first == ord("-")) & (_second(lines) == ord("-")))
    below = lines.neighbour(1)
    found: Mask = (below >= 0) & dash[below]
    return found


def _second(lines: Lines) -> npt.NDArray[np.uint32]:
    """The character behind the first of each line."""
    found: npt.NDArray[np.uint32] = lines.codes[np.minimum(lines.head + 1, len(lines.codes) - 1)]
    return found


def _of_path(lines: Lines, spans: Sequence[Candidate], best: int) -> int:
    """Where a path is the best candidate, the line that it ends in, if the page has it."""
    row, start, end, _, path, _ = spans[best]
    if path:
        title = lines.text[start:end]
        for i, (other, a, b, *_) in enumerate(spans):
            if other != row and b - a >= _MIN_CHARS and lines.text[a:b] in title and 2 * (b - a) >= len(title):
                return i
    return best


def candidates(lines: Lines) -> tuple[Solid, Ints]:
    """The columns of all lines, and which of them could be titles by their form and place."""
    at = _solid(lines)
    possible = _possible(lines)[at.rows]
    end = _reach(lines, at)
    page = lines.page[at.rows]
    path = path_lines(lines)
    above = lines.neighbour(-1)[at.rows]
    sure = (at.told <= 2) | at.dated | ((above >= 0) & path[above])
    able = possible & (np.arange(len(at.rows)) < end[page])
    able &= (at.above < _PARAGRAPH) | (sure & (at.above < _NOTICES))
    able &= sure | ~at.under_text | (at.above < _NOTICE)  # otherwise a heading
    return at, np.flatnonzero(able)


def _possible(lines: Lines) -> Mask:
    """Lines that could be a title by their form."""
    refused = among(lines.last, ":：，、,；;。>＞")
    refused |= among(lines.first, "—―－")  # a subtitle
    quoted = among(lines.first, "“‘「『")
    # A quotation that goes on is speech; a title may begin with a quoted word.
    closing = among(lines.last, "”’」』")
    refused |= quoted & (closing | (lines.han < 8) | lines.ended)
    sized = ~lines.blank & ~refused & (lines.length >= _MIN_CHARS) & (lines.length <= _MAX_CHARS)
    capital = (lines.first >= ord("A")) & (lines.first <= ord("Z"))
    sized &= (lines.han >= 2) | ((lines.latin >= 6) & (lines.punct <= 3) & capital)
    widths = 0.85 * shape(lines).wrapped_width
    below, above = lines.neighbour(1), lines.neighbour(-1)
    told = told_lines(lines)
    above_told = (below >= 0) & told[below] & (lines.stops[below] == 0)  # surely no line of a broken paragraph
    wide = shape(lines).width >= widths[lines.page]
    continued = (above >= 0) & (wide & shape(lines).open_end)[above]  # the last line of a broken paragraph
    path = _path_titles(lines)
    furniture = (FURNITURE.of(lines) != 0) & ~path
    about = (told & ~_titled(lines)) | (ABOUT.of(lines) != 0)
    found: Mask = (
        (sized | path) & ~furniture & ~about & (~prose(lines) | sentence_titles(lines))
        & ((~wide & ~continued) | above_told)
    )  # fmt: skip
    return found


def _titled(lines: Lines) -> Mask:
    """Lines with a button that stands behind titles."""
    closing = among(lines.last, "]】") & (lines.length > 10)
    return _read(lines, closing, lambda text: bool(_BEHIND.search(text)))


def _path_titles(lines: Lines) -> Mask:
    """Paths that end in a title."""
    return _read(lines, path_lines(lines), lambda text: path_title(text) is not None)


def _read(lines: Lines, mask: Mask, holds: Callable[[str], bool]) -> Mask:
    """The lines of a mask of which that holds."""
    out = np.zeros(len(lines), dtype=bool)
    rows = np.flatnonzero(mask)
    out[rows] = list(map(holds, lines.strings(rows, folded=False)))
    return out


def _solid(lines: Lines) -> Solid:
    rows = np.flatnonzero(~lines.blank)
    page = lines.page[rows]
    first = np.searchsorted(rows, lines.first_row)
    own = (prose(lines) & ~sentence_titles(lines))[rows]
    about = told_lines(lines)[rows]
    same = np.concatenate(([False], page[:-1] == page[1:]))
    text, told = _distance(own | _unstopped(lines)[rows], page), _distance(about, page)
    # Menus between a line and the text below it; a page without text counts those of twenty lines.
    to = np.minimum(np.arange(len(rows)) + np.minimum(text, 20) + 1, len(rows))
    menus = _running(FURNITURE.has(lines, *MENUS)[rows])
    han, said = _running(np.where(own, lines.han[rows], 0)), _running(about)
    # In blogs the date stands above the title.
    when = (ABOUT.has(lines, "date") & told_lines(lines) | (_TOLD.of(lines) != 0))[rows]
    items = _running(lines.bullet[rows])
    return Solid(
        rows=rows, text=np.where(text < 99, text - (items[to] - items[1:]), text), told=told, told_above=said[:-1] - said[first[page]],
        dated=same & np.roll(when, 1) & (told > 2) & (lines.length[rows] >= 8),
        under_text=same & np.roll(own, 1), menus=menus[to] - menus[1:], above=han[:-1] - han[first[page]],
        place=np.arange(len(rows)) - first[page],
    )  # fmt: skip


def _unstopped(lines: Lines) -> Mask:
    """Long lines without stops, two and more after each other, as some write who set spaces or new lines for stops."""
    long = (lines.han >= 16) & (lines.han * 3 >= lines.length * 2) & ~lines.bullet & (FURNITURE.of(lines) == 0)
    below = lines.neighbour(1)
    found: Mask = long & (below >= 0) & long[below]
    return found


def _running(column: npt.NDArray[Any]) -> Ints:
    """The sum of all before each place, and of all."""
    return np.concatenate(([0], np.cumsum(column.astype(np.int64))))


def _distance(mask: Mask, page: Ints) -> Ints:
    """How many lines below each the next of a mask stands, on its page; 0 is the next line, 99 for none."""
    index = np.arange(len(mask))
    following = np.append(np.flatnonzero(mask), len(mask))[np.cumsum(mask)]
    same = (following < len(mask)) & (np.append(page, -1)[following] == page)
    result: Ints = np.where(same, np.minimum(following - index - 1, 99), 99)
    return result


def _reach(lines: Lines, at: Solid) -> Ints:
    """For each page the line above which its title stands, counted in lines that are not blank."""
    low, high = np.searchsorted(at.rows, lines.first_row), np.searchsorted(at.rows, lines.end_row)
    own = np.flatnonzero((prose(lines) & ~sentence_titles(lines))[at.rows])
    start = np.searchsorted(at.rows, body(lines).start)
    text = np.minimum(np.append(own, len(at.rows))[np.searchsorted(own, start)], high)
    # Where the page's heaviest stretch begins late, its text may begin earlier; notices may stand above its title.
    past = np.flatnonzero(at.above >= _NOTICES)
    following = np.searchsorted(lines.page[at.rows][past], np.arange(lines.pages))
    noticed = np.minimum(np.append(past, len(at.rows))[following], high)
    found: Ints = np.where(
        body(lines).weight < _MIN_WEIGHT, np.minimum(low + _TOP_LINES, high), np.maximum(text, noticed)
    )
    return found
