"""Blocks: each line of a published text is a heading or a paragraph."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import Lines, among
from pipeline.stages.prose import prose

# Headings of newspapers and manuals have at most two lines of print.
_MAX_HEADING = 40
# A line of print; a sentence that lost its end is longer.
_MAX_HALVES = 24


class Blocks(NamedTuple):
    """Columns of blocks, in the order of the text: positions in the batch, and whether the block is a heading."""

    start: Ints
    end: Ints
    heading: npt.NDArray[np.bool_]
    page: Ints


def blocks(lines: Lines) -> Blocks:
    """The lines that are not blank; a heading is short, ends no sentence and stands above prose.

    It has no stop, or one between its two halves, as headlines of newspapers do. What an HTML page marks as one is one,
    unless it is as long as a paragraph or ends as one.
    """
    below = lines.neighbour(1)
    halves = (lines.stops <= 2) & (lines.length <= _MAX_HALVES) & ~lines.ended
    own = prose(lines) & ~halves
    plain = (
        ~lines.blank & ~own & ~lines.ended & ~lines.bullet & ((lines.stops == 0) | halves) & (lines.length <= _MAX_HEADING)
        & (lines.han >= 2) & (lines.digit * 2 < lines.length) & ~among(lines.last, "：:、，,；;")
    )  # fmt: skip
    above_prose = (below >= 0) & own[below]
    second = (below >= 0) & plain[below] & above_prose[below]  # the upper half of a heading of two lines
    told = (lines.level > 0) & (lines.length <= 2 * _MAX_HEADING) & (lines.last != ord("。"))
    rows = np.flatnonzero(~lines.blank)
    return Blocks(lines.head[rows], lines.tail[rows], (plain & (above_prose | second) | told)[rows], lines.page[rows])
