"""Ids: whether two pages of a corpus have one id, from 128 bits of each. No two of 10^12 ids share them by chance."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import xxhash

from pipeline.edit import Ints

# Two halves of the hash, the part, and the row in it.
SCHEMA = pa.schema([("high", pa.uint64()), ("low", pa.uint64()), ("part", pa.uint32()), ("row", pa.uint32())])


def of(page_ids: Sequence[str], part: int = 0) -> pa.Table:
    """The hashes of the ids of a part, in its order."""
    digests = b"".join(xxhash.xxh3_128_digest(page_id.encode("utf-8", "surrogatepass")) for page_id in page_ids)
    halves = np.frombuffer(digests, dtype=np.uint64).reshape(-1, 2)
    rows = np.arange(len(page_ids), dtype=np.uint32)
    columns = [pa.array(np.ascontiguousarray(halves[:, i])) for i in (0, 1)]
    return pa.table([*columns, pa.array(np.full(len(rows), part, dtype=np.uint32)), pa.array(rows)], schema=SCHEMA)


def renumbered(table: pa.Table, part: int) -> pa.Table:
    """The same ids as those of another part."""
    return table.set_column(2, SCHEMA.field("part"), pa.array(np.full(len(table), part, dtype=np.uint32)))


def twice(table: pa.Table) -> tuple[int, int] | None:
    """Part and row of an id that stands there before: of several the first by part and row.

    >>> twice(pa.concat_tables([of(["a", "b"]), of(["c", "b"], part=1)]))
    (1, 1)
    """
    high, low, part, row = (table[name].to_numpy() for name in SCHEMA.names)
    ordered = np.sort(high)
    if not (ordered[1:] == ordered[:-1]).any():  # nearly always: half the bits tell all ids apart
        return None
    order: Ints = np.lexsort((row, part, low, high))
    high, low = high[order], low[order]
    again = order[1:][(high[1:] == high[:-1]) & (low[1:] == low[:-1])]
    if not len(again):
        return None
    first = again[np.lexsort((row[again], part[again]))[0]]
    return int(part[first]), int(row[first])
