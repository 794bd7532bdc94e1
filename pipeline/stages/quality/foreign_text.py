"""QLT102."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.quality.counts import by_page
from pipeline.stages.quality.options import QualityOptions


@rule("QLT102")
def foreign_text(lines: Lines, context: Context) -> Found:
    """A page that is not in Chinese.

    Of its letters (Han, Latin, kana, hangul and all others) less than a tenth are Han. Manuals with much code stay.

    Before: a page in English, after: set aside, with the share as reason.
    """
    options: QualityOptions = context.options
    other = (
        lines.end - lines.start - lines.han - lines.digit - lines.punct - lines.space
    )  # Latin, kana, hangul and the rest
    han, latin = by_page(lines, lines.han), by_page(lines, other)
    share = han / np.maximum(han + latin, 1)
    foreign = np.flatnonzero((share < options.min_han_share) & (latin >= 5 * options.min_han))
    return Found(
        aside={
            p: f"{share[p]:.0%} of its letters are Han, less than {options.min_han_share:.0%}" for p in foreign.tolist()
        }
    )
