"""Texts by id, read where they lie: in the files of the parts, mapped into memory and let go again."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.engine.files import load

# Characters read before the maps are given back with what they brought into memory: it is seldom read again.
_LET_GO = 2_000_000


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
        self._paths = list(paths)
        ids = [load(path)["page_id"] for path in self._paths]
        self._places = Places(ids)
        self._ends = np.cumsum([len(column) for column in ids])
        self._texts: dict[int, pa.ChunkedArray] = {}
        self._read = 0

    def __call__(self, page_ids: Sequence[str]) -> list[str]:
        """The texts of those pages."""
        texts = [self._text(self._places.row(page_id)) for page_id in page_ids]
        self._read += sum(map(len, texts))
        if self._read >= _LET_GO:
            self._texts, self._read = {}, 0
        return texts

    def _text(self, row: int) -> str:
        part = int(np.searchsorted(self._ends, row, side="right"))
        if part not in self._texts:
            self._texts[part] = load(self._paths[part])["text"]
        begin = int(self._ends[part - 1]) if part else 0
        return str(self._texts[part][row - begin].as_py())
