"""Parquet: ranges of row groups, only the columns that can be used, a few thousand rows at a time."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.errors import InputError
from pipeline.sources import record
from pipeline.sources.files import File, Part, Slice, grouped, safe_name, site_folder
from pipeline.sources.record import Record

SUFFIXES = (".parquet", ".pq")
# Rows that are in memory at a time, by the size that the file says they have; a file of 2 KB can hold a table of 1 GB.
_BATCH_BYTES = 4_000_000
_MAX_BATCH_ROWS = 4096


def cut(root: Path, files: Sequence[File], source: SourceConfig, part_bytes: int) -> list[Part]:
    """Parts of some files: ranges of row groups of about that many bytes when unpacked."""
    slices = [piece for f in files for piece in _ranges(root, f, source)]
    if not slices:
        raise InputError(f"{safe_name(str(root))}: {len(files)} Parquet files and not one row in them.")
    return [
        Part("parquet", str(root), group, source.text, source.id, source.url) for group in grouped(slices, part_bytes)
    ]


def _open(path: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, page_checksum_verification=True, memory_map=False)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{safe_name(path)}: not a Parquet file that can be read: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]


def _ranges(root: Path, file: File, source: SourceConfig) -> Iterator[tuple[Slice, int]]:
    path = str(root / file.name)
    if file.fault:
        raise InputError(f"{safe_name(path)}: {file.fault}.")
    with _open(path) as table:
        names = table.schema_arrow.names
        if source.text not in names:
            raise InputError(
                f'{safe_name(path)}: no column "{source.text}" to take the text from. Columns: {", ".join(names)}. '
                "Name the right one in [source] text."
            )
        wanted = set(_columns(table.schema_arrow, (source.text, source.id, source.url)))
        row = 1
        for number in range(table.num_row_groups):
            group = table.metadata.row_group(number)
            if group.num_rows:
                yield (
                    Slice(file.name, number, number + 1, row),
                    sum(c.total_uncompressed_size for c in _chunks(group, wanted)),
                )
            row += group.num_rows


def _chunks(group: Any, wanted: set[str]) -> list[Any]:
    chunks = [group.column(i) for i in range(group.num_columns)]
    return [c for c in chunks if c.path_in_schema in wanted]


def _columns(schema: pa.Schema, named: Sequence[str]) -> list[str]:
    """The named columns and all others that hold plain values."""
    return [f.name for f in schema if f.name in named or _is_plain(f.type)]


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    return not (pa.types.is_nested(kind) or _is_binary(kind) or pa.types.is_null(kind) or pa.types.is_duration(kind))


def _is_binary(kind: pa.DataType) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(test(kind) for test in tests)


def read(part: Part) -> Iterator[Page]:
    """The pages of a part, in the order of its rows."""
    return record.pages((row for piece in part.files for row in _records(part, piece)), part)


def _records(part: Part, piece: Slice) -> Iterator[Record]:
    name, folder = safe_name(piece.name), site_folder(piece.name)
    number = piece.line
    path = part.path(piece.name)
    with _open(path) as table:
        columns = _columns(table.schema_arrow, (part.text, part.id, part.url))
        groups = range(piece.start, piece.end)
        rows = sum(table.metadata.row_group(g).num_rows for g in groups)
        size = sum(
            c.total_uncompressed_size for g in groups for c in _chunks(table.metadata.row_group(g), set(columns))
        )
        batch_rows = max(1, min(_MAX_BATCH_ROWS, _BATCH_BYTES * rows // max(1, size)))
        try:
            for batch in table.iter_batches(batch_rows, row_groups=list(groups), columns=columns, use_threads=False):
                values = [_values(column) for column in batch.columns]
                for row in zip(*values, strict=True):
                    yield Record(f"{name}:{number}", dict(zip(batch.schema.names, row, strict=True)), folder)
                    number += 1
        except (OSError, pa.ArrowException) as error:
            raise InputError(
                f"{safe_name(path)}: row groups {piece.start} to {piece.end - 1} are broken: {_first_line(error)}"
            ) from None


def _values(column: pa.Array) -> list[Any]:
    """A column as Python values; strings that are not UTF-8 as bytes, for the decoder to judge."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":  # Python's clock has microseconds
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_utf8_or_bytes(value) for value in column.cast(pa.large_binary()).to_pylist()]


def _utf8_or_bytes(value: bytes | None) -> str | bytes | None:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value


def update(digest: "hashlib._Hash", part: Part, piece: Slice) -> None:
    """Add the columns' bytes of some row groups, as they stand in the file, to a digest."""
    path = part.path(piece.name)
    with _open(path) as table, open(path, "rb") as stream:
        wanted = set(_columns(table.schema_arrow, (part.text, part.id, part.url)))
        digest.update(str(table.schema_arrow.remove_metadata()).encode())
        for number in range(piece.start, piece.end):
            for chunk in _chunks(table.metadata.row_group(number), wanted):
                first = chunk.data_page_offset
                if chunk.has_dictionary_page and chunk.dictionary_page_offset:
                    first = min(first, chunk.dictionary_page_offset)
                stream.seek(first)
                digest.update(stream.read(chunk.total_compressed_size))
