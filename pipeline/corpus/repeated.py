"""Repeated paragraphs: which paragraphs of the pages that are kept stand on another kept page too, and where first."""

from typing import NamedTuple

import numpy as np

from pipeline.corpus.order import inverse
from pipeline.corpus.shuffle import Hashes, Shuffle, meeting
from pipeline.edit import Ints
from pipeline.lines import Mask


class Repeated(NamedTuple):
    """Paragraphs in order of their rows; `later`: another row has it before this one."""

    row: Ints
    hash: Hashes
    later: Mask


def repeated(paragraphs: Shuffle, order: Ints, open_: Mask) -> Repeated:
    """The paragraphs that two or more rows have, of the rows that `open_` says; `order` says which row is first.

    A paragraph that stands twice on one page and nowhere else is not repeated: what a page says twice is its own.
    """
    row_of = inverse(order)
    rows: list[Ints] = [np.zeros(0, dtype=np.int64)]
    hashes: list[Hashes] = [np.zeros(0, dtype=np.uint64)]
    later: list[Mask] = [np.zeros(0, dtype=bool)]
    for number in paragraphs.buckets:
        found, at = meeting(paragraphs.bucket(number), open_, order)
        rows.append(row_of[at])
        hashes.append(found)
        later.append(np.concatenate(([False], found[1:] == found[:-1]))[: len(found)])
    row = np.concatenate(rows)
    by = np.lexsort((np.concatenate(hashes), row))
    return Repeated(row[by], np.concatenate(hashes)[by], np.concatenate(later)[by])
