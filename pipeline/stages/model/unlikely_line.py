"""MOD101."""

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask, among
from pipeline.rule import Context, Found, line_edits, rule
from pipeline.stages.body import body
from pipeline.stages.lexicon import ABOUT, CONTROLS, FURNITURE, HARD_TAIL, MENUS
from pipeline.stages.line_model import odds, reasons, unlikely
from pipeline.stages.model.options import ModelOptions
from pipeline.stages.prose import prose
from pipeline.stages.shape import shape
from pipeline.stages.tail import before_tail, tails


@rule("MOD101")
def unlikely_line(lines: Lines, context: Context) -> Found:
    """A line that is most likely no text of the page's own, though no other rule names it.

    A sum of small decision trees, learned from labelled pages, weighs what stands in the line and around it: stops,
    prose and furniture within a few lines, how far the last heading of other stories is. Lines of little probability
    go; the edit's note says the log odds of a run's first line and the two things that spoke most against it. Prose in the page's body or
    right below it stays, and so do signature and date below it, code as the tags of HTML tell it with the text around
    it, and lines that say something of the page: they are the metadata stage's. A page without signs of furniture is text already and is left alone, and so is one in which
    the model finds hardly any text: a poem, a table, a list.

    Before: text, then `编辑精选好物` and six names of goods; after: text.
    """
    options: ModelOptions = context.options
    signs = FURNITURE.has(lines, *MENUS, *CONTROLS, *HARD_TAIL) & ~lines.blank
    likely = np.bincount(lines.page, weights=lines.han * (odds(lines) > _LIKELY), minlength=lines.pages)
    judged = (np.bincount(lines.page[signs], minlength=lines.pages) >= options.least_furniture) & (
        likely >= options.least_text
    )
    own = _own(lines)
    chosen = judged[lines.page] & unlikely(lines, options.least_share) & ~own & ~context.touched(lines)
    chosen &= ~_code(lines, own, chosen)
    edits = line_edits(lines, np.flatnonzero(chosen), "MOD101")
    edits.note[:] = reasons(lines, np.searchsorted(lines.start, edits.start))
    return Found(edits=edits)


# Log odds of one in three: a line that may well be text.
_LIKELY = -0.7
# A clause has so many Han characters at least; shorter lines without a stop are items and names.
_CLAUSE = 8
# A body ends within a few lines of its text's end; what flows on for longer is another's.
_BEYOND = 3
# A signature of two lines and its date stand in the first three lines below a text.
_SIGNATURE, _DATE_CHARS = 3, 14


def _own(lines: Lines) -> Mask:
    """Lines that the page vouches for: prose in its body or right below it, its signature, what it says of itself."""
    found = body(lines)
    index = np.arange(len(lines))
    reads = prose(lines)
    inside = (index >= found.start[lines.page]) & (index < found.end[lines.page])
    below, above = lines.neighbour(1), lines.neighbour(-1)
    furniture = FURNITURE.of(lines) != 0
    plain = ~furniture & ~lines.bullet & ~lines.blank
    # A line that breaks off in mid-sentence goes on in the next, and so back to where its sentence begins; a clause
    # that ends in a colon tells what follows.
    clause = plain & (lines.han >= _CLAUSE)
    broken = clause & shape(lines).open_end
    goes_on = (above >= 0) & broken[above] & plain
    tells = clause & ((lines.stops > 0) | among(lines.last, ":："))
    flows = (reads & ~furniture) | goes_on | tells
    flows |= broken & (below >= 0) & flows[below]
    own = inside & (reads | flows | lines.code)
    dated = ABOUT.has(lines, "date") & (lines.length <= _DATE_CHARS)
    for start, end in zip(found.start.tolist(), found.end.tolist(), strict=True):
        if end > start:
            _onwards(own, flows, above, int(above[start]))
            row = _onwards(own, flows, below, int(below[end - 1]))
            passed: list[int] = []
            while row >= 0 and len(passed) < _SIGNATURE and plain[row]:
                passed.append(row)
                if dated[row]:
                    own[passed] = True
                    break
                row = int(below[row])
    said = ABOUT.has(lines, "editor", "source", "author", "tags", "time", "views", "original title", "page number")
    vouched: Mask = own | (said & (before_tail(lines) | tails(lines).spared))
    return vouched


def _code(lines: Lines, own: Mask, chosen: Mask) -> Mask:
    """Code that stays: all lines of a block right above or below the page's own text, or of which most are likely."""
    out = np.zeros(len(lines), dtype=bool)
    if not lines.code.any():
        return out
    rows = np.flatnonzero(~lines.blank)
    code, page = lines.code[rows], lines.page[rows]
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (code[1:] != code[:-1]) | (page[1:] != page[:-1])
    block, first = np.cumsum(begins) - 1, np.flatnonzero(begins)
    last = np.append(first[1:], len(rows)) - 1
    stays = 2 * np.bincount(block, weights=chosen[rows]) < last - first + 1
    same = page[first[1:]] == page[first[:-1]]
    stays[1:] |= same & own[rows[last[:-1]]]
    stays[:-1] |= same & own[rows[first[1:]]]
    out[rows] = code & stays[block]
    return out


def _onwards(own: Mask, flows: Mask, following: Ints, row: int) -> int:
    """Mark the rows of a text that flows on beyond its body; the first row beyond, or -1."""
    for _ in range(_BEYOND):
        if row < 0 or not flows[row]:
            break
        own[row] = True
        row = int(following[row])
    return row
