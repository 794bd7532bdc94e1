"""What the options of the stage duplicates come to: how pages are sought, and how many copies of a kind are found."""

from collections.abc import Iterator

from pipeline.corpus.buckets import bands, enough_slots, recall
from pipeline.corpus.fingerprints import SLOTS
from pipeline.corpus.options import DuplicatesOptions


def expected(options: DuplicatesOptions) -> Iterator[str]:
    """The search that follows from the options, and its expected recall, line by line.

    >>> print("\\n".join(expected(DuplicatesOptions(similarity=0.8))))
    similarity = 0.8: 21 bands of 6 rows; pairs with 89 of 128 equal slots or more are proved on their texts
    of pairs with a Jaccard index of 0.80  99.66 % are found
                                     0.85  99.99 %
                                     0.90 100.00 %
                                     1.00 100.00 %
    """
    count, rows = bands(options.similarity)
    yield (
        f"similarity = {options.similarity:g}: {count} bands of {rows} rows; pairs with "
        f"{enough_slots(options.similarity)} of {SLOTS} equal slots or more are proved on their texts"
    )
    asked = [options.similarity + step / 100 for step in (0, 5, 10, 20, 30)]
    for i, index in enumerate([*(j for j in asked if j < 1), 1.0]):
        head = "of pairs with a Jaccard index of" if not i else " " * 32
        tail = " % are found" if not i else " %"
        yield f"{head} {index:.2f} {100 * recall(options.similarity, index):6.2f}{tail}"
