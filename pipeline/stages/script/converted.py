"""What the rules of stage script share: the lines to convert, their converted text, and edits from it."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from pipeline.edit import Edits
from pipeline.lines import Lines, Mask, codes_of, text_of
from pipeline.rule import span_edits
from pipeline.stages.script.conversion import Codes, Conversion
from pipeline.stages.script.dictionaries import dictionary
from pipeline.stages.script.mends import CHARACTERS, DROPPED, phrases
from pipeline.stages.script.page_script import judged


class Piece(NamedTuple):
    """A stretch of a batch that is converted as one: where it begins, its text before and after."""

    start: int
    text: str
    codes: Codes
    converted: Codes


@cache
def to_simplified() -> Conversion:
    """OpenCC's t2s with our mends."""
    own = {k: v for k, v in dictionary("TSPhrases").items() if k not in DROPPED}
    return Conversion({**dictionary("TSCharacters"), **CHARACTERS}, phrases(), own)


@cache
def to_traditional() -> Conversion:
    """OpenCC's s2t as it is."""
    return Conversion(dictionary("STCharacters"), dictionary("STPhrases"))


def _stretches(rows: Mask, lines: Lines) -> Iterator[tuple[int, int]]:
    """Starts and ends of the stretches of adjacent rows."""
    edge = np.flatnonzero(np.diff(np.concatenate(([False], rows, [False])).astype(np.int8)))
    yield from zip(lines.start[edge[::2]].tolist(), lines.end[edge[1::2] - 1].tolist(), strict=True)


def _pieces(lines: Lines, rows: Mask, conversion: Callable[[], Conversion]) -> list[Piece]:
    out = []
    for start, end in _stretches(rows, lines):
        text, codes = lines.text[start:end], lines.codes[start:end]
        out.append(Piece(start, text, codes, conversion().codes(text, codes)))
    return out


def traditional_pieces(lines: Lines) -> list[Piece]:
    """The traditional lines of a batch, converted; use as `lines.derived(traditional_pieces)`."""
    rows = lines.derived(judged).traditional_rows
    return _pieces(lines, rows, to_simplified) if rows.any() else []


def simplified_pieces(lines: Lines) -> list[Piece]:
    """The lines of a batch that are not traditional, converted; use as `lines.derived(simplified_pieces)`."""
    return _pieces(lines, ~lines.derived(judged).traditional_rows, to_traditional)


def change_edits(changes: list[tuple[int, Codes, Codes]], code: str) -> Edits:
    """One edit for each run of adjacent characters that differ, from (start, codes before, codes after)."""
    starts, ends, new = [], [], []
    for base, before, after in changes:
        differs = np.flatnonzero(before != after)
        if not len(differs):
            continue
        cut = np.flatnonzero(np.diff(differs) != 1)
        start = differs[np.concatenate(([0], cut + 1))]
        end = differs[np.concatenate((cut, [len(differs) - 1]))] + 1
        text = text_of(after)
        new += [text[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]
        starts.append(start + base)
        ends.append(end + base)
    if not starts:
        return Edits.empty()
    return span_edits(np.concatenate(starts), np.concatenate(ends), code, new)


def codes_with(codes: Codes, places: dict[int, str]) -> Codes:
    """The codes with other characters at some places."""
    out = codes.copy()
    if places:
        out[list(places)] = codes_of("".join(places.values()))
    return out
