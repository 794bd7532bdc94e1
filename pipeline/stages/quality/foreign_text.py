"""QLT102."""

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.quality.counts import by_page, letters
from pipeline.stages.quality.options import QualityOptions


@rule("QLT102")
def foreign_text(lines: Lines, context: Context) -> Found:
    """A page that is not in Chinese.

    Of its letters (Han, Latin, kana, hangul and all others) less than a tenth are Han, or more than a fifth are
    kana. Manuals with much code stay, and so do a page that quotes a line of Japanese and one with fewer than a
    hundred letters that are not Han.

    Before: a page in English, after: set aside, with the share as reason.
    """
    options: QualityOptions = context.options
    han, others = by_page(lines, lines.han), by_page(lines, letters(lines) - lines.han)
    share = han / np.maximum(han + others, 1)
    kana = _kana(lines) / np.maximum(han + others, 1)
    foreign = np.flatnonzero(
        ((share < options.min_han_share) | (kana > options.max_kana_share)) & (others >= 5 * options.min_han)
    )
    return Found(
        aside={
            p: f"{kana[p]:.0%} of its letters are kana"
            if kana[p] > options.max_kana_share
            else f"{share[p]:.0%} of its letters are Han, less than {options.min_han_share:.0%}"
            for p in foreign.tolist()
        }
    )


def _kana(lines: Lines) -> Ints:
    """How many kana each page has."""
    kana = np.flatnonzero((lines.codes >= 0x3041) & (lines.codes <= 0x30FA))
    return np.diff(np.searchsorted(kana, lines.page_start))
