"""WRP101."""

from functools import partial

import numpy as np

from pipeline.edit import Edits
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.reading import reading
from pipeline.stages.shape import shape
from pipeline.stages.wraps.joints import cut_edits, join_edits
from pipeline.stages.wraps.layout import layout_of
from pipeline.stages.wraps.weigh import CHARACTERS


@rule("WRP101")
def hard_wrap(lines: Lines, context: Context) -> Found:
    """Paragraphs whose lines were broken at a width: plain-text mail, print, PDF, notes that people break by hand.

    A page is taken for wrapped when lines that stop in mid-sentence are common and most of them have the same width,
    or one of a few; or when a program cut them after so many characters; or when blank lines (or first indents) part
    blocks whose lines break off while the blocks have their ends. Each pair of lines is then weighed: how full the
    upper is (the first word of the next would not have fitted; letters of print are of many widths, which are
    fitted), how it ends, how the lower begins, what blank lines and indents mean on this page, and, where all that
    leaves it open, how the two read on, by the grams of the corpus. The likeliest reading of the whole page is taken;
    first lines that are shorter by a lost indent are part of it. Items of a list hang together by their indent.
    Titles, code, tables, rulers, verse and dialogue are left alone: they are short, or lines of their own, or their
    widths and ends differ.

    Before: four lines of 36 characters; after: one paragraph.
    """
    layout = layout_of(lines, shape(lines), reading(context))
    if layout is None or not layout.goes_on.any():
        return Found()
    upper = layout.rows.row[layout.rows.upper[layout.goes_on]]
    reasons = np.array(layout.reasons(), dtype=object)
    cut = np.array([unit == CHARACTERS for unit in layout.unit])[layout.rows.pair_page[layout.goes_on]]
    edits = [
        make(lines, upper[own], "WRP101", reasons[own].tolist())
        for make, own in ((partial(join_edits, by_words=True), ~cut), (cut_edits, cut))
        if own.any()
    ]
    return Found(edits=Edits.join(edits))
