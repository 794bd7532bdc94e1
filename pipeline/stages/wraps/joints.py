"""Joints: pairs of lines, and the edits that join them."""

from collections.abc import Sequence

import numpy as np

from pipeline.edit import Edits, Ints
from pipeline.lines import DIGIT, HAN, LATIN, Lines
from pipeline.rule import span_edits
from pipeline.stages.shape import shape


def join_edits(lines: Lines, upper: Ints, code: str, notes: Sequence[str]) -> Edits:
    """Edits that join each of those rows with the next line that is not blank.

    Han meets Han without a space; Latin meets Latin with one, after a hyphen without; Han meets Latin as the page does
    elsewhere.
    """
    lower = lines.neighbour(1)[upper]
    start, end = lines.tail[upper], lines.head[lower]
    last, first = lines.kind[start - 1] & 7, lines.kind[end] & 7
    letter_last, letter_first = (last == LATIN) | (last == DIGIT), (first == LATIN) | (first == DIGIT)
    hyphen = lines.codes[start - 1] == ord("-")
    # A full stop or comma of half width before a Latin word ended a clause of Latin text.
    stop = np.isin(lines.codes[start - 1], [ord(c) for c in ".,;:!?)"]) & (first == LATIN)
    mixed = ((last == HAN) & letter_first) | (letter_last & (first == HAN))
    space = ((letter_last | stop) & letter_first & ~hyphen) | (mixed & shape(lines).spaced[lines.page[upper]])
    # Two runs of digits that meet at a break are one number as often as two: with one digit on a side they are one.
    space &= ~((last == DIGIT) & (first == DIGIT))
    return span_edits(start, end, code, [" " if s else "" for s in space.tolist()], notes)


def cut_edits(lines: Lines, upper: Ints, code: str, notes: Sequence[str]) -> Edits:
    """Edits that undo a cut made by a program after a number of characters: what stood around the cut stays as it
    is.
    """
    lower = lines.neighbour(1)[upper]
    return span_edits(lines.end[upper], lines.start[lower], code, "", notes)
