"""Engines: where the tasks of a build run. Results are the same bytes on each of them."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self, TypeVar

from pipeline.config import BuildConfig
from pipeline.engine import code
from pipeline.engine.store import canonical
from pipeline.engine.toolkit import Toolkit
from pipeline.mirror import Mirror

T = TypeVar("T")
R = TypeVar("R")


class Shared(NamedTuple):
    """What every worker must find as the build does: a file of the store, the input with its size, the same code.

    `mirror` is there where the store lies behind an address.
    """

    store: Path
    mirror: Mirror | None
    probe: Path
    inputs: tuple[tuple[str, int], ...]
    toolkit: Callable[[], Toolkit]
    installed: str


class Engine(Protocol):
    """Runs tasks, each anywhere, and again where its worker was lost; use it in a `with` block.

    `apart`: they run on other machines, and what they share must lie in files. `beside`: they run in other processes,
    and this one waits.
    """

    apart: bool

    @property
    def beside(self) -> bool:
        """As above."""

    def __enter__(self) -> Self:
        """Make ready; raises UsageError or InputError where that cannot be."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all workers, at once when an exception leaves the block."""

    def map(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        *,
        progress: Callable[[int, R], None] | None = None,
        small: bool | None = None,
    ) -> list[R]:
        """The results of `function` over the tasks, in task order; `progress` gets each place and result as it comes.

        `small` says whether all of them together are too little to begin workers for; None leaves it to the engine.
        Raises what a task raises, and WorkerLost for a task whose workers die.
        """

    def read(self, function: Callable[[T], R], tasks: Sequence[T], done: Callable[[int], object]) -> list[R]:
        """The results of a function that only reads and hashes; `done` gets each place as it comes."""

    def reach(self, shared: Shared) -> None:
        """Raise InputError where workers do not find what they need."""


def engine_of(build: BuildConfig) -> Engine:
    """The engine that a configuration names."""
    if build.engine == "ray":
        from pipeline.engine.ray import Ray

        return Ray(build.address, build.workers)
    from pipeline.engine.forks import all_cores
    from pipeline.engine.local import Local

    return Local(build.workers or all_cores())


def installed(toolkit: Callable[[], Toolkit]) -> str:
    """What is installed here, as far as results hang on it: code and libraries."""
    return f"{code.code_version(toolkit().stages)} {canonical(code.libraries(tokens=True))}"
