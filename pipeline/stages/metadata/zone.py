"""Where a page may speak of itself: above its first line of prose and below its last."""

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.body import body
from pipeline.stages.prose import prose
from pipeline.stages.tail import before_tail, tails
from pipeline.stages.title import sentence_titles


def prose_span(lines: Lines) -> tuple[Ints, Ints]:
    """For each page the first row of prose and the row after the last; both the end of the page where there is none."""
    return lines.derived(_prose_span)


def _prose_span(lines: Lines) -> tuple[Ints, Ints]:
    below_head = np.arange(len(lines)) >= body(lines).start[lines.page]
    rows = np.flatnonzero(prose(lines) & below_head & before_tail(lines) & ~sentence_titles(lines))
    low, high = np.searchsorted(rows, lines.first_row), np.searchsorted(rows, lines.end_row)
    padded = np.append(rows, 0)
    has = high > low
    return np.where(has, padded[low], lines.end_row), np.where(has, padded[high - 1] + 1, lines.end_row)


def edges(lines: Lines) -> Mask:
    """Lines outside the prose of their page, all lines of a page without prose; of its tail those about the page."""
    first, last = prose_span(lines)
    index = np.arange(len(lines))
    own = before_tail(lines) | tails(lines).spared
    return (index < first[lines.page]) | ((index >= last[lines.page]) & own)
