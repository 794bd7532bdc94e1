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
from typing import Generic, Self, TypeVar

from pipeline.errors import WorkerLost
from pipeline.lean import run_lean

T = TypeVar("T")
R = TypeVar("R")

# A task runs once and, when its worker died under it, at most twice more: a machine short of memory kills a worker now
# and then, a task that kills three workers will kill the fourth.
MAX_RUNS = 3

# Imported once in the fork server, so that a new worker starts in milliseconds.
PRELOAD = ["pipeline.engine.tasks", "pipeline.sources", "pipeline.stages", "pipeline.stages.segments"]


def all_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map(
    function: Callable[[T], R],
    tasks: Iterable[T],
    *,
    workers: int = 1,
    progress: Callable[[int, R], None] | None = None,
) -> list[R]:
    """The results of `function` over the tasks, in task order; `progress` gets each place and result as it comes.

    One worker means this process. A task whose worker dies runs again alone, at most twice; then WorkerLost names it.
    An exception of a task ends the others and is raised here.

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

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._others: set[BaseProcess] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(at_once=kind is not None)

    def map(
        self, function: Callable[[T], R], tasks: Iterable[T], *, progress: Callable[[int, R], None] | None = None
    ) -> list[R]:
        """As the function `map` does."""
        todo = list(tasks)
        done = progress or (lambda *_: None)
        if self.workers <= 1 or (len(todo) == 1 and self._pool is None):  # one task is not worth the start of a pool
            return [_reported(done, place, function(task)) for place, task in enumerate(todo)]
        run = _Run(function, todo, done)
        alone: deque[int] = deque()
        waiting = deque(range(len(todo)))
        while waiting or alone:
            # Several tasks were under way when a pool broke, and nobody says which of them did it: each runs alone.
            batch, width = (deque([alone.popleft()]), 1) if alone else (waiting, self.workers)
            for place in self._pooled(run, batch, width):
                if run.runs[place] >= MAX_RUNS:
                    raise WorkerLost(_LOST.format(times=run.runs[place], task=named(todo[place])))
                alone.append(place)
        return [run.results[place] for place in range(len(todo))]

    def _pooled(self, run: "_Run[T, R]", batch: deque[int], width: int) -> list[int]:
        """Run a batch, no more tasks under way than `width`; the places that were under way when the pool broke."""
        under_way: dict[Future[R], int] = {}
        try:
            pool = self._begun()
            while batch or under_way:
                while batch and len(under_way) < width:
                    future = pool.submit(
                        run.function, run.todo[batch[0]]
                    )  # raises where the pool broke: the task never ran
                    under_way[future] = batch.popleft()
                    run.runs[under_way[future]] += 1
                finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in finished:
                    result = future.result()
                    run.note(under_way.pop(future), result)
        except BrokenProcessPool:
            self._end(at_once=True)
            for future, place in list(under_way.items()):
                if future.done() and not future.cancelled() and not future.exception():
                    run.note(place, future.result())
                    del under_way[future]
        else:
            return []
        return sorted(under_way.values())

    def _begun(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(PRELOAD)
            self._others = set(multiprocessing.active_children())
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin)
        return self._pool

    def _end(self, at_once: bool) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if at_once:
            for child in set(multiprocessing.active_children()) - self._others:
                child.kill()  # files of an unfinished task lie aside under a name of their own: nothing is half written
        pool.shutdown(wait=True, cancel_futures=True)


class _Run(Generic[T, R]):
    """One call of `map`: its results so far, and how often each task ran."""

    def __init__(self, function: Callable[[T], R], todo: Sequence[T], done: Callable[[int, R], None]) -> None:
        self.function = function
        self.todo = todo
        self.results: dict[int, R] = {}
        self.runs = [0] * len(todo)
        self._done = done

    def note(self, place: int, result: R) -> None:
        self.results[place] = result
        self._done(place, result)


def named(task: object) -> str:
    """What to call a task in a message: its own `name`, or its representation cut short."""
    return str(getattr(task, "name", None) or repr(task)[:120])


def _reported(done: Callable[[int, R], None], place: int, result: R) -> R:
    done(place, result)
    return result


_LOST = (
    "A worker process ended {times} times on the same task: {task}. It was killed from outside (often for want of "
    "memory) or crashed. Fewer workers or a smaller part_mb need less memory; what is finished is kept, and the same "
    "command goes on from there. (A script that builds must do so under `if __name__ == '__main__':`, since workers "
    "import it.)"
)


def _begin() -> None:
    """Set a worker up: deaf to Ctrl-C, which its parent hears; of one thread, for there is a worker for each core."""
    run_lean()
    import pyarrow as pa

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
