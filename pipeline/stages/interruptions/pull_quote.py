"""CAP105."""

import re

import numpy as np

from pipeline.lines import PUNCT, Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.interruptions.captions import MAX_CHARS, lifted
from pipeline.stages.prose import prose
from pipeline.stages.reading import reading
from pipeline.stages.shape import shape
from pipeline.stages.wraps.cuts import of_cut

# The line it cuts is a paragraph; what it repeats is a clause at least: shorter ones come back by chance.
_MIN_PARAGRAPH, _MIN_HAN = 30, 8
# What stands twice speaks for itself: the halves need not read on well, in nats, only not badly. Of 55 made pull quotes 51
# are above this.
_GOES_ON = -1.5
_AROUND = re.compile(r"^[\s“”‘’「」『』\"'—–\-…]+|[\s“”‘’「」『』\"'—–\-…。！？!?，,；;]+$")


@rule("CAP105")
def pull_quote(lines: Lines, context: Context) -> Found:
    """A sentence of the text set once more, in large type, in the middle of a paragraph.

    The line above stops in mid-sentence, the line below goes on, and the line between, with a blank line on both sides,
    has word for word a clause or more of another line of the page; signs around it may differ. It becomes an entry of `pull_quotes`, and the stage
    wraps joins the halves. What stands only once is no pull quote, nor is a refrain between whole sentences.

    Before: `桥通了是好事，只是以后……站长说，船停了，灯`, `“桥通了是好事”`, `还亮着。`; after: the two halves, one after the other.
    """
    joints, own, below = shape(lines), prose(lines), lines.neighbour(1)
    upper = np.flatnonzero(joints.open_end & ((own & (lines.length >= _MIN_PARAGRAPH)) | joints.full) & (below >= 0))
    middle = below[upper]
    after = below[middle]
    able = (after >= 0) & (lines.length[middle] <= MAX_CHARS) & (lines.han[middle] >= _MIN_HAN) & ~joints.full[middle]
    able &= (middle - upper >= 2) & (after - middle >= 2)
    able &= ~joints.open_start[middle] & ~joints.closed_start[after]
    able &= (own | np.isfinite(joints.wrapped_width[lines.page]))[after] & (lines.han[after] > 0)
    # Hardly a line repeats another: that is asked first.
    able[able] = [_repeats(lines, row) for row in middle[able].tolist()]
    upper, middle, after = upper[able], middle[able], after[able]
    goes_on = joints.open_start[after] | (of_cut(lines, reading(context), upper, after) > _GOES_ON)
    return lifted(lines, middle[goes_on].tolist(), "CAP105", "pull_quotes")


def _repeats(lines: Lines, row: int) -> bool:
    """Whether what the line says stands within another line of its page."""
    page = int(lines.page[row])
    low, high = int(lines.page_start[page]), int(lines.page_start[page + 1])
    low, high = max(low, int(lines.start[row]) - _REACH), min(high, int(lines.end[row]) + _REACH)
    said = _AROUND.sub("", lines.string(row))
    if len(said) < _MIN_HAN:
        return False
    places = [lines.text.find(said, low, int(lines.start[row])), lines.text.find(said, int(lines.end[row]), high)]
    return any(at >= 0 and _whole(lines, at, at + len(said)) for at in places)


def _whole(lines: Lines, start: int, end: int) -> bool:
    """Whether signs part a passage from the rest of its line on both sides, and it is not all of the line."""
    row = int(np.searchsorted(lines.start, start, side="right")) - 1
    whole = not np.isfinite(shape(lines).wrapped_width[lines.page[row]])  # elsewhere lines end anywhere
    sides = whole and start == lines.head[row], whole and end == lines.tail[row]
    parted = [(int(lines.kind[at]) & 7) == PUNCT for at in (start - 1, end)]
    return not all(sides) and (sides[0] or parted[0]) and (sides[1] or parted[1])


# A quotation stands on the page that it is from, seldom further away.
_REACH = 20_000
