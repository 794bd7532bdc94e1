"""The local engine: one primitive, `map`, on a pool of processes.

Tasks are small and picklable, their results are small too; whatever is large goes through files. A task may run twice
without harm. `multiprocessing.Pool` hangs when a worker is killed; `ProcessPoolExecutor` raises at once.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self, TypeVar

from pipeline.engine.attempts import Attempts
from pipeline.engine.engines import Shared
from pipeline.engine.forks import prepare
from pipeline.engine.places import join
from pipeline.lean import run_lean
from pipeline.mirror import Mirror

T = TypeVar("T")
R = TypeVar("R")


def map(
    function: Callable[[T], R],
    tasks: Iterable[T],
    *,
    workers: int = 1,
    progress: Callable[[int, R], None] | None = None,
) -> list[R]:
    """The results of `function` over the tasks, in task order; `progress` gets each place and result as it comes.

    One worker means this process. A task whose worker dies, or that runs out of memory, runs again alone, at most
    twice; then WorkerLost names it. An exception of a task ends the others and is raised here.

    >>> map(abs, [-3, 2], workers=1)
    [3, 2]
    """
    with Local(workers) as engine:
        return engine.map(function, tasks, progress=progress)


def read_through(
    function: Callable[[T], R], tasks: Sequence[T], workers: int, done: Callable[[int], object]
) -> list[R]:
    """The results of a function that only reads and hashes, in threads of this process: both let go of the interpreter,
    and a build with nothing else to do needs no pool.
    """
    with ThreadPoolExecutor(max(1, workers)) as pool:
        try:
            out = []
            for result in pool.map(function, tasks):
                out.append(result)
                done(len(out) - 1)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        return out


class Local:
    """Workers that stay from one `map` to the next, since each loads its tables and patterns anew.

    They begin when they are needed and end with the block: at once when an exception or Ctrl-C leaves it.
    """

    apart = False

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._mirror: Mirror | None = None
        self._others: set[BaseProcess] = set()

    @property
    def beside(self) -> bool:
        """Whether there are workers besides this process."""
        return self.workers > 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(at_once=kind is not None)

    def map(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        *,
        progress: Callable[[int, R], None] | None = None,
        small: bool | None = None,
    ) -> list[R]:
        """As the function `map` does. Workers that have begun do any task; `small` tasks are not worth their start."""
        run = Attempts(function, tasks, progress)
        waiting = deque(range(len(run.todo)))
        here = len(waiting) == 1 if small is None else small
        if self.workers <= 1 or (here and self._pool is None):
            for place in waiting:
                _here(run, place)
            return run.results()
        alone: deque[int] = deque()
        while waiting or alone:
            # Several tasks were under way when a pool broke, and nobody says which of them did it: each runs alone.
            batch, width = (deque([alone.popleft()]), 1) if alone else (waiting, self.workers)
            for place in self._pooled(run, batch, width):
                run.lost(place)
                alone.append(place)
        return run.results()

    def read(self, function: Callable[[T], R], tasks: Sequence[T], done: Callable[[int], object]) -> list[R]:
        """The results of a function that only reads and hashes, as `read_through` gives them."""
        return read_through(function, tasks, self.workers, done)

    def reach(self, shared: Shared) -> None:
        """Workers of this machine reach whatever the build does; they join its store when they begin."""
        self._mirror = shared.mirror

    def _pooled(self, run: "Attempts[T, R]", batch: deque[int], width: int) -> list[int]:
        """Run a batch, no more tasks under way than `width`; the places that were under way when the pool broke, or ran
        out of memory.
        """
        under_way: dict[Future[R], int] = {}
        lost: list[int] = []
        finished: list[tuple[int, R]] = []
        try:
            pool = self._begun()
            while batch or under_way or finished:
                while batch and len(under_way) < width:
                    future = pool.submit(
                        run.function, run.todo[batch[0]]
                    )  # raises where the pool broke: the task never ran
                    under_way[future] = batch.popleft()
                # What is finished is noted while workers are at the next tasks.
                for place, result in finished:
                    run.note(place, result)
                finished = []
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    try:
                        finished.append((under_way[future], future.result()))
                    except MemoryError:
                        lost.append(under_way[future])
                    del under_way[future]
        except BrokenProcessPool:
            self._end(at_once=True)
            for place, result in finished:
                run.note(place, result)
            for future, place in list(under_way.items()):
                if future.done() and not future.cancelled() and not future.exception():
                    run.note(place, future.result())
                    del under_way[future]
        return sorted([*lost, *under_way.values()])

    def _begun(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            prepare()
            self._others = set(multiprocessing.active_children())
            self._pool = ProcessPoolExecutor(
                self.workers, mp_context=context, initializer=_begin, initargs=(self._mirror,)
            )
        return self._pool

    def _end(self, at_once: bool) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if at_once:
            for child in set(multiprocessing.active_children()) - self._others:
                child.kill()  # files of an unfinished task lie aside under a name of their own: nothing is half written
        pool.shutdown(wait=True, cancel_futures=True)


def _here(run: "Attempts[T, R]", place: int) -> None:
    """Run a task in this process."""
    while True:
        try:
            result = run.function(run.todo[place])
        except MemoryError:
            run.lost(place)
        else:
            run.note(place, result)
            return


def _begin(mirror: Mirror | None) -> None:
    """Set a worker up: deaf to Ctrl-C, which its parent hears; of one thread, for there is a worker for each core."""
    run_lean()
    import pyarrow as pa

    join(mirror)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, and a queue does not tell them: they watch for it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
