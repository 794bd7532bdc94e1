"""Where the CPU seconds of a build go: a build by one worker, sampled as it runs.

python -m benchmarks.tasks.profile PAGES.jsonl

Every few milliseconds of CPU the process looks at its own stack. The seconds since the last look count for the pass
that runs, and for the innermost of our modules, with what it called of Python and of libraries. A look waits until a
call into C ends, so that no such call is cut short in the account.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType

from benchmarks.machine import ROOT
from benchmarks.told import tell

_EVERY_S = 0.004
_OURS = f"{ROOT / 'pipeline'}/"
_START = "start-up"
# The functions below which a pass runs.
_PASSES = {
    "clean_part": "clean", "lines_of_corpus": "templates", "shape_part": "shape", "copies_of_corpus": "keepers",
    "publish_part": "publish", "release": "assemble",
}  # fmt: skip
# Modules that take a smaller share are told together, by folder.
_LEAST = 0.01


class Samples:
    """CPU seconds by pass, and by module."""

    def __init__(self) -> None:
        self.passes: dict[str, float] = defaultdict(float)
        self.modules: dict[str, float] = defaultdict(float)
        self._last = time.process_time()

    def look(self, frame: FrameType | None) -> None:
        """Count the seconds since the last look."""
        now = time.process_time()
        spent, self._last = now - self._last, now
        module, run = "", _START
        while frame is not None:
            code = frame.f_code
            if not module and code.co_filename.startswith(_OURS):
                # What runs at the level of a module is its import.
                module = _START if code.co_name == "<module>" else code.co_filename.removeprefix(_OURS)
            run = _PASSES.get(code.co_name, run)
            frame = frame.f_back
        self.passes[run] += spent
        self.modules[module or _START] += spent

    def shares(self) -> dict[str, float]:
        """Per cent by pass and by module, the largest first."""
        whole = sum(self.passes.values())
        told: dict[str, float] = defaultdict(float)
        for module, spent in self.modules.items():
            folder = module.rpartition("/")[0]
            told[module if spent >= _LEAST * whole or module == _START else f"{folder or '.'}/…"] += spent
        told.pop(_START, None)  # it is a pass already
        passes = {f"pass {name}, %": 100 * spent / whole for name, spent in _largest(self.passes)}
        return passes | {f"{name}, %": 100 * spent / whole for name, spent in _largest(told)}


def _largest(spent: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(spent.items(), key=lambda item: (-item[1], item[0]))


def main() -> None:
    """Run and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pages")
    args = parser.parse_args()
    samples = Samples()
    signal.signal(signal.SIGPROF, lambda _, frame: samples.look(frame))
    signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
    begin = time.process_time()
    from pipeline import config
    from pipeline.engine import plan

    chosen = config.default(args.pages, corpus={"name": "profile"})
    with tempfile.TemporaryDirectory(prefix="profile-", dir=Path.cwd()) as folder:
        build = replace(chosen.build, workers=1, out=f"{folder}/out", store=f"{folder}/store")
        made = plan.build(replace(chosen, build=build))
    signal.setitimer(signal.ITIMER_PROF, 0)
    samples.look(sys._getframe())
    spent = time.process_time() - begin
    tell(
        {"pages": made.pages, "documents": made.documents},
        figures={"CPU seconds of the build": spent, **samples.shares()},
    )


if __name__ == "__main__":
    main()
