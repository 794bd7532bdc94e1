"""Texts by id, read where they lie: in the files of the parts, a text at a time."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.corpus.spread import Place
from pipeline.edit import Ints
from pipeline.engine.strings import Strings


class Places:
    """Where each id stands among the rows of all parts, in 16 bytes an id besides the id."""

    def __init__(self, ids: Sequence[pa.ChunkedArray]) -> None:
        self._ids = pa.chunked_array([chunk for column in ids for chunk in column.chunks], pa.string())
        hashes = [_hashes(chunk.to_pylist()) for chunk in self._ids.chunks]
        every = np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.int64)
        self._order = np.argsort(every, kind="stable")
        self._sorted = every[self._order]

    def rows(self, page_ids: Sequence[str]) -> list[int]:
        """The rows of ids."""
        first = np.searchsorted(self._sorted, _hashes(page_ids), side="left")
        likely = self._order[np.minimum(first, max(len(self._order) - 1, 0))] if len(self._order) else first
        found = self._ids.take(pa.array(likely)).to_pylist() if len(self._order) else [None] * len(page_ids)
        return [
            row if there == page_id else self._row(page_id, low)
            for page_id, there, row, low in zip(page_ids, found, likely.tolist(), first.tolist(), strict=True)
        ]

    def _row(self, page_id: str, low: int) -> int:
        """The row of an id whose hash another has too: rows of one hash stand from `low` on."""
        while low < len(self._sorted) and self._sorted[low] == hash(page_id):
            row = int(self._order[low])
            if self._ids[row].as_py() == page_id:
                return row
            low += 1
        raise KeyError(page_id)


def _hashes(ids: Sequence[str]) -> Ints:
    return np.fromiter(map(hash, ids), np.int64, len(ids))


def read(places: Sequence[Place]) -> list[str]:
    """The texts at some places; a file is opened once for all of its own."""
    return _read(places, lambda path: Strings(path, "text"))


def _read(places: Sequence[Place], strings: Callable[[Path], Strings]) -> list[str]:
    out = [""] * len(places)
    by_file: dict[Path, list[int]] = {}
    for i, (path, _) in enumerate(places):
        by_file.setdefault(path, []).append(i)
    for path, own in by_file.items():
        for i, text in zip(own, strings(path).of([places[i][1] for i in own]), strict=True):
            out[i] = text
    return out


class Texts:
    """The texts of pages by id, from Arrow files with the columns `page_id` and `text`, a page a row.

    `check` is asked of a file before its first text is read, and raises where the file is not what was written; of all
    files where an id is in none. Nothing is read before the first text is asked for. `few` says that the texts of
    places are few of many: their files are not checked.
    """

    read = staticmethod(read)

    def __init__(
        self, paths: Iterable[Path], check: Callable[[Path], object] = lambda _: None, few: bool = True
    ) -> None:
        self._paths, self._few = list(paths), few
        self._check = cache(check)
        self._strings = cache(self._checked)

    def __call__(self, page_ids: Sequence[str]) -> list[str]:
        """The texts of those pages."""
        return _read(self.places(page_ids), self._strings)

    def places(self, page_ids: Sequence[str]) -> list[Place]:
        """Where the texts of those pages lie."""
        places, ends = self._places
        try:
            rows = places.rows(page_ids)
        except KeyError:
            for path in self._paths:
                self._check(path)
            raise
        parts = np.searchsorted(ends, rows, side="right")
        for part in () if self._few else np.unique(parts).tolist():
            self._check(self._paths[part])
        begins = np.concatenate((np.zeros(1, dtype=np.int64), ends))[parts]
        return [(self._paths[p], r) for p, r in zip(parts.tolist(), (np.array(rows) - begins).tolist(), strict=True)]

    @cached_property
    def _places(self) -> tuple[Places, Ints]:
        """Where all ids stand, and the rows at which files end."""
        ids = [Strings(path, "page_id").whole() for path in self._paths]
        return Places(ids), np.cumsum([len(column) for column in ids])

    def _checked(self, path: Path) -> Strings:
        self._check(path)
        return Strings(path, "text")
