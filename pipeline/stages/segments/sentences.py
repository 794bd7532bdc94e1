"""Sentences, by their ends, over a whole batch in NumPy.

A sentence ends at 。！？ and their half-width forms, with what closes after it; at the end of its line in any case. It
does not end inside 《》 or brackets, nor where a quotation is followed by the verb of who said it, nor at a question
mark within an address. An ellipsis ends a sentence only before a closing quotation mark or the end of the line.
"""

import re
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import END, LATIN, SPACE, Lines, Mask, among, kinds, looked_up
from pipeline.stages.segments.options import SegmentOptions

# What a sign means here, as bits: each character of a batch is looked up once.
_FULL, _HALF, _ELLIPSIS, _SEMICOLON, _CLOSER, _PLAIN_QUOTE, _DEEPER, _HIGHER = (1 << i for i in range(8))
_MEANING = {
    _FULL: "。！？", _HALF: "!?", _ELLIPSIS: "…", _SEMICOLON: "；", _CLOSER: "”’」』）)】》〉〕]", _PLAIN_QUOTE: '"',
    _DEEPER: "《（(【〈〔[", _HIGHER: "》）)】〉〕]",
}  # fmt: skip
_QUOTES = '”’」』"'
# Who said it: a subject of a few characters and a verb of speech, or the verb at once.
_SAID = re.compile(
    r"[\s]*(?:[\u4e00-\u9fff·（）()A-Za-z. ]{0,12}?)(?:说|道|问|表示|写道|回答|答|称|喊|笑着|叫|解释|补充|指出|认为|說|問|寫道|稱|喊道|解釋|補充|認為|感叹|感嘆|强调|強調|告诉|告訴)"
)
_STEPS = 6
# Nothing stands behind the last character, so far as is looked.
_ROOM = np.zeros(_STEPS + 2, dtype=np.uint8)


class Sentences(NamedTuple):
    """Columns of sentences in the order of the text: positions in the batch, without surrounding space."""

    start: Ints
    end: Ints


def sentences(lines: Lines, options: SegmentOptions | None = None) -> Sentences:
    """The sentences of all lines of a batch."""
    cuts = _cuts(lines, options or SegmentOptions())
    rows = np.flatnonzero(~lines.blank)
    ends = _distinct(np.concatenate((cuts, lines.tail[rows])))
    starts = _distinct(np.concatenate((cuts, lines.head[rows])))
    # A cut at the end of its line begins nothing; a cut is a start where solid text follows on its line.
    row = np.searchsorted(lines.start, starts, side="right") - 1
    starts = starts[starts < lines.tail[row]]
    at = np.searchsorted(ends, starts, side="right")
    starts, ends = _solid(lines, starts, ends[at])
    keep = ends > starts
    return Sentences(starts[keep], ends[keep])


def _distinct(positions: Ints) -> Ints:
    """The positions in order, each once; `np.unique` of NumPy 2.4 hashes integers, which takes five times as long."""
    positions = np.sort(positions, kind="stable")
    return positions[np.concatenate(([True], positions[1:] != positions[:-1]))[: len(positions)]]


def _solid(lines: Lines, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """The spans without the space at their edges."""
    space = (lines.kind & 7) == SPACE
    begun, ended = space[np.minimum(starts, len(space) - 1)], space[ends - 1]
    if begun.any():
        solid = np.append(np.flatnonzero(space[:-1] & ~space[1:]) + 1, len(space))  # where spaces have their end
        starts[begun] = np.minimum(solid[np.searchsorted(solid, starts[begun])], ends[begun])
    if ended.any():
        first = np.append(0, np.flatnonzero(~space[:-1] & space[1:]) + 1)  # where spaces begin
        ends[ended] = first[np.searchsorted(first, ends[ended]) - 1]
    return starts, ends


@cache
def _table() -> npt.NDArray[np.uint8]:
    """The meaning of each character."""
    table = np.zeros(len(kinds()), dtype=np.uint8)
    for bit, chars in _MEANING.items():
        table[[ord(c) for c in chars]] |= bit
    return table


class _Signs(NamedTuple):
    """The characters of a batch that mean anything here: where they stand, and what each means; and the meaning of every
    character, with room behind the last.
    """

    place: Ints
    bits: npt.NDArray[np.uint8]
    every: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, lines: Lines) -> "_Signs":
        every = looked_up(_table(), lines.codes)
        place = np.flatnonzero(every != 0)
        return cls(place, every[place], np.append(every, _ROOM))

    def where(self, bits: int) -> Ints:
        """Where characters stand that mean any of these."""
        found: Ints = self.place[(self.bits & bits) != 0]
        return found


def _cuts(lines: Lines, options: SegmentOptions) -> Ints:
    """Positions after which a new sentence begins within a line."""
    signs = _Signs.of(lines)
    sign, kind = signs.every, np.append(lines.kind, _ROOM)
    full = signs.where(_FULL | (_SEMICOLON if options.split_semicolons else 0))
    half, ellipsis = signs.where(_HALF), signs.where(_ELLIPSIS)
    code, following = lines.codes[np.minimum(half + 1, len(lines.codes) - 1)], kind[half + 1] & 7
    # In Latin text the sentence goes on without a space only inside an address or an expression.
    ended = (following != LATIN) & ((following == SPACE) | (code > 0x7F) | among(code, "\"')]\n"))
    closed = among(lines.codes[np.minimum(ellipsis + 1, len(lines.codes) - 1)], "”’」』")
    at = np.sort(np.concatenate((full, half[ended], ellipsis[closed])), kind="stable") + 1
    at = at[~(((kind[at] & END) > 0) & (sign[at] & _ELLIPSIS == 0))]  # only the last of several marks
    for _ in range(_STEPS):
        closing = (sign[at] & _CLOSER) > 0
        plain = np.flatnonzero(sign[at] & _PLAIN_QUOTE)
        closing[plain] |= _opened(lines, signs, at[plain])
        if not closing.any():
            break
        at = np.where(closing, at + 1, at)
    at = _distinct(at)
    at = at[(kind[at] & END) == 0]
    at = at[_outside(lines, signs, at)]
    cuts: Ints = at[~_spoken(lines, at)]
    return cuts


def _opened(lines: Lines, signs: _Signs, at: Ints) -> Mask:
    """Positions that a plain quotation mark of their line opened: an odd number of them stands before."""
    quotes = signs.where(_PLAIN_QUOTE)
    row = np.searchsorted(lines.start, at, side="right") - 1
    count = np.searchsorted(quotes, at) - np.searchsorted(quotes, lines.start[row])
    odd: Mask = count % 2 == 1
    return odd


def _outside(lines: Lines, signs: _Signs, at: Ints) -> Mask:
    """Positions that stand in no bracket of their line; where a line's brackets do not match they mean nothing."""
    brackets = signs.where(_DEEPER | _HIGHER)
    total = np.concatenate(([0], np.cumsum(np.where(signs.every[brackets] & _DEEPER, 1, -1))))
    row = np.minimum(np.searchsorted(lines.start, at, side="right") - 1, len(lines) - 1)
    first, last = (total[np.searchsorted(brackets, edge)][row] for edge in (lines.start, lines.end))
    level = total[np.searchsorted(brackets, at)]
    outside: Mask = (level - first <= 0) | (last != first)
    return outside


def _spoken(lines: Lines, at: Ints) -> Mask:
    """Positions between a quotation and the words that say who spoke."""
    out = np.zeros(len(at), dtype=bool)
    text = lines.text
    for i in np.flatnonzero(among(lines.codes[at - 1], _QUOTES)).tolist():
        out[i] = _SAID.match(text, int(at[i]), int(at[i]) + 20) is not None
    return out
