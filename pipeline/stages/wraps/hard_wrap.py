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
    """Paragraphs that were broken at a fixed width: plain-text mail, print, PDF.

    A page is taken for wrapped when lines that stop in mid-sentence are common and most of them have the same width.
    Then a line is joined with the next when it is full (the first word of the next would not have fitted) and the
    next begins no paragraph: no indent, no number or bullet, no blank line where blank lines mean something. A full
    line that ends a sentence is joined too, unless the next shows an indent or the page's first lines are shorter by
    one. Verse, lists, tables and dialogue are left alone: their lines differ in width or end.

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
            notes[int(rows[i])] = f"full line of {layout.width[i]:.0f} {layout.unit}"
    parts = [
        make(lines, np.array(upper, dtype=np.int64), "WRP101", [notes[r] for r in upper])
        for make, upper in ((partial(join_edits, by_words=True), words), (cut_edits, cuts))
        if upper
    ]
    return Found(edits=Edits.join(parts) if parts else None)


def _open(lines: Lines) -> Ints:
    """Lines that stop in mid-sentence and are long enough to be full."""
    return np.flatnonzero(shape(lines).open_end & (lines.han >= 8))
