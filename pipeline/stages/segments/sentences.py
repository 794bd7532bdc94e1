"""Sentences, by their ends, over a whole batch in NumPy.

A sentence ends at 。！？ and their half-width forms, with what closes after it; at the end of its line in any case. It
does not end inside 《》 or brackets, nor where a quotation is followed by the verb of who said it, nor at a question
mark within an address. An ellipsis ends a sentence only before a closing quotation mark or the end of the line.
"""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import END, LATIN, SPACE, Lines
from pipeline.stages.segments.options import SegmentOptions

_FULL = np.array([ord(c) for c in "。！？"], dtype=np.uint32)
_HALF = np.array([ord(c) for c in "!?"], dtype=np.uint32)
_ELLIPSIS = ord("…")
_CLOSERS = np.array([ord(c) for c in "”’」』）)】》〉〕]"], dtype=np.uint32)
_QUOTES = frozenset('”’」』"')
_PLAIN_QUOTE = ord('"')
_DEEPER, _HIGHER = "《（(【〈〔[", "》）)】〉〕]"
# Who said it: a subject of a few characters and a verb of speech, or the verb at once.
_SAID = re.compile(
    r"[\s]*(?:[\u4e00-\u9fff·（）()A-Za-z. ]{0,12}?)(?:说|道|问|表示|写道|回答|答|称|喊|笑着|叫|解释|补充|指出|认为|說|問|寫道|稱|喊道|解釋|補充|認為|感叹|感嘆|强调|強調|告诉|告訴)"
)
_STEPS = 6


class Sentences(NamedTuple):
    """Columns of sentences in the order of the text: positions in the batch, without surrounding space."""

    start: Ints
    end: Ints


def sentences(lines: Lines, options: SegmentOptions | None = None) -> Sentences:
    """The sentences of all lines of a batch."""
    cuts = _cuts(lines, options or SegmentOptions())
    rows = np.flatnonzero(~lines.blank)
    ends = np.union1d(cuts, lines.tail[rows])
    starts = np.union1d(cuts, lines.head[rows])
    # A cut at the end of its line begins nothing; a cut is a start where solid text follows on its line.
    row = np.searchsorted(lines.start, starts, side="right") - 1
    starts = starts[starts < lines.tail[row]]
    at = np.searchsorted(ends, starts, side="right")
    starts, ends = _solid(lines, starts, ends[at])
    keep = ends > starts
    return Sentences(starts[keep], ends[keep])


def _solid(lines: Lines, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """The spans without the space at their edges."""
    solid = np.flatnonzero((lines.kind & 7) != SPACE)
    padded = np.append(solid, len(lines.kind))
    first = padded[np.searchsorted(solid, starts)]
    last = padded[np.maximum(np.searchsorted(solid, ends) - 1, 0)] + 1
    return np.minimum(first, ends), np.minimum(last, ends)


def _cuts(lines: Lines, options: SegmentOptions) -> Ints:
    """Positions after which a new sentence begins within a line."""
    codes = np.append(lines.codes, np.zeros(_STEPS + 2, dtype=np.uint32))
    kind = np.append(lines.kind, np.zeros(_STEPS + 2, dtype=np.uint8))
    full = list(_FULL) + ([ord("；")] if options.split_semicolons else [])
    ender = np.isin(lines.codes, np.array(full, dtype=np.uint32))
    half = np.flatnonzero(np.isin(lines.codes, _HALF))
    following = kind[half + 1] & 7
    # In Latin text the sentence goes on without a space only inside an address or an expression.
    ender[
        half[(following != LATIN) & ((following == SPACE) | (codes[half + 1] > 0x7F) | _is(codes[half + 1], "\"')]\n"))]
    ] = True
    ellipsis = np.flatnonzero(lines.codes == _ELLIPSIS)
    ender[ellipsis[_is(codes[ellipsis + 1], "”’」』")]] = True
    at = np.flatnonzero(ender) + 1
    at = at[~(((kind[at] & END) > 0) & (codes[at] != _ELLIPSIS))]  # only the last of several marks
    quoted = np.cumsum(lines.codes == _PLAIN_QUOTE)
    for _ in range(_STEPS):
        closing = np.isin(codes[at], _CLOSERS)
        plain = codes[at] == _PLAIN_QUOTE
        if plain.any():
            row = np.searchsorted(lines.start, at, side="right") - 1
            opened = quoted[np.minimum(at, len(quoted) - 1) - 1] - np.where(
                lines.start[row] > 0, quoted[lines.start[row] - 1], 0
            )
            closing |= plain & (opened % 2 == 1)
        if not closing.any():
            break
        at = np.where(closing, at + 1, at)
    at = np.unique(at)
    at = at[(kind[at] & END) == 0]
    at = at[_outside(lines, at)]
    cuts: Ints = at[~_spoken(lines, at)]
    return cuts


def _is(codes: npt.NDArray[np.uint32], chars: str) -> npt.NDArray[np.bool_]:
    return np.isin(codes, np.array([ord(c) for c in chars], dtype=np.uint32))


def _outside(lines: Lines, at: Ints) -> npt.NDArray[np.bool_]:
    """Positions that stand in no bracket of their line; where a line's brackets do not match they mean nothing."""
    depth = np.concatenate(([0], np.cumsum(_is(lines.codes, _DEEPER).astype(np.int64) - _is(lines.codes, _HIGHER))))
    row = np.minimum(np.searchsorted(lines.start, at, side="right") - 1, len(lines) - 1)
    level = depth[at] - depth[lines.start[row]]
    matched = depth[lines.end[row]] == depth[lines.start[row]]
    outside: npt.NDArray[np.bool_] = (level <= 0) | ~matched
    return outside


def _spoken(lines: Lines, at: Ints) -> npt.NDArray[np.bool_]:
    """Positions between a quotation and the words that say who spoke."""
    out = np.zeros(len(at), dtype=bool)
    text = lines.text
    quote = np.flatnonzero(np.isin(lines.codes[at - 1], np.array([ord(c) for c in _QUOTES], dtype=np.uint32)))
    for i in quote.tolist():
        out[i] = _SAID.match(text, int(at[i]), int(at[i]) + 20) is not None
    return out
