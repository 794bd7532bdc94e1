"""Repeated paragraphs: which paragraphs of the pages that are kept stand on another kept page too, and where first."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.corpus.order import inverse
from pipeline.corpus.shuffle import Hashes, Shuffle, Spilled, meeting
from pipeline.corpus.spread import Shared, Spread
from pipeline.edit import Ints
from pipeline.lines import Mask


class Repeated(NamedTuple):
    """Paragraphs in order of their rows; `later`: another row has it before this one."""

    row: Ints
    hash: Hashes
    later: Mask


def repeated(paragraphs: Shuffle | Spilled, order: Ints, open_: Mask) -> Repeated:
    """The paragraphs that two or more rows have, of the rows that `open_` says; `order` says which row is first.

    A paragraph that stands twice on one page and nowhere else is not repeated: what a page says twice is its own.
    """
    return _ordered([meeting(paragraphs.bucket(number), open_, order) for number in paragraphs.buckets], inverse(order))


def repeated_spread(spread: Spread, paragraphs: Spilled, order: Ints, open_: Mask) -> Repeated:
    """What `repeated` finds, by a task for each bucket."""
    at, among = (spread.shared(f"repeated-{name}", values) for name, values in (("order", order), ("open", open_)))
    return _ordered(spread.run(_met_in, [(paragraphs, n, at, among) for n in paragraphs.buckets]), inverse(order))


def _met_in(task: tuple[Spilled, int, Shared, Shared]) -> tuple[Hashes, Ints]:
    paragraphs, number, order, open_ = task
    return meeting(paragraphs.bucket(number), open_.array(), order.array())


def _ordered(found: Sequence[tuple[Hashes, Ints]], row_of: Ints) -> Repeated:
    """What met in each bucket, in order of rows."""
    hashes, at = (np.concatenate(column) for column in zip(*found, strict=True))
    # In each bucket hashes stand in order; no hash is in two.
    later = np.concatenate(([False], hashes[1:] == hashes[:-1]))[: len(hashes)]
    row = row_of[at]
    by = np.lexsort((hashes, row))
    return Repeated(row[by], hashes[by], later[by])
