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
    index = np.arange(len(lines))
    sign = (hard | (soft & _followed(lines, hard))) & ~about & (index >= found.end[lines.page])
    signs = np.append(np.flatnonzero(sign), len(lines))
    first = signs[np.searchsorted(signs, lines.first_row)]
    has = (first < lines.end_row) & (found.weight > 0)
    pages = np.flatnonzero(has)
    row = np.full(lines.pages, -1, dtype=np.int64)
    row[pages] = at = _block_start(lines, found.end[pages], first[pages])
    # What opens the tail names the rule, though a lone control may stand before it.
    kind = np.zeros(lines.pages, dtype=np.int64)
    kind[pages] = np.where(_soon(stories)[at], STORIES, np.where(_soon(comments)[at], COMMENTS, FOOT))
    solid = np.concatenate(([0], np.cumsum(~lines.blank)))
    begin = np.where(has, row, len(lines))[lines.page]
    near = (index >= begin) & (solid[:-1] - solid[begin] < _ABOUT_REACH)
    return Tails(row, kind, near & about & ~prose(lines) & ~lines.blank)


def _followed(lines: Lines, hard: Mask) -> Mask:
    """Lines that have a sure sign of furniture within the next dozen: a list before the foot, not one that ends a
    text.
    """
    total = np.concatenate(([0], np.cumsum(hard)))
    reach = np.minimum(np.arange(len(hard)) + _ABOUT_REACH + 1, lines.end_row[lines.page])
    followed: Mask = total[reach] > total[:-1]
    return followed


def _soon(mask: Mask) -> Mask:
    """Lines of a mask and the two above each."""
    out = mask.copy()
    out[:-1] |= mask[1:]
    out[:-2] |= mask[2:]
    return out


def _block_start(lines: Lines, low: Ints, sign: Ints) -> Ints:
    """The first row of the block that each sign of furniture stands in: bare names right above a link list are part
    of it.
    """
    bare = ~lines.blank & (lines.stops == 0) & (lines.han >= _BARE_CHARS)
    other = np.append(np.maximum.accumulate(np.where(bare, -1, np.arange(len(lines)))), -1)
    result: Ints = np.maximum(low, other[sign - 1] + 1)
    return result


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
