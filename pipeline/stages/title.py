"""Where a page's title stands: the line above the body that behaves like one."""

import re

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.body import body, prose
from pipeline.stages.lexicon import ABOUT, FURNITURE, MENUS
from pipeline.stages.shape import shape

# All titles of 7,814 articles that we know have 2 to 60 characters; one in 10,000 has fewer than four.
_MIN_CHARS, _MAX_CHARS = 2, 60
_MAX_SENTENCE = 45
# Lines above the body that are looked at; between title and body stand credits, share bars and abstracts, seldom more.
_REACH = 30
# Without this much prose a page is no article, and its first line no title.
_MIN_WEIGHT = 40.0

# A label and its value, as in a table of facts; a title with a colon has more before it or is longer.
_LABEL = re.compile(r"^\S{1,5}:\S.{0,14}$")
_CAPTION = re.compile(r"\s[\u4e00-\u9fff·]{2,4}$|(?:摄|供图|图)$")


def title_rows(lines: Lines) -> Ints:
    """For each page the row of its title, -1 where none was found."""
    return lines.derived(_title_rows)


def _title_rows(lines: Lines) -> Ints:
    out = np.full(lines.pages, -1, dtype=np.int64)
    found, widths = body(lines), 0.85 * shape(lines).wrapped_width
    refused = np.isin(lines.last, [ord(c) for c in ":：，、"]) | np.isin(lines.first, [ord(c) for c in "“‘「『"])
    sized = ~lines.blank & ~refused & (lines.length >= _MIN_CHARS) & (lines.length <= _MAX_CHARS) & (lines.han >= 2)
    possible = (
        sized & (FURNITURE.of(lines) == 0) & ((~prose(lines) & (lines.last != ord("。"))) | sentence_titles(lines))
    )
    about = ABOUT.of(lines) != 0
    told = ABOUT.has(
        lines, "date", "source", "time", "author", "editor", "views"
    )  # a page number stands above a title too
    below = lines.neighbour(1)
    above_about = (below >= 0) & about[below] & (lines.stops[below] == 0)  # surely no line of a broken paragraph
    above = lines.neighbour(-1)
    wide = shape(lines).width >= widths[lines.page]
    continued = (above >= 0) & (wide & shape(lines).open_end)[above]  # the last line of a broken paragraph
    crumb = FURNITURE.has(lines, "breadcrumb")
    for page in np.flatnonzero(found.weight >= _MIN_WEIGHT).tolist():
        low, end = int(lines.first_row[page]), _first_prose(lines, int(found.start[page]), int(found.end[page]))
        rows = np.flatnonzero(possible[low:end]) + low
        rows = rows[((shape(lines).width[rows] < widths[page]) & ~continued[rows]) | above_about[rows]]
        if len(rows):
            out[page] = _best(lines, rows[-_REACH:], about, told, crumb, low, end)
    return out


def sentence_titles(lines: Lines) -> Mask:
    """Lines that read as a sentence and stand where only a title does: short, right above a line of date, source or
    author.
    """
    return lines.derived(_sentence_titles)


def _sentence_titles(lines: Lines) -> Mask:
    below = lines.neighbour(1)
    about = (ABOUT.of(lines) != 0) & (lines.stops <= 2)
    above = lines.neighbour(-1)
    first = (above < 0) | ~prose(lines)[above]
    found: Mask = (
        prose(lines)
        & (lines.length <= _MAX_SENTENCE)
        & (lines.stops <= 2)
        & (below >= 0)
        & about[below]
        & ~about
        & first
    )
    return found


def _first_prose(lines: Lines, start: int, end: int) -> int:
    own = np.flatnonzero((prose(lines) & ~sentence_titles(lines))[start:end])
    return start + int(own[0]) if len(own) else start


def _best(lines: Lines, rows: Ints, about: Mask, told: Mask, crumb: Mask, low: int, end: int) -> int:
    """The row that behaves most like a title, -1 where none does. Each sign of one has its weight; the reasons stand
    beside.
    """
    texts = lines.strings(rows)
    path = "".join(lines.strings(np.flatnonzero(crumb[low:end]) + low))
    solid = np.flatnonzero(~lines.blank[low:end]) + low
    place = {int(r): i for i, r in enumerate(solid)}
    menus = np.cumsum(FURNITURE.has(lines, *MENUS)[solid])
    best, best_score = -1, 0.0
    for row, text in zip(rows.tolist(), texts, strict=True):
        at = place[row]
        if about[row]:
            continue
        near = told[solid[at + 1 : at + 4]]
        score = 4.0 - 0.1 * (len(solid) - at)  # the nearer to the text the likelier
        score -= 0.8 * min(5, int(menus[-1] - menus[at]))  # menus stand above a title, site names above menus
        score += 2.0 if at == 0 and not menus[-1] else 0.0  # a page without menus begins with its title
        score += 1.0 if len(text) >= 8 else (0.0 if len(text) >= 4 else -1.5)
        score += 2.0 if any(text != other and text in other for other in texts) else 0.0  # `site - title` above it
        score += 2.0 if texts.count(text) > 1 else 0.0
        score += 3.5 if len(near) and near[0] else (1.5 if near.any() else 0.0)  # source and date stand right below
        score += 3.0 if len(text) > 3 and text in path else 0.0
        score += 1.5 if at and crumb[solid[at - 1]] else 0.0
        score += 2.5 if at + 1 < len(solid) and lines.string(int(solid[at + 1])).startswith(("—", "－", "--")) else 0.0
        score -= 3.0 if bool(lines.bullet[row]) else 0.0
        score -= 3.0 if text.startswith(("—", "--", "=", "★", "※", "[摘要", "【摘要", "摘要", "导读")) else 0.0
        score -= 2.5 if _CAPTION.search(text) else 0.0
        score -= 4.0 if text.endswith((":", ",", ";", ">")) else 0.0
        score -= 2.0 if _LABEL.match(text) else 0.0
        score -= 2.0 if text.count("[") + text.count("【") > 1 else 0.0
        if score > best_score:
            best, best_score = row, score
    return best
