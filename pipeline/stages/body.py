"""Where a page's own text stands: the stretch of lines in which prose outweighs furniture.

Each line is weighed: prose by its Han characters, furniture against it. The heaviest stretch of a page (the largest
sum of consecutive weights) is its body; what lies outside is judged by rules that need evidence before they cut.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.lexicon import ABOUT, CONTROLS, FURNITURE, HARD_TAIL, MENUS
from pipeline.stages.line_model import odds
from pipeline.stages.main_element import by_tags
from pipeline.stages.prose import prose
from pipeline.stages.thread import thread_pages

# A line of prose counts at most this many Han characters: ten paragraphs prove more than one long line.
_PROSE_CAP = 120.0
# Against it: a short line without punctuation, an item of a list, a word of menus, the opening of a tail.
_SHORT, _ITEM, _MENU, _CONTROL, _MARKER, _FOOTER = -6.0, -9.0, -14.0, -4.0, -60.0, -80.0

# Teasers of other stories read like prose; below a heading such as `热门新闻` prose counts half.
_TEASER_SHARE, _PARAGRAPH = 0.5, 80.0
# What such a line weighs at the most against the posts: ten of them are outweighed by a post of one sentence.
_THREAD_LEAST = -1.5

# The line model has this share in the weight of a line. It is asked for text that does not read as prose (verse,
# tables, code), so it leans towards text by one unit of log odds; a unit weighs half of the line's Han characters, and
# a line of none still something.
_LEARNED, _LEANING, _PER_ODDS, _LEAST = 0.3, 1.0, 0.5, 6.0


@dataclass(frozen=True, slots=True)
class Body:
    """For each page the first and last row of its body (end exclusive; equal where it has none) and its weight."""

    start: Ints
    end: Ints
    weight: npt.NDArray[np.float64]


def weights(lines: Lines) -> npt.NDArray[np.float64]:
    """How much each line speaks for the page's own text, in Han characters; negative for furniture."""
    out = np.where(lines.bullet, _ITEM, _SHORT)
    own = prose(lines)
    above, below = lines.neighbour(-1), lines.neighbour(1)
    beside = ((above >= 0) & own[above]) | ((below >= 0) & own[below])
    wrapped = (lines.han >= 16) & (lines.han * 3 >= lines.length * 2) & ~lines.bullet & ((lines.stops > 0) | beside)
    out = np.where(wrapped, 0.0, out)  # may be a line of a broken paragraph
    out = np.where(own, np.minimum(lines.han, _PROSE_CAP), out)
    short = lines.length <= FURNITURE.max_chars
    for names, weight in ((MENUS, _MENU), (CONTROLS, _CONTROL), (HARD_TAIL, _MARKER), (("footer", "rights"), _FOOTER)):
        out = np.where(FURNITURE.has(lines, *names) & short & ~(own & (lines.stops >= 3)), weight, out)
    out = np.where(own & _after_heading(lines, out), _TEASER_SHARE * out, out)
    # The posts of a thread stand far apart, with a panel and buttons between them.
    button = FURNITURE.has(lines, "comments", "thread control", "share")
    light = thread_pages(lines)[lines.page] & (out < 0) & ((out > _MENU) | button)
    out = np.where(light, np.maximum(out, _THREAD_LEAST), out)
    learned = (odds(lines) + _LEANING) * np.minimum(lines.han + _LEAST, _PROSE_CAP + _LEAST) * _PER_ODDS
    both = (1.0 - _LEARNED) * out + _LEARNED * learned
    return np.where(lines.blank, 0.0, by_tags(lines, both, _MENU))


def _after_heading(lines: Lines, w: npt.NDArray[np.float64]) -> Mask:
    """Lines below the first heading of other stories that has a paragraph above it; not where the page is a thread."""
    total = np.concatenate(([0.0], np.cumsum(np.maximum(w, 0.0))))
    above = total[:-1] - total[lines.first_row[lines.page]]
    rows = np.flatnonzero(
        FURNITURE.has(lines, "other stories") & (above >= _PARAGRAPH) & ~thread_pages(lines)[lines.page]
    )
    at = np.searchsorted(lines.page[rows], np.arange(lines.pages))
    first = np.append(rows, len(lines))[np.minimum(at, len(rows))]
    first = np.where(np.append(lines.page, lines.pages)[first] == np.arange(lines.pages), first, len(lines))
    below: Mask = np.arange(len(lines)) > first[lines.page]
    return below


def body(lines: Lines) -> Body:
    """The heaviest stretch of each page."""
    return lines.derived(_body)


def _body(lines: Lines) -> Body:
    w = weights(lines)
    start, end = _heaviest(lines, w)
    heading = _without_value(lines, FURNITURE.has(lines, "other stories", "next story"))
    # A notice of rights ends a body only where little of what follows is prose: there are articles about rights.
    notice = FURNITURE.has(lines, "rights") & ~heading
    talk = FURNITURE.has(lines, "comments")
    own = prose(lines)
    apart = ABOUT.has(lines, "date", "source", "time", "author", "views") | FURNITURE.has(lines, *MENUS)
    some = end > start
    for page in np.flatnonzero(some & _noticed(own, apart, w, start)).tolist():
        start[page] = _own_start(own, apart, w, int(start[page]), int(end[page]))
    signs = np.concatenate(([0], np.cumsum(heading | talk | notice)))
    for page in np.flatnonzero(some & (signs[end] > signs[start])).tolist():
        end[page] = _own_end(lines, w, heading, talk, notice, int(start[page]), int(end[page]))
    total = np.concatenate(([0.0], np.cumsum(w)))
    return Body(start, end, np.where(end > start, total[end] - total[start], 0.0))


def _without_value(lines: Lines, heading: Mask) -> Mask:
    """Headings but for labels with what they label, as `相关链接：某某手册`: those are part of the text above more often
    than the head of a list.
    """
    rows = np.flatnonzero(heading)
    out = heading.copy()
    texts = [text[:-_VALUE] for text in lines.strings(rows, folded=False)]
    out[rows] = [":" not in text and "：" not in text for text in texts]
    return out


def _heaviest(lines: Lines, w: npt.NDArray[np.float64]) -> tuple[Ints, Ints]:
    """For each page the stretch of lines whose weights have the largest sum; empty where no line weighs anything."""
    start, end = lines.first_row.copy(), lines.first_row.copy()
    if not len(w):
        return start, end
    total = np.cumsum(w)
    before = total - w
    # A running minimum that starts anew at each page: later pages are shifted below all earlier ones.
    shift = lines.page * (2.0 * float(np.abs(w).sum()) + 1.0)
    lowest = np.minimum.accumulate(before - shift) + shift
    gain = total - lowest
    pages = np.arange(lines.pages)
    most = np.maximum.reduceat(gain, lines.first_row)
    rows = np.flatnonzero(gain == most[lines.page])
    last = rows[np.searchsorted(lines.page[rows], pages)]
    rows = np.flatnonzero((before <= lowest[last][lines.page] + 1e-6) & (np.arange(len(w)) <= last[lines.page]))
    first = rows[np.searchsorted(lines.page[rows], pages, side="right") - 1]
    heavy = most > 0
    start[heavy], end[heavy] = first[heavy], last[heavy] + 1
    return start, end


# A notice of the site is a sentence or two.
_NOTICE = 60.0


def _noticed(own: Mask, apart: Mask, w: npt.NDArray[np.float64], start: Ints) -> Mask:
    """Which pages may begin with a notice of the site: a line about the page or of menus is behind the first prose."""
    rows = np.append(np.flatnonzero(own), [len(own), len(own)])
    at = np.searchsorted(rows[:-2], start)
    light = np.append(w, 0.0) < _NOTICE
    signs = np.concatenate(([0], np.cumsum(apart), [0]))
    found: Mask = light[start] & light[rows[at]] & (signs[rows[at + 1]] > signs[rows[at] + 1])
    return found


def _own_start(own: Mask, apart: Mask, w: npt.NDArray[np.float64], start: int, end: int) -> int:
    """Where within a heavy stretch the page's own text begins.

    A short sentence above the line of date and source, or above a menu, is a notice of the site, not the text's first.
    """
    rows = np.flatnonzero(own[start:end])[:6] + start
    for row, following in zip(rows.tolist(), rows[1:].tolist(), strict=False):
        if w[row] >= _NOTICE or not apart[row + 1 : following].any():
            break
        start = row + 1
    return start


# What follows a label in its line is its value from so many characters on.
_VALUE = 4
# Before a heading such as `相关新闻` may end a body, the body holds a paragraph, or more than what follows.
_ENOUGH = _PARAGRAPH


def _own_end(
    lines: Lines, w: npt.NDArray[np.float64], heading: Mask, talk: Mask, notice: Mask, start: int, end: int
) -> int:
    """Where within a heavy stretch the page's own text ends: teasers of other stories weigh like prose, headings
    tell.
    """
    threaded = int(talk[start:end].sum()) > 2  # a thread, where every post has its button
    signs = heading[start:end] | notice[start:end]
    if not threaded:
        signs |= talk[start:end]
    if not signs.any():
        return end
    part = np.maximum(w[start:end], 0.0)
    # Here a paragraph counts whole: one long one above the heading is enough.
    before = np.cumsum(np.where(part > 0, lines.han[start:end], 0))
    for row in np.flatnonzero(signs).tolist():
        after = float(before[-1] - before[row])
        if before[row] >= after and not notice[start + row]:
            return start + row
        solid = ~lines.blank[start + row : end]
        scattered = (part[row:] > 0).sum() < 0.5 * solid.sum()
        if (heading | notice)[start + row] and scattered and before[row] >= _ENOUGH:
            return start + row
    return end
