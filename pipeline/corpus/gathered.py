"""The fingerprints of a corpus, gathered: a few columns and the signatures in memory, all else in shuffles on disk.

Memory is about 0.35 KB a page: 256 bytes of signature, 16 of the exact hash, and the ids. Tables come one at a time and
are let go.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.corpus.buckets import band_entries
from pipeline.corpus.fingerprints import SLOTS
from pipeline.corpus.shuffle import BUCKET_BITS, Entries, Shuffle, Spilled
from pipeline.corpus.spread import Signatures, Spread, saved
from pipeline.edit import Ints

# Told apart from the pages of this corpus, which belong to no release yet.
HERE = -1

Prints: TypeAlias = Iterable[pa.Table]


@runtime_checkable
class Shared(Protocol):
    """Fingerprints that tasks can read, wherever they run."""

    def groups(self) -> list[Prints]:
        """The same in shares, each for one task."""


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
    signature: npt.NDArray[np.uint16] | Signatures
    bands: Shuffle | Spilled
    sentences: Shuffle | Spilled
    paragraphs: Shuffle | Spilled

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
        """All rows; nothing is added after."""
        self._rows.resize((self._count, *self._rows.shape[1:]), refcheck=False)
        return self._rows


_NUMBERS = ("release", "n_chars", "n_grams", "n_sentences")
_STRINGS = ("page_id", "date", "cluster")
_SHUFFLED = ("bands", "sentences", "paragraphs")


class _Rows:
    """Fingerprints of some tables, row behind row; what is shuffled goes to files whose names begin alike."""

    def __init__(self, stem: Path, bits: int = BUCKET_BITS) -> None:
        self.shuffles = {n: Shuffle(stem.with_name(f"{stem.name}{n}.entries"), bits) for n in _SHUFFLED}
        self.signature = _Growing("<u2", SLOTS)
        self._numbers = {name: _Growing("i8") for name in _NUMBERS}
        self._exact = _Growing("<u8", 2)
        self._strings: dict[str, list[pa.Array]] = {name: [] for name in _STRINGS}
        self.count = 0

    def add(self, tables: Prints, release: int, similarity: float) -> None:
        """All tables of one release."""
        for table in (t.combine_chunks() for t in tables):
            rows = np.arange(self.count, self.count + len(table))
            self.count += len(table)
            own = _matrix(table["signature"], SLOTS, "<u2")
            self.signature.add(own)
            self._exact.add(_matrix(table["exact"], 2, "<u8"))
            _shuffled(self.shuffles["paragraphs"], table["paragraphs"], rows)
            counted = _shuffled(self.shuffles["sentences"], table["sentences"], rows)
            given = (np.full(len(rows), release), _ints(table["n_chars"]), _ints(table["n_grams"]), counted)
            for column, values in zip(self._numbers.values(), given, strict=True):
                column.add(values)
            for name, parts in self._strings.items():
                parts.append(_text(table, name))
            for entries in band_entries(own, rows, similarity):
                self.shuffles["bands"].add(entries)

    def gathered(self, signature: npt.NDArray[np.uint16] | Signatures, *shuffled: Shuffle | Spilled) -> Gathered:
        """All rows, with where their signatures and what is shuffled are."""
        page_id, date, cluster = (pa.chunked_array(parts, pa.string()) for parts in self._strings.values())
        release, n_chars, n_grams, n_sentences = (column.whole() for column in self._numbers.values())
        exact = self._exact.whole()
        return Gathered(page_id, date, cluster, release, n_chars, n_grams, n_sentences, exact, signature, *shuffled)


class _Share(NamedTuple):
    """Some fingerprints, gathered by a task of its own; its files have names that begin with `stem`."""

    tables: Prints
    release: int
    stem: Path
    bits: int
    similarity: float

    @property
    def name(self) -> str:
        """What to call the task in a message."""
        return f"fingerprints {self.stem.name}"


class Gathering:
    """Fingerprints of a corpus that are taken in as they come, in any order; files of `folder` hold what is shuffled,
    until all is told.
    """

    def __init__(self, folder: Path, similarity: float) -> None:
        self.rows = _Rows(folder / "all-")
        self._similarity = similarity

    def add(self, tables: Prints) -> None:
        """Further fingerprints of this corpus."""
        self.rows.add(tables, HERE, self._similarity)


def gather(
    earlier: Sequence[Prints],
    prints: Prints | Gathering,
    folder: Path,
    similarity: float,
    spread: Spread | None = None,
) -> Gathered:
    """The fingerprints of earlier releases and of this corpus, row behind row, shuffled into files of `folder`.

    Of this corpus they may have been taken in already; not where the search is `spread`.
    """
    if isinstance(prints, Gathering):
        assert spread is None
        rows, releases = prints.rows, [*enumerate(earlier)]
    else:
        rows, releases = _Rows(folder / "all-"), [*enumerate(earlier), (HERE, prints)]
        if spread is not None:
            return _gathered(spread, releases, similarity)
    for release, tables in releases:
        rows.add(tables, release, similarity)
    for shuffle in rows.shuffles.values():
        shuffle.close()
    return rows.gathered(rows.signature.whole(), *rows.shuffles.values())


def _gathered(spread: Spread, releases: Sequence[tuple[int, Prints]], similarity: float) -> Gathered:
    """The same by tasks; signatures stay where each left them."""
    groups = [(n, g) for n, tables in releases for g in (tables.groups() if isinstance(tables, Shared) else [tables])]
    stems = [spread.folder / f"{i}-" for i in range(len(groups))]
    tasks = [_Share(g, n, stem, spread.bits, similarity) for (n, g), stem in zip(groups, stems, strict=True)]
    found = spread.run(_gather_share, tasks)
    ends = tuple(accumulate(map(len, found)))
    columns: list[Any] = [_together([getattr(f, name) for f in found], ends) for name in Gathered._fields]
    return Gathered(*columns)


def _gather_share(share: _Share) -> Gathered:
    rows = _Rows(share.stem, share.bits)
    rows.add(share.tables, share.release, share.similarity)
    path = share.stem.with_name(f"{share.stem.name}signature.npy")
    saved(path, rows.signature.whole())
    signature = Signatures((path,), (rows.count,))
    return rows.gathered(signature, *(shuffle.spilled() for shuffle in rows.shuffles.values()))


def _together(columns: Sequence[Any], ends: tuple[int, ...]) -> Any:
    """One column of all shares, whose rows end at `ends`."""
    if isinstance(columns[0], Signatures):
        return Signatures(tuple(path for own in columns for path in own.paths), ends)
    if isinstance(columns[0], Spilled):
        return Spilled.joined(columns, [0, *ends[:-1]])
    if isinstance(columns[0], pa.ChunkedArray):
        return pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    return np.concatenate(columns)


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
