"""Parquet: ranges of row groups, only the columns that can be used, a few thousand rows at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.errors import InputError
from pipeline.sources import jsonl, record
from pipeline.sources.columns import BROKEN, batch_records, is_plain
from pipeline.sources.compressed import Fault, codec_of, seekable
from pipeline.sources.files import Fields, File, Part, Slice, parts_of, safe_name
from pipeline.sources.record import Record
from pipeline.sources.storage import Root

SUFFIXES = (".parquet", ".pq")
# Rows that are in memory at a time, by the size that the file says they have; a file of 2 KB can hold a table of 1 GB.
_BATCH_BYTES = 4_000_000
_MAX_BATCH_ROWS = 4096


def cut(root: Root, files: Sequence[File], source: SourceConfig, part_bytes: int) -> list[Part]:
    """Parts of some files: ranges of row groups of about that many bytes when unpacked."""
    slices = [piece for f in files for piece in _ranges(root, f, source)]
    if not slices:
        raise InputError(f"{safe_name(root.path)}: {len(files)} Parquet files and not one row in them.")
    return parts_of("parquet", root, Fields.of(source), slices, part_bytes)


# Bytes of a column that are read at a time.
_BLOCK_BYTES = 1 << 20


@contextmanager
def _open(root: Root, name: str, coded: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
    """A file; columns of `coded` come as dictionaries."""
    try:
        with root.open(name) as raw, seekable(raw, name) as stream:
            local = not root.is_remote and not codec_of(name)
            how: dict[str, Any] = {"page_checksum_verification": True, "read_dictionary": list(coded)}
            # From a disk it is read as it is needed: read ahead would be all row groups of a part, packed.
            how |= {"pre_buffer": False, "buffer_size": _BLOCK_BYTES} if local else {}
            yield pq.ParquetFile(root.place(name) if local else stream, memory_map=False, **how)
    except (*BROKEN, Fault) as error:
        raise InputError(
            f"{safe_name(root.place(name))}: not a Parquet file that can be read: {_first_line(error)}"
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]


def _ranges(root: Root, file: File, source: SourceConfig) -> Iterator[tuple[Slice, int]]:
    path = root.place(file.name)
    if file.fault:
        raise InputError(f"{safe_name(path)}: {file.fault}.")
    with _open(root, file.name) as table:
        names = table.schema_arrow.names
        check_columns(path, names, source.text, source.html)
        wanted = set(_columns(table.schema_arrow, Fields.of(source)))
        if codec_of(file.name):  # one part: each would unpack the whole file
            if table.metadata.num_rows:
                yield Slice(file.name, 0, table.num_row_groups), file.size
            return
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
    return [f.name for f in schema if f.name in named or is_plain(f.type)]


def check_columns(path: str, names: Sequence[str], text: str, html: str) -> None:
    """Raise InputError where no column can hold the page."""
    if not {text, html} & set(names):
        wanted = " or ".join(f'"{name}"' for name in (text, html) if name)
        raise InputError(
            f"{safe_name(path)}: no column {wanted} to take the text from. Columns: {', '.join(names)}. "
            "Name the right one in [source] text or html."
        )


def read(part: Part) -> Iterator[Page]:
    """The pages of a part, in the order of its rows."""
    return record.pages((row for piece in part.files for row in _records(part, piece)), part)


def _records(part: Part, piece: Slice) -> Iterator[Record]:
    with _open(part.place, piece.name) as table:
        columns = _columns(table.schema_arrow, part.fields)
        groups = range(piece.start, piece.end)
        chunks = [c for g in groups for c in _chunks(table.metadata.row_group(g), set(columns))]
        rows = sum(table.metadata.row_group(g).num_rows for g in groups)
        coded = sorted({c.path_in_schema for c in chunks if c.has_dictionary_page} & _strings(table.schema_arrow))
    batch_rows = max(
        1, min(_MAX_BATCH_ROWS, _BATCH_BYTES * rows // max(1, sum(c.total_uncompressed_size for c in chunks)))
    )
    number = piece.line
    with _open(part.place, piece.name, coded) as table:
        try:
            for batch in table.iter_batches(batch_rows, row_groups=list(groups), columns=columns, use_threads=False):
                yield from batch_records(batch, piece.name, number)
                number += len(batch)
        except BROKEN as error:
            raise InputError(
                f"{safe_name(part.place.place(piece.name))}: row groups {piece.start} to {piece.end - 1} are broken: "
                f"{_first_line(error)}"
            ) from None


def _strings(schema: pa.Schema) -> set[str]:
    """Columns of text and bytes, which a dictionary may hold once and rows name a million times."""
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return {f.name for f in schema if any(test(f.type) for test in kinds)}


def update(digest: xxhash.xxh3_128, part: Part, piece: Slice) -> None:
    """Add the columns' bytes of some row groups, as they stand in the file, to a digest."""
    mark = part.place.mark(piece.name)
    if mark is not None:
        digest.update(b"marked from %d:" % piece.start + mark)
        return
    if codec_of(piece.name):
        jsonl.update(digest, part, piece._replace(start=0, end=part.place.size(piece.name)))
        return
    with _open(part.place, piece.name) as table, part.place.open(piece.name) as stream:
        wanted = set(_columns(table.schema_arrow, part.fields))
        digest.update(str(table.schema_arrow.remove_metadata()).encode())
        for number in range(piece.start, piece.end):
            for chunk in _chunks(table.metadata.row_group(number), wanted):
                first = chunk.data_page_offset
                if chunk.has_dictionary_page and chunk.dictionary_page_offset:
                    first = min(first, chunk.dictionary_page_offset)
                stream.seek(first)
                digest.update(stream.read(chunk.total_compressed_size))
