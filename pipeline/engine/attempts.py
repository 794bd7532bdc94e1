"""Attempts: how often each task of a `map` ran, and when to give one up that ends its workers."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from pipeline.errors import WorkerLost

T = TypeVar("T")
R = TypeVar("R")

# A task runs once and, when its worker died under it, at most twice more: a machine short of memory kills a worker now
# and then, a task that kills three workers will kill the fourth.
MAX_RUNS = 3


@runtime_checkable
class Wary(Protocol):
    """A task that learns from the end of its worker."""

    def again(self) -> tuple[Any, bool]:
        """The task as it runs next, and whether it now passes over what ended its worker."""


class Attempts(Generic[T, R]):
    """One call of `map`: the tasks, as they run next, their results so far, and how often each lost its worker."""

    def __init__(self, function: Callable[[T], R], tasks: Iterable[T], done: Callable[[int, R], None] | None) -> None:
        self.function = function
        self.todo = list(tasks)
        self._results: dict[int, R] = {}
        self._lost = [0] * len(self.todo)
        self._done = done or (lambda *_: None)

    def note(self, place: int, result: R) -> None:
        """A task is finished."""
        self._results[place] = result
        self._done(place, result)

    def lost(self, place: int) -> None:
        """A task's worker died, or memory ran out; raises WorkerLost where it is not worth another run."""
        self._lost[place] += 1
        task = self.todo[place]
        if isinstance(task, Wary):
            self.todo[place], passed_over = task.again()
            if passed_over:
                self._lost[place] = 0
                return
        if self._lost[place] >= MAX_RUNS:
            raise WorkerLost(_LOST.format(times=self._lost[place], task=named(task)))

    def results(self) -> list[R]:
        """All results, in task order."""
        return [self._results[place] for place in range(len(self.todo))]


def named(task: object) -> str:
    """What to call a task in a message: its own `name`, or its representation cut short."""
    return str(getattr(task, "name", None) or repr(task)[:120])


_LOST = (
    "A worker process ended {times} times on the same task: {task}. It was killed from outside (often for want of "
    "memory) or crashed. Fewer workers or a smaller part_mb need less memory; what is finished is kept, and the same "
    "command goes on from there. (A script that builds must do so under `if __name__ == '__main__':`, since workers "
    "import it.)"
)
