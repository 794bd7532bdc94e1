"""The server that workers are forked from: it imports once what they all need."""

import multiprocessing
import os
from collections.abc import Mapping
from multiprocessing import forkserver
from typing import Any

from pipeline.lean import is_lean

# Imported once in the server, so that a new worker starts in milliseconds.
PRELOAD = ["pipeline.engine.tasks", "pipeline.sources", "pipeline.stages", "pipeline.stages.segments"]
# The same, and what is made at a first page; for a process that is ours, since whatever it forks then stays small.
WARM = [*PRELOAD, "pipeline.engine.warm"]
# An input that one process reads before workers have begun.
_SMALL_BYTES = 13_000_000


def all_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare() -> None:
    """Say what the server imports, before it begins."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(WARM if is_lean() else PRELOAD)


def begin_early(source: Mapping[str, Any], build: Mapping[str, Any]) -> None:
    """Begin the server while this process has its own imports before it, where a build is sure to need workers: its
    store is not there yet, and there is much to read.

    The tables are as they were given, not checked yet: of what makes no sense nothing begins.
    """
    path, store, workers = source.get("path"), build.get("store", ".jingwen"), build.get("workers", 0)
    if not (isinstance(path, str) and isinstance(store, str) and isinstance(workers, int)):
        return
    if build.get("engine", "local") != "local" or "://" in store or os.path.exists(store):
        return
    if (workers or all_cores()) == 1 or (os.path.isfile(path) and os.path.getsize(path) <= _SMALL_BYTES):
        return
    prepare()
    forkserver.ensure_running()
