"""QLT101."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.quality.counts import by_page, letters
from pipeline.stages.quality.options import QualityOptions


@rule("QLT101")
def little_text(lines: Lines, context: Context) -> Found:
    """A page of which next to nothing is left.

    Fewer Han characters than a verse of four lines: after menus and tails are gone, a page that never had a text of
    its own. The page is set aside; it can be restored from the trail like any other.

    Before: `图片`, after: set aside, with the reason `2 Han characters left, fewer than 20`.
    """
    options: QualityOptions = context.options
    han = by_page(lines, lines.han)
    other = by_page(lines, letters(lines) - lines.han)
    # A page in another language is the next rule's.
    few = np.flatnonzero((han < options.min_han) & (other < 5 * options.min_han))
    return Found(aside={p: f"{int(han[p])} Han characters left, fewer than {options.min_han}" for p in few.tolist()})
