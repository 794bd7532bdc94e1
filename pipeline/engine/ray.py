"""The ray engine: the tasks of a build on a Ray cluster, over storage that all its nodes share.

Small tasks go out, small results come back; whatever is large goes through the store. Ray runs no task twice of its
own: a lost worker and a lost node are told apart here, and by the same rules as on one machine.
"""

import os
import pickle
import socket
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from pipeline import mirror
from pipeline.engine.attempts import Attempts, named
from pipeline.engine.engines import Shared, installed
from pipeline.engine.places import join
from pipeline.engine.store import Store
from pipeline.errors import InputError, JingwenError, UsageError, WorkerLost

T = TypeVar("T")
R = TypeVar("R")

# Tasks sent out for each processor: one runs, one waits there, so that no worker waits for the driver.
_AHEAD = 2
# Nodes that may be lost under one task before it is given up: on machines that are lent out they come and go.
_MAX_NODES = 10
_CONNECT_S = 5.0


class _Home(NamedTuple):
    """What a worker needs to know before its first task."""

    folder: str
    shared: Shared | None = None


class Ray:
    """Workers of a cluster; `workers` is how many tasks run at a time, 0 for all its processors."""

    apart = beside = True

    def __init__(self, address: str, workers: int) -> None:
        self._address, self._workers = address or "auto", workers
        self._home = _Home(os.getcwd())

    def __enter__(self) -> Self:
        self._ray = _connected(self._address)
        self._task = self._ray.remote(_run)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ray.shutdown()  # ends the workers of this build, and what they are at

    def map(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        *,
        progress: Callable[[int, R], None] | None = None,
        small: bool | None = None,  # noqa: ARG002  # as of every engine
    ) -> list[R]:
        """As every engine does; workers of a cluster are there already, for small tasks too."""
        run = Attempts(function, tasks, progress)
        waiting, alone = deque(range(len(run.todo))), deque[int]()
        nodes_lost: Counter[int] = Counter()
        under_way: dict[Any, int] = {}
        while waiting or alone or under_way:
            self._send(run, waiting, under_way, cpus=1)
            if not waiting and not under_way:
                # What lost its worker comes last, by itself on a node: there it has all the memory.
                self._send(run, alone, under_way, cpus=self._least_node())
            for ref in self._finished(list(under_way)):
                place = under_way.pop(ref)
                try:
                    fine, result = self._ray.get(ref)
                except (self._ray.exceptions.NodeDiedError, self._ray.exceptions.LocalRayletDiedError):
                    nodes_lost[place] += 1
                    if nodes_lost[place] >= _MAX_NODES:
                        raise WorkerLost(_NODES.format(times=_MAX_NODES, task=named(run.todo[place]))) from None
                    waiting.append(place)
                except (self._ray.exceptions.RayError, MemoryError) as error:
                    if not _ended(self._ray, error):
                        raise
                    run.lost(place)
                    alone.append(place)
                else:
                    if not fine:
                        raise result
                    run.note(place, result)
        return run.results()

    def read(self, function: Callable[[T], R], tasks: Sequence[T], done: Callable[[int], object]) -> list[R]:
        """On the cluster too: no machine reads all of the input."""

        def told(place: int, result: R) -> None:
            done(place)

        return self.map(function, tasks, progress=told)

    def reach(self, shared: Shared) -> None:
        """Ask every node, and every worker before its first task, whether it finds what the build needs."""
        self._home = _Home(self._home.folder, shared)
        where = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        asked = [
            self._ray.remote(_asked).options(
                num_cpus=0, max_retries=0, scheduling_strategy=where(node["NodeID"], soft=False)
            ).remote(self._home)
            for node in self._nodes()
        ]  # fmt: skip
        for answer in asked:
            try:
                error = self._ray.get(answer)
            except self._ray.exceptions.RayError:
                continue  # a node that has just gone
            if error is not None:
                raise error

    def _send(self, run: Attempts[T, R], batch: deque[int], under_way: dict[Any, int], cpus: float) -> None:
        room = self._workers or _AHEAD * int(self._ray.cluster_resources().get("CPU", 1))
        while batch and len(under_way) < max(1, room):
            place = batch.popleft()
            sent = self._task.options(num_cpus=cpus, max_retries=0)
            under_way[sent.remote(self._home, run.function, run.todo[place])] = place

    def _finished(self, refs: list[Any]) -> list[Any]:
        """All that have ended, at least one."""
        self._ray.wait(refs, num_returns=1)
        finished: list[Any] = self._ray.wait(refs, num_returns=len(refs), timeout=0)[0]
        return finished

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]

    def _least_node(self) -> float:
        return min((node["Resources"]["CPU"] for node in self._nodes()), default=1.0)


def _connected(address: str) -> Any:
    """The module `ray`, connected to a cluster."""
    # Ray prints what its daemons say of lost workers to standard output, where data belongs.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError:
        raise UsageError(
            'engine is "ray", whose package is not installed. pip install "jingwen[ray]", here and on every node.'
        ) from None
    if address != "auto":
        _answers(address)
    try:
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except Exception as error:  # noqa: BLE001  # Ray raises many kinds; what it says is told
        what = str(error).strip().split("\n", 1)[0] or type(error).__name__
        raise InputError(
            f"{address}: no Ray cluster that this process can join: {what} Start one with `ray start --head`, run the "
            "build on one of its nodes, and name the head: --address HOST:6379."
        ) from None
    return ray


def _answers(address: str) -> None:
    """Raise where nothing listens at an address; Ray itself would try for minutes."""
    host, colon, port = address.rpartition(":")
    if "://" in address or not colon or not host or not port.isdigit():
        raise UsageError(
            f"address is {address!r}; it takes HOST:PORT, as `ray start --head` printed it, or nothing for "
            "the cluster that this machine is a node of."
        )
    try:
        socket.create_connection((host, int(port)), _CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise InputError(
            f"{address}: no Ray cluster answers there ({getattr(error, 'strerror', None) or error}). Start one with "
            "`ray start --head`, or name the address that it printed."
        ) from None


def _ended(ray: Any, error: BaseException) -> bool:
    """Whether a task failed because its worker died or ran out of memory."""
    kinds = (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError, MemoryError)
    return isinstance(error, kinds)


def _run(home: _Home, function: Callable[[Any], Any], task: Any) -> tuple[bool, Any]:
    """On a worker: the result of a task, or what it raised."""
    try:
        error = _settled(home)
        return (False, error) if error else (True, function(task))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # raised again where the build runs
        if not isinstance(error, JingwenError):
            error.add_note(f"On {socket.gethostname()}:\n{traceback.format_exc()}")
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # noqa: BLE001  # what cannot travel is told in words
            return False, RuntimeError(f"{socket.gethostname()}: {traceback.format_exc()}")
        return False, error


def _asked(home: _Home) -> JingwenError | None:
    """On a node, before the build begins: what it lacks. What killed builds left there is collected."""
    error = _settled(home)
    if error is None and home.shared is not None:
        Store(home.shared.store).collect()
    return error


@cache
def _settled(home: _Home) -> JingwenError | None:
    """Set a worker up; why it cannot work for this build, or None."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    if Path(home.folder).is_dir():
        os.chdir(home.folder)  # relative paths of a configuration begin where the build does
    if home.shared is None:
        return None
    host, shared = socket.gethostname(), home.shared
    try:
        join(shared.mirror)
        seen = mirror.here(shared.probe).is_file()
    except (JingwenError, OSError) as error:
        return InputError(f"Node {host}: {error}")
    if not seen:
        return InputError(
            f"{shared.mirror.address if shared.mirror else shared.store}: node {host} does not see in it what this "
            "build writes there. Put [build] store on storage that all nodes mount at the same path, as NFS, or at an "
            "address, as s3://bucket/store."
        )
    for path, size in shared.inputs:
        if not os.path.exists(path) or os.stat(path).st_size != size:
            return InputError(
                f"{path}: node {host} does not find this file of the input as it is here. Put the input on storage "
                "that all nodes mount at the same path, or read it from an address as s3://bucket/pages."
            )
    if (there := installed(shared.toolkit)) != shared.installed:
        return UsageError(
            f"Node {host} has another jingwen or other libraries than the machine that builds. There: {there}; here: "
            f"{shared.installed}. Install the same on all nodes."
        )
    return None


_NODES = (
    "{times} nodes were lost under the same task: {task}. What is finished is kept, and the same command goes on from "
    "there once the cluster is steady."
)
