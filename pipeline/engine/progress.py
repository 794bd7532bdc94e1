"""What a build says while it runs: one event after each part, which the command line prints as it sees fit."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Event:
    """How far a pass has come. `kept` of the `done` parts were finished before; `bytes` are UTF-8 of pages.

    `read` of `total` bytes of input files are behind it.
    """

    number: int
    passes: int
    name: str
    done: int
    parts: int
    kept: int = 0
    pages: int = 0
    bytes: int = 0
    seconds: float = 0.0
    read: int = 0
    total: int = 0

    @property
    def finished(self) -> bool:
        """Whether this is the last event of its pass."""
        return self.done == self.parts

    def line(self) -> str:
        """One line for people.

        >>> Event(2, 5, "shape", 17, 40, 0, 12340, 6_200_000, 2.0).line()
        'pass 2 of 5  shape      17/40 parts  12,340 pages  3.1 MB/s'
        >>> Event(2, 5, "shape", 17, 40, 0, 12340, read=600_000_000, total=1_200_000_000).line()
        'pass 2 of 5  shape      17/40 parts  50% of 1,200.0 MB  12,340 pages'
        """
        text = f"pass {self.number} of {self.passes}  {self.name:<9}  {self.done}/{self.parts} parts"
        if self.total and not self.finished:
            text += f"  {self.read / self.total:.0%} of {self.total / 1e6:,.1f} MB"
        if self.pages:
            text += f"  {self.pages:,} pages"
        if self.bytes and self.seconds > 0:
            text += f"  {self.bytes / 1e6 / self.seconds:.1f} MB/s"
        return text + (f"  ({self.kept} kept from before)" if self.kept else "")


Progress: TypeAlias = Callable[[Event], None]


def silent(event: Event) -> None:
    """Says nothing."""


class Meter:
    """Counts one pass and tells `progress`."""

    def __init__(self, progress: Progress, number: int, passes: int, name: str, parts: int, total: int = 0) -> None:
        self._tell = progress
        self._total = total
        self._read = 0
        self._fixed = (number, passes, name)
        self._parts = parts
        self._begin = time.monotonic()
        self._done = self._kept = self._pages = self._bytes = 0
        self._say()

    def kept(self, pages: int, read: int = 0) -> None:
        """A part was finished before."""
        self._read += read
        self._done += 1
        self._kept += 1
        self._pages += pages
        self._say()

    def done(self, pages: int = 0, size: int = 0, read: int = 0) -> None:
        """A part is finished; `size` in bytes of its pages, `read` in bytes of its files."""
        self._read += read
        self._done += 1
        self._pages += pages
        self._bytes += size
        self._say()

    def _say(self) -> None:
        seconds = time.monotonic() - self._begin
        done, pages = (self._done, self._parts, self._kept), (self._pages, self._bytes, seconds)
        self._tell(Event(*self._fixed, *done, *pages, self._read, self._total))
