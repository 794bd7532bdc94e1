"""Where the tail of each page begins, and what opens it.

The stage related cuts it there; the stage navigation leaves it alone, so that what tells it apart is still there to
see.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.body import body
from pipeline.stages.lexicon import ABOUT, CONTROLS, FURNITURE, HARD_TAIL, MENUS
from pipeline.stages.prose import prose
from pipeline.stages.thread import thread_pages

STORIES, COMMENTS, FOOT = 1, 2, 3

# Editor, tags and source stand within a dozen lines of the end of the text; later ones belong to other stories.
_ABOUT_REACH = 12
# A line of so many Han characters and no stop is no signature: names of links, run together.
_BARE_CHARS = 16


@dataclass(frozen=True, slots=True)
class Tails:
    """For each page the row at which its tail begins (-1: none), and what opens it; `spared`: lines of metadata in
    it.
    """

    row: Ints
    kind: Ints
    spared: Mask


def tails(lines: Lines) -> Tails:
    """The tail of each page: from the first sign of furniture after the body to the end."""
    return lines.derived(_tails)


def _tails(lines: Lines) -> Tails:
    found = body(lines)
    stories = FURNITURE.has(lines, "other stories", "next story")
    comments = FURNITURE.has(lines, "comments") & ~thread_pages(lines)[lines.page]
    about = ABOUT.has(lines, "editor", "tags", "source", "author", "views")
    item = lines.bullet & ~lines.ended & (lines.length <= 60)
    soft = item | FURNITURE.has(lines, "contact", "panel", "widget")
    hard = FURNITURE.has(lines, *MENUS, *HARD_TAIL)
    # In a thread every post has its buttons; only what opens other stories or the foot of the page opens its tail.
    threads = thread_pages(lines)[lines.page]
    hard |= FURNITURE.has(lines, *(c for c in CONTROLS if c != "widget")) & ~threads
    soft &= ~threads
    hard &= ~(threads & FURNITURE.has(lines, "comments", "thread control", "share"))
    row = np.full(lines.pages, -1, dtype=np.int64)
    kind = np.zeros(lines.pages, dtype=np.int64)
    spared = np.zeros(len(lines), dtype=bool)
    for page in np.flatnonzero(found.weight > 0).tolist():
        start, end = int(found.end[page]), int(lines.end_row[page])
        sign = hard[start:end] | (soft[start:end] & _followed(hard[start:end]))
        sign &= ~about[start:end]
        first = int(np.argmax(sign)) if len(sign) else 0
        if not len(sign) or not sign[first]:
            continue
        at = _block_start(lines, start, start + first)
        row[page] = at
        # What opens the tail names the rule, though a lone control may stand before it.
        kind[page] = next((k for k, m in ((STORIES, stories), (COMMENTS, comments)) if m[at : at + 3].any()), FOOT)
        solid = np.flatnonzero(~lines.blank[at:end])[:_ABOUT_REACH] + at
        spared[solid] = about[solid] & ~prose(lines)[solid]
    return Tails(row, kind, spared)


def _followed(hard: Mask) -> Mask:
    """Lines that have a sure sign of furniture within the next dozen: a list before the foot, not one that ends a
    text.
    """
    total = np.concatenate(([0], np.cumsum(hard)))
    reach = np.minimum(np.arange(len(hard)) + _ABOUT_REACH + 1, len(hard))
    return total[reach] > total[: len(hard)]


def _block_start(lines: Lines, low: int, sign: int) -> int:
    """The first row of the block that a sign of furniture stands in: bare names right above a link list are part of
    it.
    """
    row = sign
    while (
        row - 1 >= low and not lines.blank[row - 1] and lines.stops[row - 1] == 0 and lines.han[row - 1] >= _BARE_CHARS
    ):
        row -= 1
    return row


def tail_rows(lines: Lines, kind: int, min_body: float) -> Mask:
    """All lines of the tails that a sign of that kind opens."""
    found = tails(lines)
    chosen = (found.kind == kind) & (body(lines).weight >= min_body)
    begin = np.where(chosen, found.row, len(lines))
    return (np.arange(len(lines)) >= begin[lines.page]) & ~found.spared


def before_tail(lines: Lines) -> Mask:
    """Lines above the tail of their page."""
    row = tails(lines).row
    return np.arange(len(lines)) < np.where(row >= 0, row, len(lines))[lines.page]
