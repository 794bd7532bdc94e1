"""Watch: which batch and page a task is at, so that a page that ends its worker is found and set aside.

A task writes where it is into a mark, a small file beside the store's unfinished work; if its worker dies, the mark
says what it died of. The next run takes that batch page by page. A page that ends a worker again, now by itself, is set
aside on the run after, with the reason; all other pages come out as if it had not been there.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from pipeline import mirror
from pipeline.clean import Aside, Trail
from pipeline.engine import batches
from pipeline.engine.batches import LOST, Begin, Work

T = TypeVar("T")

# A part of which so many pages end a worker is not at fault for its pages: the machine or the installation is.
MAX_PAGES = 10
# In place of a page: all of the batch at once; the next batch, while it is being read.
_WHOLE, _READING = -1, -2
_MARK = 24


class Trouble(NamedTuple):
    """What earlier runs of a task died of: batches to take page by page, and pages (batch, page) to set aside."""

    batches: tuple[int, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()

    def after(self, mark: Path | None) -> tuple[Self, bool]:
        """What is known after a further run that left this mark, and whether it found a page to set aside."""
        try:
            batch, page = map(int, mirror.here(mark, again=True).read_bytes().split()) if mark else (0, _READING)
        except (OSError, ValueError):
            return self, False  # it died before it read anything
        if page == _WHOLE:
            return self._replace(batches=tuple({*self.batches, batch})), False
        if page < 0 or len(self.pages) >= MAX_PAGES:
            return self, False
        return self._replace(pages=(*self.pages, (batch, page))), True


class Watch:
    """Writes the mark of one run of a task; without a path it writes none."""

    def __init__(self, path: Path | None, trouble: Trouble) -> None:
        self._trouble = trouble
        self._path = path
        self._file = -1
        self._batch = 0

    def __enter__(self) -> Self:
        if self._path is not None:
            self._file = os.open(mirror.made(self._path), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o666)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is not None:
            os.close(self._file)
            if kind is None or not issubclass(kind, MemoryError):  # which is a death, too
                mirror.removed(self._path)

    def batches(self, groups: Iterable[T]) -> Iterator[T]:
        """The batches of a part, each marked."""
        source = iter(groups)
        for self._batch in range(1 << 62):
            self._at(_READING)
            try:
                group = next(source)
            except StopIteration:
                return
            self._at(_WHOLE)
            yield group

    def advanced(self, begin: Begin, count: int, work: Work) -> list[Trail]:
        """As `batches.advanced`, over the batch under way; one trail for each page where there was trouble."""
        if self._batch not in self._trouble.batches:
            return batches.advanced(begin, count, work)
        trails = [trail for page in range(count) for trail in self._alone(begin, page, work)]
        self._at(_WHOLE)
        return trails

    def each(self, trails: Sequence[T]) -> Iterator[T]:
        """The trails of the batch one by one, for work that is done on each."""
        for page, trail in enumerate(trails):
            if self._batch in self._trouble.batches:
                self._at(page)
            yield trail
        self._at(_WHOLE)

    def _alone(self, begin: Begin, page: int, work: Work) -> list[Trail]:
        self._at(page)
        if (self._batch, page) not in self._trouble.pages:
            return batches.advanced(_behind(begin, page), 1, work)
        trail = begin(page, page + 1)
        reason = (
            f"{LOST}: page {trail.pages[0].id} ended two workers, the second time by itself: killed, mostly for want "
            "of memory, or crashed"
        )
        return [batches.set_aside(trail, {0: Aside("", reason)})]

    def _at(self, page: int) -> None:
        if self._file >= 0:
            os.pwrite(self._file, f"{self._batch} {page}".ljust(_MARK).encode(), 0)
            if self._path is not None:
                mirror.sent(self._path)


def _behind(begin: Begin, first: int) -> Callable[[int, int], Trail]:
    """A batch from a page on."""
    return lambda low, high: begin(first + low, first + high)
