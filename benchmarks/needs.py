"""What a benchmark may need that is not there everywhere; without it the benchmark is skipped, and says why."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable

from benchmarks.machine import ROOT
from benchmarks.place import SHARED
from pipeline.errors import UsageError, meant


def _gold() -> str:
    return "" if (SHARED / "gold").is_dir() else "no gold data beside the checkout (../shared/gold)"


def _two_cores() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return "" if cores >= 2 else "needs two cores"


def _ray() -> str:
    if importlib.util.find_spec("ray") is None:
        return "ray is not installed (pip install .[ray])"
    command = [sys.executable, "-m", "pipeline", "build", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if "--engine" in done.stdout else "jingwen build has no option --engine"


NEEDS: dict[str, Callable[[], str]] = {"gold": _gold, "two-cores": _two_cores, "ray": _ray}


def lacking(names: tuple[str, ...]) -> str:
    """The first reason why something is not there; nothing where all is."""
    for name in names:
        if name not in NEEDS:
            raise UsageError(f'Nothing is known of the need "{name}". Known: {", ".join(NEEDS)}.{meant(name, NEEDS)}')
    return next(filter(None, (NEEDS[name]() for name in names)), "")
