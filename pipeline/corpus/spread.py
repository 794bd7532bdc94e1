"""Spreading the search for copies over tasks: what they share lies in files, and each bucket is a task.

One process needs none of this up to some million pages. Beyond, signatures and entries stay on disk, where every task
finds them, and the process that builds holds columns of numbers and the pairs that were found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from pipeline import mirror
from pipeline.corpus.fingerprints import SLOTS
from pipeline.edit import Ints

T = TypeVar("T")
R = TypeVar("R")


class Run(Protocol):
    """Runs a function over tasks, anywhere; the results in task order."""

    def __call__(self, function: Callable[[T], R], tasks: Sequence[T]) -> list[R]:
        """The results."""


class Spread(NamedTuple):
    """How tasks run, where what they share lies, and into how many buckets (a power of two) entries are cut."""

    run: Run
    folder: Path
    bits: int

    def shared(self, name: str, values: npt.NDArray[Any]) -> "Shared":
        """An array that tasks read from a file."""
        path = self.folder / f"{name}.npy"
        saved(path, values)
        return Shared(path)


def saved(path: Path, values: npt.NDArray[Any]) -> None:
    """Write an array to a file that tasks elsewhere read."""
    np.save(mirror.made(path), values)
    mirror.sent(path)


class Shared(NamedTuple):
    """An array in a file."""

    path: Path

    def array(self) -> npt.NDArray[Any]:
        """The array, mapped into memory."""
        found: npt.NDArray[Any] = np.load(mirror.here(self.path), mmap_mode="r")
        return found


# Where a text lies: a file, and a row in it.
Place: TypeAlias = tuple[Path, int]


@runtime_checkable
class Placed(Protocol):
    """What gives texts by page id and can say where they lie, so that a task reads them there."""

    read: Callable[[Sequence[Place]], Sequence[str]]

    def __call__(self, page_ids: Sequence[str]) -> Sequence[str]:
        """The texts of those pages."""

    def places(self, page_ids: Sequence[str]) -> list[Place]:
        """Where they lie; `read`, a function of its module, gives the texts of places."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """The signatures of all rows, in files one behind the other; `ends` are the rows at which they end."""

    paths: tuple[Path, ...]
    ends: tuple[int, ...]

    def __getitem__(self, rows: Ints) -> npt.NDArray[np.uint16]:
        """The signatures of some rows."""
        out = np.empty((len(rows), SLOTS), dtype=np.uint16)
        file = np.searchsorted(np.array(self.ends), rows, side="right")
        for number in np.unique(file).tolist():
            at = np.flatnonzero(file == number)
            first = self.ends[number - 1] if number else 0
            out[at] = _mapped(self.paths[number])[rows[at] - first]
        return out


@lru_cache(maxsize=4096)
def _mapped(path: Path) -> npt.NDArray[np.uint16]:
    found: npt.NDArray[np.uint16] = np.load(mirror.here(path), mmap_mode="r")
    return found
