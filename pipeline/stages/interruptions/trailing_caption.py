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
    newspaper = np.zeros(lines.pages, dtype=bool)
    newspaper[[page for page, _ in context.fields.named("page_number")]] = True
    text = np.flatnonzero(prose(lines) & newspaper[lines.page])
    last = np.full(lines.pages, len(lines))  # a page without text has no line behind it
    last[lines.page[text]] = text
    tail = np.flatnonzero(~lines.blank & (np.arange(len(lines)) > last[lines.page]))
    page = lines.page[tail]
    plain = (lines.stops[tail] == 0) & (lines.length[tail] <= _MAX_CHARS) & (lines.han[tail] >= 3)
    plain &= tail - lines.neighbour(-1)[tail] >= 2
    count, others = np.bincount(page, minlength=lines.pages), np.bincount(page[~plain], minlength=lines.pages)
    return lifted(lines, tail[((count >= _MIN_LINES) & (others == 0))[page]].tolist(), "CAP104")
