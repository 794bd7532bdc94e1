"""ART101."""

import numpy as np

from pipeline.document import Field
from pipeline.edit import Ints
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.closing import closing_credit_of
from pipeline.stages.prose import prose

_MIN_CHARS, _MAX_CHARS = 5, 40


@rule("ART101")
def article_title(lines: Lines, context: Context) -> Found:
    """The title of a further article on the same page.

    A line of title length with at most one stop, and none at its end, right after a paragraph that closes with the
    credit of its author and right above prose. A document begins there, and the line becomes its `title`. A heading
    that follows ordinary prose opens a section, not an article, and stays.

    Before: text `(王小川)`, `山村来了图书车`, text `(李一帆)`; after: two documents.
    """
    breaks = title_breaks(lines)
    rows = np.zeros(len(lines), dtype=bool)
    rows[breaks] = True
    fields = []
    for row in breaks.tolist():
        page = int(lines.page[row])
        low = int(lines.page_start[page])
        fields.append(
            Field(page, "title", lines.string(row), int(lines.head[row]) - low, int(lines.tail[row]) - low, "ART101")
        )
    return Found(rows=rows, fields=fields, breaks=breaks)


def title_breaks(lines: Lines) -> Ints:
    """The rows at which a further article begins."""
    return lines.derived(_title_breaks)


def _title_breaks(lines: Lines) -> Ints:
    own = prose(lines)
    above, below = lines.neighbour(-1), lines.neighbour(1)
    likely = (
        ~lines.blank & ~own & (lines.length >= _MIN_CHARS) & (lines.length <= _MAX_CHARS) & (lines.stops <= 1) & ~lines.ended
        & (above >= 0) & (below >= 0) & own[above] & own[below] & ~lines.bullet
    )  # fmt: skip
    out = [r for r in np.flatnonzero(likely).tolist() if closing_credit_of(lines, int(above[r]))]
    return np.array(out, dtype=np.int64)
