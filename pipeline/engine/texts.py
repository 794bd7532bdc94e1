"""Texts by id, read where they lie: in the files of the parts, mapped into memory and let go again."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.corpus.spread import Place
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


def read(places: Sequence[Place]) -> list[str]:
    """The texts at some places; a file is mapped once for all of its own."""
    out = [""] * len(places)
    by_file: dict[Path, list[int]] = {}
    for i, (path, _) in enumerate(places):
        by_file.setdefault(path, []).append(i)
    for path, own in by_file.items():
        rows = load(path)["text"]
        for i in own:
            out[i] = str(rows[places[i][1]].as_py())
    return out


class Texts:
    """The texts of pages by id, from Arrow files with the columns `page_id` and `text`, a page a row.

    `check` is asked of a file before its first text is read, and raises where the file is not what was written; of all
    files where an id is in none.
    """

    read = staticmethod(read)

    def __init__(self, paths: Iterable[Path], check: Callable[[Path], object] = lambda _: None) -> None:
        self._paths = list(paths)
        self._check = cache(check)
        ids = [load(path)["page_id"] for path in self._paths]
        self._places = Places(ids)
        self._ends = np.cumsum([len(column) for column in ids])
        self._texts: dict[int, pa.ChunkedArray] = {}
        self._read = 0

    def __call__(self, page_ids: Sequence[str]) -> list[str]:
        """The texts of those pages."""
        texts = [self._text(self._row(page_id)) for page_id in page_ids]
        self._read += sum(map(len, texts))
        if self._read >= _LET_GO:
            self._texts, self._read = {}, 0
        return texts

    def places(self, page_ids: Sequence[str]) -> list[Place]:
        """Where the texts of those pages lie. Files are not checked: a task reads a few pages of many."""
        out = []
        for page_id in page_ids:
            row = self._row(page_id)
            part = int(np.searchsorted(self._ends, row, side="right"))
            out.append((self._paths[part], row - (int(self._ends[part - 1]) if part else 0)))
        return out

    def _row(self, page_id: str) -> int:
        try:
            return self._places.row(page_id)
        except KeyError:
            for path in self._paths:
                self._check(path)
            raise

    def _text(self, row: int) -> str:
        part = int(np.searchsorted(self._ends, row, side="right"))
        if part not in self._texts:
            self._check(self._paths[part])
            self._texts[part] = load(self._paths[part])["text"]
        begin = int(self._ends[part - 1]) if part else 0
        return str(self._texts[part][row - begin].as_py())
