"""A sample of the pages of a corpus that stays what it is while the corpus changes: those whose ids hash least.

It has one size however large the corpus is, and is a union: the samples of two halves, joined and cut again, are that
of the whole, in whatever order and grouping, merged twice or once. A page of n that comes, goes or changes is one of
the sample with a chance of SIZE in n; otherwise what was reckoned from the sample stands.

A number of pages for each part would cost the same to keep but hang on how the input is cut.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from pipeline.edit import Ints

Ranks = npt.NDArray[np.uint64]

# Of 20,000 made pages (`make_corpus.py 20000 --seed 7`) 97.85 % of the paragraphs come out as they were written where
# grams are counted on all of them; 97.84 % with 2,000 pages, 97.8 % with 1,000, 97.7 % with 250, 97.4 % without any.
SIZE = 2000
# So many characters of a page count: a book is one voice among others.
MAX_CHARS = 20_000
# Samples of parts that are joined at a time: 6 MB.
_AT_ONCE = 100
SCHEMA = pa.schema([("rank", pa.uint64()), ("row", pa.int64()), ("text", pa.binary(16))])


def ranks(page_ids: Iterable[str]) -> Ranks:
    """The hash of each id.

    >>> bool((ranks(["a", "b"])[::-1] == ranks(["b", "a"])).all())
    True
    """
    digests = (xxhash.xxh3_64_intdigest(page_id.encode("utf-8", "surrogatepass")) for page_id in page_ids)
    return np.fromiter(digests, dtype=np.uint64)


def least(ranked: Ranks, size: int = SIZE) -> Ints:
    """The rows of the least hashes, in the order of the hashes: `size` of them, or all there are.

    Where two ids have one hash at the very end both are taken, so that the order of the rows does not matter.

    >>> least(np.array([5, 1, 4, 2], dtype=np.uint64), 2).tolist()
    [1, 3]
    """
    if len(ranked) <= size:
        return np.argsort(ranked, kind="stable")
    last = np.partition(ranked, size - 1)[size - 1]
    rows: Ints = np.flatnonzero(ranked <= last)
    return rows[np.argsort(ranked[rows], kind="stable")]


class Drawn(NamedTuple):
    """A page of the sample: the place of its part, its row in that, and the digest of its text."""

    part: int
    row: int
    text: bytes


def digest(text: bytes) -> bytes:
    """What tells whether the bytes of a text are those that were digested: 128 bits."""
    return xxhash.xxh3_128_digest(text)


def of(page_ids: Sequence[str], digests: Sequence[bytes]) -> pa.Table:
    """The sample of some pages: rank, row and digest of the text of each."""
    ranked = ranks(page_ids)
    rows = least(ranked)
    texts = pa.array([digests[row] for row in rows.tolist()], SCHEMA.field("text").type)
    return pa.table([pa.array(ranked[rows]), pa.array(rows), texts], schema=SCHEMA)


def drawn(tables: Iterable[pa.Table]) -> list[Drawn]:
    """The sample of all pages, from those of the parts, in the order of parts and rows."""
    part = np.zeros(0, dtype=np.int64)
    held = SCHEMA.empty_table()
    numbered = enumerate(tables)
    while some := list(islice(numbered, _AT_ONCE)):
        part = np.concatenate((part, np.repeat([i for i, _ in some], [len(table) for _, table in some])))
        held = pa.concat_tables([held, *(table for _, table in some)])
        kept = least(held["rank"].to_numpy())
        part, held = part[kept], held.take(pa.array(kept))
    return sorted(map(Drawn, part.tolist(), held["row"].to_pylist(), held["text"].to_pylist()))
