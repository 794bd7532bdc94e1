"""Passages: whole sentences of one document, packed in order to a budget of characters or tokens."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline.edit import Ints
from pipeline.publish.tokens import Counter


class Budget(NamedTuple):
    """What a passage may hold: characters, tokens, or both; 0 sets no bound."""

    chars: int = 0
    tokens: int = 0


class Passage(NamedTuple):
    """A span of a document, in positions of its text, and its tokens where they were counted."""

    start: int
    end: int
    tokens: int | None


def packed(text: str, start: Ints, end: Ints, budget: Budget, count: Counter | None) -> Iterator[Passage]:
    """The passages of a document whose sentences are given, in order.

    Each holds as many sentences as its budget bears, with what stands between them. A sentence that is larger than
    the budget is a passage by itself: sentences are never cut.
    """
    first = 0
    sizes = np.array([count(text[a:b]) for a, b in zip(start.tolist(), end.tolist(), strict=True)], dtype=np.int64) \
        if count and budget.tokens else None  # fmt: skip
    before = np.concatenate(([0], np.cumsum(sizes))) if sizes is not None else None
    while first < len(start):
        last = len(start)
        if budget.chars:
            last = min(last, int(np.searchsorted(end, start[first] + budget.chars, side="right")))
        if before is not None:
            last = min(last, int(np.searchsorted(before, before[first] + budget.tokens, side="right")) - 1)
        last = max(last, first + 1)
        tokens = count(text[start[first] : end[last - 1]]) if count else None
        # Line feeds between sentences are tokens too, and pieces join otherwise across them: the whole is counted.
        while count and budget.tokens and tokens is not None and tokens > budget.tokens and last > first + 1:
            last -= 1
            tokens = count(text[start[first] : end[last - 1]])
        yield Passage(int(start[first]), int(end[last - 1]), tokens)
        first = last
