"""WRP101."""

from functools import partial

import numpy as np

from pipeline.edit import Edits, Ints
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.reading import reading
from pipeline.stages.shape import shape
from pipeline.stages.wraps.joints import cut_edits, join_edits
from pipeline.stages.wraps.layout import layout_of


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
    joints, model = shape(lines), reading(context)
    counts = np.bincount(lines.page[_open(lines)], minlength=lines.pages)
    words: list[int] = []
    cuts: list[int] = []
    notes: dict[int, str] = {}
    for page in np.flatnonzero(counts >= 2).tolist():
        rows = np.flatnonzero(~lines.blank[lines.first_row[page] : lines.end_row[page]]) + lines.first_row[page]
        layout = layout_of(lines, joints, rows, model)
        if layout is None:
            continue
        for i in np.flatnonzero(layout.goes_on).tolist():
            (cuts if layout.unit == "characters" else words).append(int(rows[i]))
            notes[int(rows[i])] = layout.reason(i)
    parts = [
        make(lines, np.array(upper, dtype=np.int64), "WRP101", [notes[r] for r in upper])
        for make, upper in ((partial(join_edits, by_words=True), words), (cut_edits, cuts))
        if upper
    ]
    return Found(edits=Edits.join(parts) if parts else None)


def _open(lines: Lines) -> Ints:
    """Lines that stop in mid-sentence and are long enough to be full."""
    return np.flatnonzero(shape(lines).open_end & (lines.han >= 8))
