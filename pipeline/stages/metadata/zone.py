"""Where a page may speak of itself: above its first line of prose and below its last."""

import numpy as np

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.body import body
from pipeline.stages.prose import prose
from pipeline.stages.tail import before_tail, tails
from pipeline.stages.title import sentence_titles, title_rows

# Source, date and author stand within so many lines below a title.
_BELOW_TITLE = 4
# What a page says of itself at its end stands within so many lines below its text; later lines belong to other stories.
_BELOW_TEXT = 8


def prose_span(lines: Lines) -> tuple[Ints, Ints]:
    """For each page the first row of prose and the row after the last; both the end of the page where there is none."""
    return lines.derived(_prose_span)


def _prose_span(lines: Lines) -> tuple[Ints, Ints]:
    titles = title_rows(lines)
    start = np.where(titles >= 0, np.minimum(body(lines).start, titles + 1), body(lines).start)
    below_head = np.arange(len(lines)) >= np.maximum(start, titles + 1)[lines.page]
    rows = np.flatnonzero(prose(lines) & below_head & before_tail(lines) & ~sentence_titles(lines))
    low, high = np.searchsorted(rows, lines.first_row), np.searchsorted(rows, lines.end_row)
    padded = np.append(rows, 0)
    has = high > low
    return np.where(has, padded[low], lines.end_row), np.where(has, padded[high - 1] + 1, lines.end_row)


def edges(lines: Lines) -> Mask:
    """Lines outside the prose of their page, all lines of a page without prose; of its tail those about the page and
    those right below the text.
    """
    return lines.derived(_edges)


def _edges(lines: Lines) -> Mask:
    first, last = prose_span(lines)
    index = np.arange(len(lines))
    solid = np.concatenate(([0], np.cumsum(~lines.blank)))
    near = solid[:-1] - solid[np.minimum(last, len(lines))][lines.page] < _BELOW_TEXT
    own = before_tail(lines) | tails(lines).spared | near
    found: Mask = (index < first[lines.page]) | ((index >= last[lines.page]) & own)
    return found


def below_title(lines: Lines) -> Mask:
    """Lines right below the title of their page and above its text."""
    return lines.derived(_below_title)


def _below_title(lines: Lines) -> Mask:
    titles = title_rows(lines)
    first, _ = prose_span(lines)
    index = np.arange(len(lines))
    solid = np.concatenate(([0], np.cumsum(~lines.blank)))
    since = solid[:-1] - solid[np.maximum(titles, 0)][lines.page]
    found: Mask = (titles >= 0)[lines.page] & (index > titles[lines.page]) & (since <= _BELOW_TITLE)
    return found & (index < first[lines.page]) & ~lines.blank
