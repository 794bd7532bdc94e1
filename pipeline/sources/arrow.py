"""Arrow: files and streams of record batches, as `datasets` saves them to disk."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.errors import InputError
from pipeline.sources import jsonl, record
from pipeline.sources.columns import BROKEN, batch_records, is_plain
from pipeline.sources.compressed import Fault, seekable
from pipeline.sources.files import Fields, File, Part, Slice, parts_of, safe_name
from pipeline.sources.parquet import check_columns
from pipeline.sources.record import Record
from pipeline.sources.storage import Root

SUFFIXES = (".arrow",)
_FILE = b"ARROW1"
# Rows that become Python objects at a time.
_ROWS = 256

update = jsonl.update  # the bytes of the file


def cut(root: Root, files: Sequence[File], source: SourceConfig, part_bytes: int) -> list[Part]:
    """Parts of some files, each of them whole."""
    slices = []
    for file in files:
        if file.fault:
            raise InputError(f"{safe_name(root.place(file.name))}: {file.fault}.")
        with _batches(root, file.name) as batches:
            check_columns(root.place(file.name), batches.schema.names, source.text, source.html)
        slices.append((Slice(file.name, 0, file.size), file.size))
    return parts_of("arrow", root, Fields.of(source), slices, part_bytes)


def read(part: Part) -> Iterator[Page]:
    """The pages of a part, in the order of its rows."""
    return record.pages((row for piece in part.files for row in _records(part, piece)), part)


def _records(part: Part, piece: Slice) -> Iterator[Record]:
    number = 1
    with _batches(part.place, piece.name) as batches:
        kept = [f.name for f in batches.schema if f.name in part.fields or is_plain(f.type)]
        for batch in batches:
            for low in range(0, len(batch), _ROWS):
                some = batch.slice(low, _ROWS).select(kept)
                some.validate(full=True)  # offsets that lead out of the data would be followed
                yield from batch_records(some, piece.name, number)
                number += len(some)


class _Batches:
    """The record batches of a file, one at a time."""

    def __init__(self, reader: Any) -> None:
        self.schema: pa.Schema = reader.schema
        self._reader = reader

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        if hasattr(self._reader, "num_record_batches"):
            return (self._reader.get_batch(i) for i in range(self._reader.num_record_batches))
        return iter(self._reader)


@contextmanager
def _batches(root: Root, name: str) -> Iterator[_Batches]:
    try:
        with root.open(name) as raw, seekable(raw, name) as stream:
            is_file = stream.read(len(_FILE)) == _FILE
            stream.seek(0, io.SEEK_SET)
            yield _Batches(pa.ipc.open_file(stream) if is_file else pa.ipc.open_stream(stream))
    except (*BROKEN, Fault) as error:
        what = str(error).split("\n", 1)[0]
        raise InputError(f"{safe_name(root.place(name))}: not an Arrow file that can be read: {what}") from None
