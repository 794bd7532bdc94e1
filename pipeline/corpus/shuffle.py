"""Shuffles: rows brought together by hash on disk, so that memory holds a bucket and never the corpus.

Entries are (hash, row). The top bits of the hash choose the bucket; what has one hash lies in one bucket, whatever part
it came from. A bucket is a task of its own: none needs another.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import mirror
from pipeline.edit import Ints
from pipeline.lines import Mask

Hashes = npt.NDArray[np.uint64]

# Of a million pages with 43 sentences each a bucket then holds 0.7 million entries, 8 MB.
BUCKET_BITS = 6
# Entries that wait in memory before they are written: 6 MB.
_WAITING = 1 << 19
_SCHEMA = pa.schema([("hash", pa.uint64()), ("row", pa.uint32())])


class Entries(NamedTuple):
    """Hashes and the rows that have them."""

    hash: Hashes
    row: Ints


class Shuffle:
    """A Parquet file of entries, cut by hash: every flush writes one row group for each bucket, in order.

    What never filled the memory set aside for it stays there, as one bucket, and there is no file; unless `spilled`
    asks for one, which tasks elsewhere can read.
    """

    def __init__(self, path: Path, bits: int = BUCKET_BITS) -> None:
        self._path, self._bits = path, bits
        self._file: pa.OSFile | None = None
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[Entries] = []
        self._count = self._flushes = 0

    def add(self, entries: Entries) -> None:
        """Further entries."""
        self._waiting.append(Entries(entries.hash, entries.row.astype(np.uint32)))
        self._count += len(entries.hash)
        if self._count >= _WAITING:
            self._flush()

    def close(self) -> None:
        """Write what waits, where something was written before; after that buckets can be read."""
        if self._writer is not None and self._file is not None:
            self._flush()
            self._writer.close()
            self._file.close()

    def spilled(self) -> "Spilled":
        """The same, all of it on disk; instead of `close`."""
        if self._writer is None:
            self._flush()
        self.close()
        mirror.sent(self._path)
        return Spilled(((self._path, self._flushes, 0),), self._bits)

    @property
    def buckets(self) -> range:
        """The numbers of the buckets."""
        return range(1 if self._writer is None else 1 << self._bits)

    def bucket(self, number: int) -> Entries:
        """All entries of a bucket, in no order."""
        if self._writer is None:
            found, row = self._waited()
            return Entries(found, row.astype(np.int64))
        return Spilled(((self._path, self._flushes, 0),), self._bits).bucket(number)

    def _waited(self) -> tuple[Hashes, npt.NDArray[np.uint32]]:
        hashes, rows = [e.hash for e in self._waiting], [e.row for e in self._waiting]
        if not hashes:
            return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint32)
        return np.concatenate(hashes), np.concatenate(rows).astype(np.uint32)

    def _flush(self) -> None:
        if self._writer is None:
            how = {"compression": "none", "use_dictionary": False, "write_statistics": False}
            self._file = pa.OSFile(
                os.fsencode(mirror.made(self._path)), "wb"
            )  # as bytes: a locale need not be of UTF-8
            self._writer = pq.ParquetWriter(self._file, _SCHEMA, **how)
        found, row = self._waited()
        self._waiting, self._count = [], 0
        number = ((found >> np.uint64(1)) >> np.uint64(63 - self._bits)).astype(np.int64)
        order = np.argsort(number.astype(np.uint16), kind="stable")
        found, row = found[order], row[order]
        ends = np.cumsum(np.bincount(number, minlength=1 << self._bits))
        for low, high in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
            part = pa.table([pa.array(found[low:high]), pa.array(row[low:high])], schema=_SCHEMA)
            self._writer.write_table(part, row_group_size=max(1, high - low))
        self._flushes += 1


class Spilled(NamedTuple):
    """Shuffles that lie on disk, read as one: path, number of flushes, and what is added to its rows, of each."""

    files: tuple[tuple[Path, int, int], ...]
    bits: int

    @classmethod
    def joined(cls, shuffles: Sequence["Spilled"], firsts: Sequence[int]) -> "Spilled":
        """Several as one; `firsts` is added to the rows of each."""
        files = [(p, n, a + b) for s, b in zip(shuffles, firsts, strict=True) for p, n, a in s.files]
        return cls(tuple(files), shuffles[0].bits)

    @property
    def buckets(self) -> range:
        """The numbers of the buckets."""
        return range(1 << self.bits)

    def bucket(self, number: int) -> Entries:
        """All entries of a bucket, in no order."""
        tables = [_SCHEMA.empty_table()]
        for path, flushes, first in self.files:
            groups = [number + (flush << self.bits) for flush in range(flushes)]
            with pa.OSFile(os.fsencode(mirror.here(path))) as raw, pq.ParquetFile(raw, pre_buffer=False) as file:
                table = file.read_row_groups(groups, use_threads=False)
            row = pa.array(table["row"].to_numpy() + np.uint32(first))
            tables.append(table.set_column(1, _SCHEMA.field("row"), row))
        table = pa.concat_tables(tables)
        return Entries(table["hash"].to_numpy(), table["row"].to_numpy().astype(np.int64))


# An odd number and its inverse mod 2^64: numbers are spread over the buckets, and told again from their entries.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_GATHER = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))


def spread_entries(numbers: Ints, values: Ints) -> Entries:
    """Numbers, each with a value, as entries of a shuffle."""
    return Entries(numbers.astype(np.uint64) * _SPREAD, values)


def spread_out(path: Path, numbers: Ints, values: Ints, bits: int) -> Spilled:
    """The same, shuffled to disk."""
    shuffle = Shuffle(path, bits)
    shuffle.add(spread_entries(numbers, values))
    return shuffle.spilled()


def gathered(entries: Entries) -> tuple[Ints, Ints]:
    """Numbers and values of a bucket of what was spread out."""
    return (entries.hash * _GATHER).astype(np.int64), entries.row


def meeting(entries: Entries, open_: Mask, place: Ints) -> tuple[Hashes, Ints]:
    """Hash and `place` of the rows that share a hash, in order of both; only of rows that `open_` says."""
    kept = open_[entries.row]
    found, at = entries.hash[kept], place[entries.row[kept]]
    order = np.argsort(found)
    found = found[order]
    same = found[1:] == found[:-1]
    several = (np.concatenate(([False], same)) | np.concatenate((same, [False])))[: len(found)]
    found, at = found[several], at[order[several]]
    order = np.lexsort((at, found))
    return found[order], at[order]
