"""CAP101."""

import numpy as np

from pipeline.corpus.grams import Floats, Reading
from pipeline.edit import Ints
from pipeline.lines import Lines, among
from pipeline.rule import Context, Found, rule
from pipeline.stages.interruptions.captions import FORM, MAX_CHARS, lifted
from pipeline.stages.prose import prose
from pipeline.stages.reading import goes_on, reading
from pipeline.stages.shape import shape

# The line it cuts is a paragraph, not a heading: headings of a page seldom go past a line of print.
_MIN_PARAGRAPH = 30

# What speaks for a caption, in nats like the reading: that it says so; that it stands apart; that it has no sign of a
# sentence; that the page has its beginning elsewhere at a beginning. Against it: that it breaks off itself.
_SAYS, _APART, _BARE, _ANEW, _OPEN = 4.0, 1.5, 1.5, 2.5, -4.0
_ENOUGH = 2.5


@rule("CAP101")
def caption_in_paragraph(lines: Lines, context: Context) -> Found:
    """A caption that stands in the middle of a paragraph, between two halves of a sentence.

    The line above stops in mid-sentence, the line below goes on. The line between is weighed: it says that it is a
    caption (`图为…`, `▲…`, `图3 …`), stands two blank lines or more below the first half, has no punctuation, or begins
    as other lines and sentences of the page begin; and the two halves read on, by the grams of the corpus, while
    the line between does not go on from the first. It becomes an entry of `captions`, and the stage wraps joins the
    halves. Where the line between could itself be what follows, it stays.

    Before: `目前,全区的孵化器`, (blank lines), `志愿者在整理图书。`, `已经达到六家。`; after: the two halves, one after the other.
    """
    joints, own = shape(lines), prose(lines)
    below = lines.neighbour(1)
    cut = joints.open_end & ((own & (lines.length >= _MIN_PARAGRAPH)) | joints.full) & (below >= 0)
    upper = np.flatnonzero(cut)
    middle = below[upper]
    after = below[middle]
    able = (after >= 0) & (lines.length[middle] <= MAX_CHARS) & ~joints.open_start[middle] & ~joints.closed_start[after]
    able &= ~among(lines.first[after], _QUOTED)
    upper, middle, after = upper[able], middle[able], after[able]
    if not len(upper):
        return Found()
    says = FORM.of(lines) != 0
    wrapped = np.isfinite(joints.wrapped_width[lines.page[upper]]) & (lines.han[after] > 0)
    able = (own[after] | says[middle] | wrapped) & ~says[after]
    upper, middle, after = upper[able], middle[able], after[able]
    weight = _weights(lines, reading(context), upper, middle, after)
    return lifted(lines, middle[weight >= _ENOUGH].tolist(), "CAP101")


_QUOTED = "“‘「『"


def _weights(lines: Lines, model: Reading, upper: Ints, middle: Ints, after: Ints) -> Floats:
    """How much speaks for a caption at each middle row, between the halves above and below it."""
    own, says, apart = prose(lines)[middle], FORM.of(lines)[middle] != 0, middle - upper >= 3
    weight: Floats = _SAYS * says + _APART * apart + _BARE * (~own & (lines.stops[middle] == 0))
    weight += _OPEN * (shape(lines).open_end[middle] & own)
    weight[~says & ~apart] = 0.0
    for i in np.flatnonzero(apart & (weight + _ANEW >= _ENOUGH - _READ_AT_MOST)).tolist():
        weight[i] += _ANEW * _begins_anew(lines, int(middle[i]))
    asked = np.flatnonzero((says | apart) & (weight >= _ENOUGH - _READ_AT_MOST))
    read = goes_on(model, lines, upper[asked], after[asked]) - goes_on(model, lines, upper[asked], middle[asked])
    weight[asked] += np.clip(read, -_READ_AT_MOST, _READ_AT_MOST)
    return weight


# The grams decide where the rest is even; alone they take no line out.
_READ_AT_MOST = 2.0


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
