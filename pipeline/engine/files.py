"""Files between passes: Arrow, one record batch for each batch of pages, read from a memory map.

Paths go to Arrow as bytes: it takes text for UTF-8, which a system of files or a locale need not use.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa

from pipeline import mirror
from pipeline.engine.store import DamagedError

PAGES, EDITS, FIELDS = "pages.arrow", "edits.arrow", "fields.arrow"
LINES, PRINTS, TEMPLATES, SETS = "lines.arrow", "prints.arrow", "templates.arrow", "sets.arrow"
GRAMS, IDS, SAMPLE, PROOFS = "grams.arrow", "ids.arrow", "sample.arrow", "proofs.arrow"


class Writer:
    """Writes record batches of one schema to a file."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._file = pa.OSFile(os.fsencode(path), "wb")
        self._writer = pa.ipc.new_file(self._file, schema)

    def add(self, parts: list[pa.RecordBatch]) -> None:
        """One batch, given in one piece or several."""
        self._writer.write_batch(parts[0] if len(parts) == 1 else pa.concat_batches(parts))

    def close(self) -> None:
        """Write the end of the file."""
        self._writer.close()
        self._file.close()


@contextmanager
def writers(folder: Path, **schemas: pa.Schema) -> Iterator[list[Writer]]:
    """Writers for files `<name>.arrow` of a folder, closed together."""
    with ExitStack() as stack:
        made = []
        for name, schema in schemas.items():
            writer = Writer(folder / f"{name}.arrow", schema)
            stack.callback(writer.close)
            made.append(writer)
        yield made


@contextmanager
def opened(path: Path) -> Iterator[pa.RecordBatchFileReader]:
    """A file that `Writer` wrote, mapped into memory."""
    with _opened(path) as reader:
        yield reader


def save(path: Path, table: pa.Table) -> None:
    """A whole table as one file."""
    with pa.OSFile(os.fsencode(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def load(path: Path) -> pa.Table:
    """A whole table, mapped into memory."""
    with _opened(path) as reader:
        return reader.read_all()


def _opened(path: Path) -> pa.RecordBatchFileReader:
    try:
        return pa.ipc.open_file(pa.memory_map(os.fsencode(mirror.here(path))))
    except pa.ArrowInvalid as error:
        raise DamagedError(path.parent.name, str(path)) from error
