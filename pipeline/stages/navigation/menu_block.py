"""NAV101."""

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.rule import Context, Found, rule
from pipeline.stages.body import body
from pipeline.stages.lexicon import ABOUT, FURNITURE
from pipeline.stages.navigation.options import NavigationOptions
from pipeline.stages.tail import before_tail


@rule("NAV101")
def menu_block(lines: Lines, context: Context) -> Found:
    """A run of menu items, one a line, or a row of them in one line.

    Short lines without punctuation, one after the other, of which at least a third are words that menus use (`首页`,
    `联系我们`, `登录`), or a line in which such words follow each other. A run needs three items. Verse and lists are left
    alone: their lines are no words of menus; and so is a single such word, which may be a heading.

    Before: `首页` `新闻` `论坛` one a line, after: nothing.
    """
    options: NavigationOptions = context.options
    word = FURNITURE.has(lines, "menu item", "menu row", "share", "login", "search box", "widget")
    short = ~lines.blank & (lines.length <= options.max_item_chars) & (lines.stops == 0) & (ABOUT.of(lines) == 0)
    found = body(lines)
    outside = (np.arange(len(lines)) < found.start[lines.page]) | (np.arange(len(lines)) >= found.end[lines.page])
    return Found(
        rows=before_tail(lines)
        & (
            _runs(lines, (short & (word | outside)) | word, word, options.min_items)
            | (FURNITURE.has(lines, "menu row") & (lines.stops == 0) & ~_label(lines))
        )
    )


def _runs(lines: Lines, candidate: Mask, word: Mask, least: int) -> Mask:
    """Runs of candidate lines, blank lines passed over, with at least `least` lines and a third of them words of
    menus.
    """
    rows = np.flatnonzero(candidate & ~lines.blank)
    out = np.zeros(len(lines), dtype=bool)
    if not len(rows):
        return out
    starts = np.concatenate(([True], lines.neighbour(1)[rows[:-1]] != rows[1:]))
    run = np.cumsum(starts) - 1
    size = np.bincount(run)
    words = np.bincount(run, weights=word[rows])
    good = (size >= least) & (words * 3 >= size) & ~_announced(lines, rows[starts])
    # A title below a menu and a signature above one are no items: a run begins and ends with a word of menus.
    named = np.flatnonzero(word[rows])
    first, last = np.full(len(size), len(rows)), np.full(len(size), -1)
    np.minimum.at(first, run[named], named)
    np.maximum.at(last, run[named], named)
    index = np.arange(len(rows))
    out[rows[good[run] & (index >= first[run]) & (index <= last[run])]] = True
    return out


def _announced(lines: Lines, rows: Ints) -> Mask:
    """Rows below a line that ends in a colon: a list that the text announces."""
    above = lines.neighbour(-1)[rows]
    announced: Mask = (above >= 0) & _label(lines)[above]
    return announced


def _label(lines: Lines) -> Mask:
    """Lines that introduce what follows."""
    label: Mask = (lines.last == ord(":")) | (lines.last == ord("："))
    return label
