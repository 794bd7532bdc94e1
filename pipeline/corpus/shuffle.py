"""Shuffles: rows brought together by hash on disk, so that memory holds a bucket and never the corpus.

Entries are (hash, row). The top bits of the hash choose the bucket; what has one hash lies in one bucket, whatever part
it came from. A bucket is a task of its own: none needs another.
"""

from collections.abc import Sequence
from io import RawIOBase
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline import mirror
from pipeline.edit import Ints
from pipeline.lines import Mask

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.uint32]

# Of a million pages with 43 sentences each a bucket then holds 0.7 million entries, 8 MB.
BUCKET_BITS = 6
# Entries that wait in memory before they are written: 3 MB.
_WAITING = 1 << 18


class Entries(NamedTuple):
    """Hashes and the rows that have them."""

    hash: Hashes
    row: Ints


class Shuffle:
    """A file of entries, cut by hash: every flush writes those of each bucket behind one another, in order of buckets.

    What never filled the memory set aside for it stays there, as one bucket, and there is no file; unless `spilled`
    asks for one, which tasks elsewhere can read.
    """

    def __init__(self, path: Path, bits: int = BUCKET_BITS) -> None:
        self._path, self._bits = path, bits
        self._file: RawIOBase | None = None
        self._begins = [0]
        self._waiting: list[tuple[Hashes, Rows]] = []
        self._count = 0

    def add(self, entries: Entries) -> None:
        """Further entries."""
        self._waiting.append((entries.hash, entries.row.astype(np.uint32)))
        self._count += len(entries.hash)
        if self._count >= _WAITING:
            self._flush()

    def close(self) -> None:
        """Write what waits, where something was written before; after that buckets can be read."""
        if self._file is not None:
            self._flush()
            self._file.close()

    def spilled(self) -> "Spilled":
        """The same, all of it on disk; instead of `close`."""
        if self._file is None:
            self._flush()
        self.close()
        mirror.sent(self._path)
        return self._spilled()

    @property
    def buckets(self) -> range:
        """The numbers of the buckets."""
        return range(1 if self._file is None else 1 << self._bits)

    def bucket(self, number: int) -> Entries:
        """All entries of a bucket, in no order."""
        if self._file is None:
            found, row = self._waited()
            return Entries(found, row.astype(np.int64))
        return self._spilled().bucket(number)

    def _spilled(self) -> "Spilled":
        return Spilled(((self._path, tuple(self._begins), 0),), self._bits)

    def _waited(self) -> tuple[Hashes, Rows]:
        if not self._waiting:
            return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint32)
        hashes, rows = zip(*self._waiting, strict=True)
        return np.concatenate(hashes), np.concatenate(rows)

    def _flush(self) -> None:
        if self._file is None:
            self._file = mirror.made(self._path).open("wb", buffering=0)
        found, row = self._waited()
        self._waiting, self._count = [], 0
        number = ((found >> np.uint64(1)) >> np.uint64(63 - self._bits)).astype(
            np.uint8 if self._bits <= 8 else np.uint16
        )
        order = np.argsort(number, kind="stable")
        ends = np.cumsum(np.bincount(number, minlength=1 << self._bits), dtype=np.int64)
        size = _write(self._file, np.concatenate((np.zeros(1, dtype=np.int64), ends)), found[order], row[order])
        self._begins.append(self._begins[-1] + size)


def _write(file: RawIOBase, *columns: npt.NDArray[Any]) -> int:
    """Write columns one behind the other; the number of bytes."""
    for column in columns:
        left = column.view(np.uint8).data
        while len(left):  # a system may write less than it was given
            left = left[file.write(left) :]
    return sum(column.nbytes for column in columns)


class Spilled(NamedTuple):
    """Shuffles that lie on disk, read as one: of each its path, the places at which its flushes begin and the last
    ends, and what is added to its rows.

    A flush is the entries before each bucket, one more than there are buckets; then all hashes, then all rows.
    """

    files: tuple[tuple[Path, tuple[int, ...], int], ...]
    bits: int

    @classmethod
    def joined(cls, shuffles: Sequence["Spilled"], firsts: Sequence[int]) -> "Spilled":
        """Several as one; `firsts` is added to the rows of each."""
        files = [(p, n, a + b) for s, b in zip(shuffles, firsts, strict=True) for p, n, a in s.files]
        return cls(tuple(files), shuffles[0].bits)

    @property
    def buckets(self) -> range:
        """The numbers of the buckets."""
        return range(1 << self.bits)

    def bucket(self, number: int) -> Entries:
        """All entries of a bucket, in no order."""
        hashes, rows = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)]
        table = 8 * (len(self.buckets) + 1)
        for path, begins, first in self.files:
            with mirror.here(path).open("rb", buffering=0) as file:
                for begin, end in pairwise(begins):
                    low, high = _read(file, begin + 8 * number, 2, np.int64).tolist()
                    data, count = begin + table, (end - begin - table) // 12
                    hashes.append(_read(file, data + 8 * low, high - low, np.uint64))
                    row = _read(file, data + 8 * count + 4 * low, high - low, np.uint32)
                    rows.append(row.astype(np.int64) + first)
        return Entries(np.concatenate(hashes), np.concatenate(rows))


def _read(file: RawIOBase, begin: int, count: int, kind: Any) -> npt.NDArray[Any]:
    """So many numbers of a file."""
    out = np.empty(count, dtype=kind)
    left = out.view(np.uint8).data
    file.seek(begin)
    while len(left):
        found = file.readinto(left)
        if not found:
            raise EOFError(f"{file}: the file of a shuffle is shorter than what was written to it")
        left = left[found:]
    return out


# An odd number and its inverse mod 2^64: numbers are spread over the buckets, and told again from their entries.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_GATHER = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))


def spread_entries(numbers: Ints, values: Ints) -> Entries:
    """Numbers, each with a value, as entries of a shuffle."""
    return Entries(numbers.astype(np.uint64) * _SPREAD, values)


def spread_out(path: Path, numbers: Ints, values: Ints, bits: int) -> Spilled:
    """The same, shuffled to disk."""
    shuffle = Shuffle(path, bits)
    shuffle.add(spread_entries(numbers, values))
    return shuffle.spilled()


def gathered(entries: Entries) -> tuple[Ints, Ints]:
    """Numbers and values of a bucket of what was spread out."""
    return (entries.hash * _GATHER).astype(np.int64), entries.row


def meeting(entries: Entries, open_: Mask, place: Ints) -> tuple[Hashes, Ints]:
    """Hash and `place` of the rows that share a hash, in order of both; only of rows that `open_` says.

    Places are numbers below their count.
    """
    kept = np.flatnonzero(open_[entries.row])
    found = entries.hash[kept]
    order = _shared(found)
    found, at = found[order], place[entries.row[kept[order]]]
    # In order of hash already: one number of the hash and the place sorts 40 times as fast as both.
    width = max(len(place), 1)
    number = np.cumsum(np.concatenate(([False], found[1:] != found[:-1]))[: len(found)])
    met: Ints = np.sort(number * width + at) - number * width
    return found, met


def _shared(hashes: Hashes) -> Ints:
    """Which of some hashes are not the only ones of their kind, in order of hash.

    Hashes are sorted with the place of each in their last bits, three times as fast as places by hashes. Where two
    differ in nothing but these bits, the few that are left are sorted again.
    """
    if not len(hashes):
        return np.zeros(0, dtype=np.int64)
    below = np.uint64((1 << len(hashes).bit_length()) - 1)
    keys = np.sort((hashes & ~below) | np.arange(len(hashes), dtype=np.uint64))
    order: Ints = (keys[_several((keys[1:] ^ keys[:-1]) <= below)] & below).astype(np.int64)
    found = hashes[order]
    differ = found[1:] ^ found[:-1]
    if ((differ != 0) & (differ <= below)).any():
        order = order[np.argsort(found)]
        found = hashes[order]
        order = order[_several(found[1:] == found[:-1])]
    return order


def _several(same: Mask) -> Mask:
    """Of things in a row, which are the same as one beside them; `same` says it of each and the next."""
    return np.concatenate(([False], same)) | np.concatenate((same, [False]))
