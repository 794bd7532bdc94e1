"""The fingerprints of a corpus, gathered: a few columns and the signatures in memory, all else in shuffles on disk.

Memory is about 0.35 KB a page: 256 bytes of signature, 16 of the exact hash, and the ids. Tables come one at a time and
are let go.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.corpus.buckets import band_entries
from pipeline.corpus.fingerprints import SLOTS
from pipeline.corpus.shuffle import Entries, Shuffle
from pipeline.edit import Ints

# Told apart from the pages of this corpus, which belong to no release yet.
HERE = -1

Prints: TypeAlias = Iterable[pa.Table]


class Gathered(NamedTuple):
    """Columns by row, and what is shuffled; `release` is the number of the earlier release that a row is from."""

    page_id: pa.ChunkedArray
    date: pa.ChunkedArray
    cluster: pa.ChunkedArray
    release: Ints
    n_chars: Ints
    n_grams: Ints
    n_sentences: Ints
    exact: npt.NDArray[np.uint64]
    signature: npt.NDArray[np.uint16]
    bands: Shuffle
    sentences: Shuffle
    paragraphs: Shuffle

    def __len__(self) -> int:
        return len(self.release)


class _Growing:
    """Rows of fixed width that grow in place, so that never two copies of them are held."""

    def __init__(self, kind: str, *width: int) -> None:
        self._rows = np.empty((1024, *width), dtype=kind)
        self._count = 0

    def add(self, rows: npt.NDArray[Any]) -> None:
        needed = self._count + len(rows)
        if needed > len(self._rows):
            self._rows.resize((needed + needed // 8, *self._rows.shape[1:]), refcheck=False)
        self._rows[self._count : needed] = rows
        self._count = needed

    def whole(self) -> npt.NDArray[Any]:
        return self._rows[: self._count]


def gather(earlier: Sequence[Prints], prints: Prints, folder: Path, similarity: float) -> Gathered:
    """The fingerprints of earlier releases and of this corpus, row behind row, shuffled into files of `folder`."""
    numbers = [_Growing("i8") for _ in range(4)]
    exact, signature = _Growing("<u8", 2), _Growing("<u2", SLOTS)
    strings: dict[str, list[pa.Array]] = {"page_id": [], "date": [], "cluster": []}
    bands, sentences, paragraphs = (Shuffle(folder / f"{n}.parquet") for n in ("bands", "sentences", "paragraphs"))
    first = 0
    for release, tables in [*enumerate(earlier), (HERE, prints)]:
        for table in (t.combine_chunks() for t in tables):
            rows = np.arange(first, first + len(table))
            first += len(table)
            own = _matrix(table["signature"], SLOTS, "<u2")
            signature.add(own)
            exact.add(_matrix(table["exact"], 2, "<u8"))
            _shuffled(paragraphs, table["paragraphs"], rows)
            counted = _shuffled(sentences, table["sentences"], rows)
            given = (np.full(len(rows), release), _ints(table["n_chars"]), _ints(table["n_grams"]), counted)
            for column, values in zip(numbers, given, strict=True):
                column.add(values)
            for name, parts in strings.items():
                parts.append(_text(table, name))
            for entries in band_entries(own, rows, similarity):
                bands.add(entries)
    for shuffle in (bands, sentences, paragraphs):
        shuffle.close()
    release_of, n_chars, n_grams, n_sentences = (column.whole() for column in numbers)
    page_id, date, cluster = (pa.chunked_array(parts, pa.string()) for parts in strings.values())
    return Gathered(
        page_id, date, cluster, release_of, n_chars, n_grams, n_sentences, exact.whole(), signature.whole(),
        bands, sentences, paragraphs,
    )  # fmt: skip


def _shuffled(shuffle: Shuffle, column: pa.ChunkedArray, rows: Ints) -> Ints:
    """Put the hashes of a column of lists into a shuffle; how many each row has."""
    lists = _whole(column)
    counts = np.diff(lists.offsets.to_numpy())
    values = lists.flatten().to_numpy().view(np.uint64)
    shuffle.add(Entries(values, np.repeat(rows, counts)))
    number: Ints = counts.astype(np.int64)
    return number


def _text(table: pa.Table, name: str) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(len(table), pa.string())
    # Copied: a slice of a table that was read would keep all of that table.
    return pa.concat_arrays([_whole(table[name]), pa.array([], pa.string())])


def _ints(column: pa.ChunkedArray) -> Ints:
    values: Ints = column.to_numpy().astype(np.int64)
    return values


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([pa.array([], column.type), *column.chunks])


def _matrix(column: pa.ChunkedArray, width: int, kind: str) -> npt.NDArray[Any]:
    """A column of binary of one size as a matrix, not copied."""
    whole = _whole(column)
    if not len(whole):
        return np.zeros((0, width), dtype=kind)
    begin = int(np.frombuffer(whole.buffers()[1], dtype=np.int32)[whole.offset])
    return np.frombuffer(whole.buffers()[2], dtype=kind, count=len(whole) * width, offset=begin).reshape(-1, width)
