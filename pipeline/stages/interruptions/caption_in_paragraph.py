"""CAP101."""

import numpy as np

from pipeline.corpus.grams import Reading
from pipeline.lines import Lines
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
    joints, own, model = shape(lines), prose(lines), reading(context)
    below = lines.neighbour(1)
    cut = (own & (lines.length >= _MIN_PARAGRAPH)) | joints.full
    says = FORM.of(lines) != 0
    rows = []
    for row in np.flatnonzero(joints.open_end & cut & (below >= 0)).tolist():
        middle = int(below[row])
        after = int(below[middle])
        if after < 0 or lines.length[middle] > MAX_CHARS or joints.open_start[middle] or joints.closed_start[after]:
            continue
        rest = (
            own[after] or says[middle] or (np.isfinite(joints.wrapped_width[lines.page[row]]) and lines.han[after] > 0)
        )
        if not rest or says[after] or lines.string(after)[0] in "“‘「『":
            continue
        if _weight(lines, model, row, middle, after, bool(says[middle]), bool(own[middle])) >= _ENOUGH:
            rows.append(middle)
    return lifted(lines, rows, "CAP101")


def _weight(lines: Lines, model: Reading, row: int, middle: int, after: int, says: bool, own: bool) -> float:
    """How much speaks for a caption at `middle`, between the halves at `row` and `after`."""
    apart = middle - row >= 3
    if not (says or apart):
        return 0.0
    weight = _SAYS * says + _APART * apart + _BARE * (not own and lines.stops[middle] == 0)
    if shape(lines).open_end[middle] and own:
        weight += _OPEN
    if weight + _ANEW < _ENOUGH - _READ_AT_MOST:
        return weight
    weight += _ANEW * (apart and _begins_anew(lines, middle))
    read = goes_on(model, lines, row, after) - goes_on(model, lines, row, middle)
    return weight + max(-_READ_AT_MOST, min(_READ_AT_MOST, read))


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
