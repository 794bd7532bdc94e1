"""Passages: the paragraphs and sentences of texts as 64-bit hashes, by which excerpts and repeated paragraphs meet.

A passage is hashed by its character 5-grams, which are hashed for the signature anyway: the sum of their hashes, taken
from one running sum over the whole batch. Two passages with the same grams, each as often, have one hash: that is the
same passage to every purpose here.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.corpus.shingles import GRAM, gram_hashes, plain_codes, small
from pipeline.edit import Ints
from pipeline.lines import END, STOP, Lines

Hashes = npt.NDArray[np.uint64]

# A shorter sentence is a phrase that anybody may write: 谢谢大家的支持。 Characters without spaces.
MIN_SENTENCE_CHARS = 12
# A shorter paragraph is a greeting, a heading or a caption, and says little of where it was copied from.
MIN_PARAGRAPH_CHARS = 40
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Passages(NamedTuple):
    """Passages of some texts: for each the text it belongs to and its hash, sorted by both, each once in a text."""

    text: Ints
    hash: Hashes


def running_sum(solid: npt.NDArray[np.uint32], grams: Hashes | None = None) -> Hashes:
    """The running sum of the gram hashes of a text without spaces; `grams` where they are computed already."""
    grams = gram_hashes(small(solid)) if grams is None else grams
    total = np.zeros(len(grams) + 1, dtype=np.uint64)
    np.cumsum(grams, out=total[1:])
    return total


def span_hashes(total: Hashes, start: Ints, end: Ints) -> Hashes:
    """The hashes of spans of at least GRAM characters, given in characters without spaces."""
    out = total[end - GRAM + 1] - total[start]
    out = (out ^ (out >> np.uint64(30))) * _M1
    out = (out ^ (out >> np.uint64(27))) * _M2
    hashes: Hashes = out ^ (out >> np.uint64(31))
    return hashes


def of(
    kind: npt.NDArray[np.uint8], line_end: Ints, before: npt.NDArray[np.int32], start: Ints, total: Hashes
) -> tuple[Passages, Passages]:
    """The paragraphs and the sentences of some texts that stand one behind the other, each with a line feed behind it.

    `kind` is that of each character; `line_end` are the places of the line feeds; `before` counts, for every place, the
    characters before it that are no space; `start` are the beginnings of the texts in that count, one more than there
    are texts; `total` is the running sum.

    A sentence ends where a sign says so and not where its line does, so that wraps do not matter; but a line without
    any stop, as headings and items of lists are, stands for itself.
    """
    paragraphs = np.concatenate(([0], before[line_end]))
    stops = np.bitwise_or.reduceat(kind, np.concatenate(([0], line_end[:-1] + 1))) & STOP
    bare = stops == 0
    ends = before[np.flatnonzero((kind & END) != 0) + 1]
    sentences = np.sort(np.concatenate((start, ends, paragraphs[:-1][bare], paragraphs[1:][bare])))
    found = (
        _distinct(b, start, total, n) for b, n in ((paragraphs, MIN_PARAGRAPH_CHARS), (sentences, MIN_SENTENCE_CHARS))
    )
    return next(found), next(found)


def _distinct(bounds: Ints, start: Ints, total: Hashes, min_chars: int) -> Passages:
    first, last = bounds[:-1], bounds[1:]
    long = last - first >= min_chars
    first, last = first[long], last[long]
    text = np.searchsorted(start, first, side="right") - 1
    hashes = span_hashes(total, first, last)
    order = np.argsort(hashes)
    # Numbers of 16 bits are sorted by counting them; a tenth of the time of `lexsort`.
    order = order[np.argsort(text[order].astype(np.min_scalar_type(len(start))), kind="stable")]
    text, hashes = text[order], hashes[order]
    new = np.ones(len(text), dtype=bool)
    new[1:] = (text[1:] != text[:-1]) | (hashes[1:] != hashes[:-1])
    return Passages(text[new], hashes[new])


class LinePassages(NamedTuple):
    """Lines of a batch that are long enough for a paragraph: their rows and their hashes."""

    row: Ints
    hash: Hashes


def line_passages(lines: Lines, pages: Sequence[int]) -> LinePassages:
    """The lines of some pages, in order, that are long enough for a paragraph."""
    starts = lines.page_start
    plain = plain_codes(np.concatenate([lines.codes[starts[p] : starts[p + 1]] for p in pages]))
    solid = plain != 0
    before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(solid)))
    rows = np.concatenate([np.arange(lines.first_row[p], lines.end_row[p]) for p in pages])
    size = lines.end[rows] + 1 - lines.start[rows]
    end = np.cumsum(size)
    first, last = before[end - size], before[end]  # a line feed is no solid character
    long = last - first >= MIN_PARAGRAPH_CHARS
    if not long.any():
        return LinePassages(rows[long], np.zeros(0, dtype=np.uint64))
    return LinePassages(rows[long], span_hashes(running_sum(plain[solid]), first[long], last[long]))
