"""COL101."""

import re

import numpy as np

from pipeline.edit import Edit, Edits
from pipeline.lines import HAN, Lines, among
from pipeline.rule import Context, Found, rule
from pipeline.stages.closing import CREDIT_CHARS, closing_credit_of
from pipeline.stages.prose import prose
from pipeline.stages.shape import shape

_TITLE_CHARS = 40


@rule("COL101")
def interleaved_column(lines: Lines, context: Context) -> Found:
    """The rest of an article that stands inside the next one, as where two columns of a newspaper page were read in
    turn.

    Articles of such a page end with a credit in brackets. Where text goes on right after a credit without a title, it
    belongs to an article whose sentence broke off above; what stands between the break and that credit is the rest of
    the article before. That rest is moved up, to before the title of the article that it interrupts: a deletion and
    an insertion that name each other. Without a sentence that breaks off, or with more than one place it could belong
    to, nothing is moved.

    Before: title A, text A, title B, text B that breaks off, rest of A with its credit, rest of B with its credit;
    after: title A, text A, rest of A, title B, text B, rest of B.
    """
    edits: list[Edit] = []
    ends = [r for r in _signed(lines) if closing_credit_of(lines, r)]
    for end in ends:
        move = _move(lines, end, set(ends))
        if move:
            first, target = move
            low, high = (
                int(lines.start[first]),
                min(int(lines.end[end]) + 1, int(lines.page_start[lines.page[end] + 1]) - 1),
            )
            block = lines.text[low:high]
            at = int(lines.start[target])
            n = len(edits)
            edits.append(
                Edit(
                    at,
                    at,
                    block if block.endswith("\n") else block + "\n",
                    "COL101",
                    "rest of the article above",
                    n + 1,
                )
            )
            edits.append(Edit(low, high, "", "COL101", "stood inside the next article", n))
    return Found(edits=Edits.of(edits)) if edits else Found()


def _signed(lines: Lines) -> list[int]:
    """Paragraphs whose end can be a credit: it closes a bracket, or is a name, and then `文` stands before it."""
    own = prose(lines)
    named = np.flatnonzero(own & ((lines.last_kind & 7) == HAN)).tolist()
    tails = lines.tail[named].tolist()
    told = [
        row for row, tail in zip(named, tails, strict=True) if lines.text.rfind("文", tail - CREDIT_CHARS, tail) >= 0
    ]
    return sorted([*np.flatnonzero(own & among(lines.last, ")）·")).tolist(), *told])


def _move(lines: Lines, end: int, ends: set[int]) -> tuple[int, int] | None:
    """The first row of the block that ends at `end` and stands in the wrong place, and the row it belongs before."""
    below, above = lines.neighbour(1), lines.neighbour(-1)
    own, joints = prose(lines), shape(lines)
    orphan = int(below[end])
    if orphan < 0 or not own[orphan] or joints.closed_start[orphan]:
        return None
    broken, titles, row = -1, [], int(above[end])
    while row >= 0 and row not in ends:
        if own[row] and joints.open_end[row] and _CUT.search(lines.string(row)) and broken < 0:
            broken = row
        if not own[row] and lines.stops[row] == 0 and lines.length[row] <= _TITLE_CHARS:
            titles.append(row)
        row = int(above[row])
    # Two titles since the last credit: the first article has no end yet, and the sentence broke off in the second.
    inside = [t for t in titles if t < broken]
    if broken < 0 or len(inside) < 2 or any(t > broken for t in titles):
        return None
    return int(below[broken]), inside[0]


_CUT = re.compile(r"[\u4e00-\u9fff]$")
