"""How a measured program says what it counted: one line of JSON, the last that it prints.

Programs of rivals use it too, in environments of their own: it needs nothing but Python.
"""

import json
import resource
import sys
import time
from types import TracebackType
from typing import Self


class Work:
    """CPU and wall seconds of a block of work, with the processes that it began and waited for."""

    cpu_s = 0.0
    wall_s = 0.0

    def __enter__(self) -> Self:
        self._begin = _spent(), time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cpu_s, self.wall_s = _spent() - self._begin[0], time.perf_counter() - self._begin[1]


def tell(counts: dict[str, object], work: Work | None = None, figures: dict[str, float] | None = None) -> None:
    """Print counts (the same each time) and figures (not so); `work` is told as seconds without start-up."""
    own = {"work_cpu_s": work.cpu_s, "work_wall_s": work.wall_s} if work else {}
    sys.stdout.write(json.dumps({"counts": counts, "figures": own | (figures or {})}, ensure_ascii=False) + "\n")


def _spent() -> float:
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
