"""TPL102: runs of lines that a site repeats in the same order, and its notices."""

import numpy as np

from pipeline.lines import Lines, Mask
from pipeline.rule import Context, Found, rule
from pipeline.stages.templates.repeated import Repeated, repeated


@rule("TPL102")
def template_block(lines: Lines, context: Context) -> Found:
    """Runs of lines that a site repeats in the same order, and notices in sentences at the edges of its pages.

    **What it finds.** Three lines or more that stand one below the other on three in ten of the site's pages,
    wherever on the page; and sentences that half of the site's pages have at their top or bottom, next to other
    furniture or to the edge itself: notices of copyright, disclaimers, invitations to subscribe.

    **Why.** A notice is prose by every sign, and only its repetition gives it away; a block in the middle of a page
    has no edge to vouch for it, so it must be longer, more common, and always in the same order.

    **What it leaves alone.** Prose that some pages quote, at any length, where fewer than half of the site's pages
    have it or text stands on both sides of it; short sentences such as 特此公告。; one or two repeated lines between
    paragraphs.

    **Before**, where most pages of the site have the last line

        周三上午，清河水库开闸放水。
        本网所载内容均为原创，未经书面许可，不得转载。

    **After**

        周三上午，清河水库开闸放水。
    """
    found = repeated(lines, context)
    block = _runs(lines, found, context.options.min_block_lines)
    edge_lines = found.plain & found.at_edge  # template_line takes these
    return Found(rows=(block | found.notice & found.at_edge) & ~edge_lines, note="repeated on the site in this order")


def _runs(lines: Lines, found: Repeated, min_lines: int) -> Mask:
    """Rows of runs of at least that many lines, each followed by the next on other pages too."""
    rows = np.flatnonzero(found.in_block)
    out = np.zeros(len(lines), dtype=bool)
    if not len(rows):
        return out
    joined = (lines.neighbour(1)[rows[:-1]] == rows[1:]) & found.below[rows[:-1]]
    run = np.concatenate(([0], np.cumsum(~joined)))
    out[rows[np.bincount(run)[run] >= min_lines]] = True
    return out
