"""Texts by id, read where they lie: in the files of the parts, mapped into memory and let go again."""

import mmap
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

# Characters read before the pages of the maps are given back: what was read once is seldom read again.
_LET_GO = 4_000_000


class Places:
    """Where each id stands among the rows of all parts, in 16 bytes an id."""

    def __init__(self, ids: Sequence[pa.ChunkedArray]) -> None:
        self._ids = pa.chunked_array([chunk for column in ids for chunk in column.chunks], pa.string())
        hashes = [np.fromiter(map(hash, chunk.to_pylist()), np.int64, len(chunk)) for chunk in self._ids.chunks]
        every = np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.int64)
        self._order = np.argsort(every, kind="stable")
        self._sorted = every[self._order]

    def row(self, page_id: str) -> int:
        """The row of an id."""
        low, high = np.searchsorted(self._sorted, hash(page_id), side="left"), len(self._sorted)
        while low < high and self._sorted[low] == hash(page_id):
            row = int(self._order[low])
            if self._ids[row].as_py() == page_id:
                return row
            low += 1
        raise KeyError(page_id)

    def first_twice(self) -> str | None:
        """An id that stands there twice, or None."""
        for i in np.flatnonzero(self._sorted[1:] == self._sorted[:-1]).tolist():
            one, other = (self._ids[int(self._order[j])].as_py() for j in (i, i + 1))
            if one == other:
                return str(one)
        return None


class Texts:
    """The texts of pages by id, from Arrow files with the columns `page_id` and `text`, a page a row."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._maps = [_mapped(path) for path in paths]
        tables = [pa.ipc.open_file(pa.BufferReader(pa.py_buffer(m))).read_all() for m in self._maps]
        self._places = Places([table["page_id"] for table in tables])
        self._texts = pa.chunked_array([chunk for table in tables for chunk in table["text"].chunks], pa.string())
        self._ends = np.cumsum([len(chunk) for chunk in self._texts.chunks])
        self._read = 0

    def __call__(self, page_ids: Sequence[str]) -> list[str]:
        """The texts of those pages."""
        texts = [self._text(self._places.row(page_id)) for page_id in page_ids]
        self._read += sum(map(len, texts))
        if self._read >= _LET_GO:
            self._read = 0
            for mapped in self._maps:
                mapped.madvise(mmap.MADV_DONTNEED)
        return texts

    def _text(self, row: int) -> str:
        chunk = int(np.searchsorted(self._ends, row, side="right"))
        begin = int(self._ends[chunk - 1]) if chunk else 0
        return str(self._texts.chunk(chunk)[row - begin].as_py())


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
