"""Parquet as a release holds it: the same rows give the same bytes, and a flipped bit is noticed on reading."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine.store import sha256_of
from pipeline.lines import Mask
from pipeline.publish.rows import Hashes, RowsDigest, columns_hashed, mixed_columns, row_hashes
from pipeline.publish.schema import Table

# Row groups end here even before their rows are full: readers hold a whole one, 64 MiB is what they bear well.
GROUP_BYTES = 48 << 20


class Written(NamedTuple):
    """A file that was written: rows, size, SHA-256 of its bytes, digest of its rows, and of their words alone."""

    rows: int
    bytes: int
    sha256: str
    rows_digest: str
    words_digest: str


class Hashed(NamedTuple):
    """The hashes of some rows: of all their columns, and of those that make up the words of their table."""

    whole: Hashes
    words: Hashes

    @classmethod
    def of(cls, rows: pa.RecordBatch | pa.Table, table: Table, columns: Mapping[str, Hashes] | None = None) -> Self:
        """From the rows, or the hashes of their values."""
        known = columns if columns is not None else columns_hashed(rows)
        schema = table.schema
        mixed = mixed_columns(schema, known)
        words = [schema.get_field_index(name) for name in table.words]
        return cls(row_hashes(mixed), row_hashes(mixed[words]))

    def under(self, mask: Mask) -> Self:
        """Those of the rows that a mask lets through."""
        return type(self)(self.whole[mask], self.words[mask])


class Shard:
    """One Parquet file, written a row group at a time; no file at all where there are no rows.

    Row groups hold `table.group_rows` rows, or fewer where those would be too large; the pieces that come in may be cut
    anywhere. No dictionary where values are many: it would cost and be thrown away.
    """

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        self._table = table
        self._schema = table.schema
        self._digest, self._words = RowsDigest(), RowsDigest()
        self._file: pa.OSFile | None = None
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def add(self, rows: pa.RecordBatch | pa.Table, hashed: Hashed | None = None, most_bytes: int | None = None) -> None:
        """Further rows, with their hashes where these are known; `most_bytes` where they are known to be no larger."""
        if not len(rows):
            return
        whole, words = hashed or Hashed.of(rows, self._table)
        self._digest.add_hashed(whole)
        self._words.add_hashed(words)
        self._waiting += rows.to_batches() if isinstance(rows, pa.Table) else [rows]
        self._rows += len(rows)
        self._bytes += rows.nbytes if most_bytes is None else most_bytes
        while self._rows >= self._table.group_rows or self._full():
            self._flush()

    def close(self) -> Written | None:
        """Finish the file; what was written, or None where there were no rows."""
        while self._rows:
            self._flush()
        if self._writer is None or self._file is None:
            return None
        self._writer.close()
        self._file.close()
        size, sha256 = self.path.stat().st_size, sha256_of(self.path)
        return Written(self._digest.rows, size, sha256, self._digest.hexdigest(), self._words.hexdigest())

    def _full(self) -> bool:
        """Whether what waits is as large as a group may be. It is measured only where it might be: that takes as long
        for a column of a few rows as for one of many.
        """
        if self._bytes >= GROUP_BYTES:
            self._bytes = sum(rows.nbytes for rows in self._waiting)
        return self._bytes >= GROUP_BYTES

    def _flush(self) -> None:
        waiting = pa.Table.from_batches(self._waiting, schema=self._schema)
        count = min(self._table.group_rows, len(waiting))
        if count < len(waiting) or self._full():
            # Halved until it fits: it depends on the rows alone, and a row larger than a group stands alone.
            while count > 1 and waiting.slice(0, count).nbytes > GROUP_BYTES:
                count //= 2
        group = waiting if count == len(waiting) else waiting.slice(0, count)
        if self._writer is None:
            self._file = pa.OSFile(os.fsencode(self.path), "wb")  # as bytes: a locale need not be of UTF-8
            self._writer = _writer(self._file, self._table, self._schema)
        self._writer.write_table(group.combine_chunks(), row_group_size=count)
        self._waiting = waiting.slice(count).to_batches() if count < len(waiting) else []
        self._rows, self._bytes = len(waiting) - count, sum(rows.nbytes for rows in self._waiting)


def _writer(file: pa.OSFile, table: Table, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=table.coded or False,
        write_statistics=[c.name for c in table.columns if c.name in _SOUGHT],
        write_page_checksum=True,
        write_page_index=True,
        store_schema=True,
    )


# Readers filter by these; least and greatest of a column of prose would be of no use.
_SOUGHT = frozenset(
    {"page_id", "doc_id", "site", "rule", "stage", "ordinal", "n_chars", "published_at", "date", "kind"}
)


def read(path: Path, **how: Any) -> pq.ParquetFile:
    """A Parquet file of a release, page checksums verified as it is read."""
    return pq.ParquetFile(pa.OSFile(os.fsencode(path)), page_checksum_verification=True, **how)
