"""CAP101."""

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.interruptions.captions import lifted
from pipeline.stages.prose import prose
from pipeline.stages.shape import shape

# A caption that cuts a paragraph is a line or two of print.
_MAX_CHARS = 90
# The line it cuts is a paragraph, not a heading: headings of a page seldom go past a line of print.
_MIN_PARAGRAPH = 30


@rule("CAP101")
def caption_in_paragraph(lines: Lines, context: Context) -> Found:
    """A caption that stands in the middle of a paragraph, between two halves of a sentence.

    The line above stops in mid-sentence, the line below goes on; the line between reads as neither: it stands two
    blank lines or more below the first half, and begins as other lines or sentences of the page begin, or is no
    prose and has no punctuation at all. It becomes an entry of `captions`, and the stage wraps joins the halves.
    Where the line between could itself be what follows, it stays.

    Before: `目前,全区的孵化器`, (blank lines), `志愿者在整理图书。`, `已经达到六家。`; after: the two halves, one after the other.
    """
    joints, own = shape(lines), prose(lines)
    below = lines.neighbour(1)
    broken = np.flatnonzero(joints.open_end & own & (lines.length >= _MIN_PARAGRAPH) & (below >= 0))
    rows = []
    for row in broken.tolist():
        middle = int(below[row])
        after = int(below[middle])
        if after < 0 or lines.length[middle] > _MAX_CHARS or joints.open_start[middle] or joints.closed_start[after]:
            continue
        if not own[after] or lines.string(after)[0] in "“‘「『" or (joints.open_end[middle] and own[middle]):
            continue
        apart = middle - row >= 3
        if (apart and _begins_anew(lines, middle)) or (not own[middle] and lines.stops[middle] == 0 and apart):
            rows.append(middle)
    return lifted(lines, rows, "CAP101")


def _begins_anew(lines: Lines, row: int) -> bool:
    """Whether the page has the line's first four characters at the beginning of another line or sentence."""
    page = int(lines.page[row])
    low, high = int(lines.page_start[page]), int(lines.page_start[page + 1])
    opening = lines.string(row)[:4]
    text = lines.text
    at = text.find(opening, low, high)
    while at >= 0:
        before = text[at - 1] if at > low else "\n"
        if at != lines.head[row] and before in "\n。！？!?”\u3000 ":
            return True
        at = text.find(opening, at + 1, high)
    return False
