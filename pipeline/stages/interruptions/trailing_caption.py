"""CAP104."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.interruptions.captions import lifted
from pipeline.stages.prose import prose

# Fewer lines after the text may be a signature and its date.
_MIN_LINES = 3
_MAX_CHARS = 30


@rule("CAP104")
def trailing_caption(lines: Lines, context: Context) -> Found:
    """The captions of a newspaper page's pictures, gathered after its text.

    Three or more short lines without punctuation, each apart from the next by a blank line, after the last paragraph
    of a page that names its number in the newspaper. They become `captions`. Without the page number nothing is
    taken: signatures, verse and lists look the same.

    Before: text, `新修的村路`, `丰收的果园`, `孩子们的课堂`; after: text.
    """
    newspaper = {f.page for f in context.fields if f.name == "page_number"}
    own = prose(lines)
    rows: list[int] = []
    for page in sorted(newspaper):
        low, high = int(lines.first_row[page]), int(lines.end_row[page])
        text = np.flatnonzero(own[low:high])
        if not len(text):
            continue
        tail = np.flatnonzero(~lines.blank[low + int(text[-1]) + 1 : high]) + low + int(text[-1]) + 1
        plain = (lines.stops[tail] == 0) & (lines.length[tail] <= _MAX_CHARS) & (lines.han[tail] >= 3)
        apart = np.diff(tail, prepend=low + int(text[-1])) >= 2
        if len(tail) >= _MIN_LINES and bool((plain & apart).all()):
            rows += tail.tolist()
    return lifted(lines, rows, "CAP104")
