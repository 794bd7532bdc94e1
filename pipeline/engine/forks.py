"""The server that workers are forked from: it imports once what they all need."""

import multiprocessing
import os
from multiprocessing import forkserver

from pipeline.config import Config

# Imported once in the server, so that a new worker starts in milliseconds.
PRELOAD = ["pipeline.engine.tasks", "pipeline.sources", "pipeline.stages", "pipeline.stages.segments"]
# An input that one process reads before workers have begun.
_SMALL_BYTES = 13_000_000


def all_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare() -> None:
    """Say what the server imports, before it begins."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOAD)


def begin_early(config: Config) -> None:
    """Begin the server while this process has its own imports before it, where a build is sure to need workers: its
    store is not there yet, and there is much to read.
    """
    build, path = config.build, config.source.path
    workers = build.workers or all_cores()
    if build.engine != "local" or workers == 1 or "://" in build.store or os.path.exists(build.store):
        return
    if os.path.isfile(path) and os.path.getsize(path) <= _SMALL_BYTES:
        return
    prepare()
    forkserver.ensure_running()
