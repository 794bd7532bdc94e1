"""Builds that are killed, for test_crash.py: a process that has loaded everything forks builds and watches them die.

A point of writing is a call that opens a file to write, makes, renames, links or removes; Python tells an audit hook of
each, and Arrow's own files are counted where a batch is added.
"""

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline.engine import files
from pipeline.engine.plan import build
from pipeline.errors import JingwenError
from pipeline.publish.verify import check
from tests.test_build import bytes_of, config, toolkit

_EVENTS = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "shutil.rmtree"})


class Points:
    """Counts points of writing; at `last` the process kills itself."""

    def __init__(self, last: int = -1) -> None:
        self.count, self.last = 0, last

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if event in _EVENTS or (event == "open" and _writes(args)):
            self.pass_one()

    def pass_one(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def _writes(args: tuple[object, ...]) -> bool:
    flags = args[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def _watched(points: Points) -> None:
    sys.addaudithook(points)
    add = files.Writer.add
    files.Writer.add = lambda *args: (points.pass_one(), add(*args))[1]  # type: ignore[method-assign,func-returns-value]


def _forked(work: Callable[[], None]) -> int:
    """The status of a child that does the work; 0 where it ended well."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        except JingwenError as error:
            sys.stderr.write(f"{error}\n")
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def _build(home: Path) -> None:
    made = config(home, home / "pages.jsonl", part_mb=0.004)
    build(replace(made, corpus=replace(made.corpus, description="Again.")), toolkit=toolkit)


def _killed(home: Path, at: int) -> None:
    _watched(Points(at))
    _build(home)


def _whole(home: Path) -> None:
    """Every release that has its name is whole, and so is what `latest` points to."""
    for release in (home / "RELEASES" / "sample").iterdir():
        if not release.name.startswith("."):
            check(release, all=True)
    assert (home / "RELEASES" / "sample" / "latest").exists()


def _counted(home: Path) -> None:
    points = Points()
    _watched(points)
    _build(home)
    (home / "points").write_text(str(points.count))


def main(begun: Path, scratch: Path, seed: int, kills: int) -> None:
    """Kill that many builds, each at a point of writing; tell how many left a torn release, or resumed to others."""
    clean = scratch / "clean"
    shutil.copytree(begun, clean, symlinks=True)
    assert _forked(partial(_counted, clean)) == 0
    expected = bytes_of(clean / "RELEASES" / "sample" / "latest")
    points = int((clean / "points").read_text())
    rng = random.Random(seed)
    told = {"points": points, "killed": 0, "torn": 0, "unlike": 0, "left": 0}
    for number in range(kills):
        home = scratch / f"killed-{number}"
        shutil.copytree(begun, home, symlinks=True)
        at = rng.randrange(1, points + 1)
        told["killed"] += _forked(partial(_killed, home, at)) == signal.SIGKILL
        told["torn"] += _forked(partial(_whole, home)) != 0
        again = _forked(partial(_build, home))
        told["unlike"] += again != 0 or bytes_of(home / "RELEASES" / "sample" / "latest") != expected
        told["left"] += any(p.name.startswith(".") for d in ("RELEASES/sample", "store") for p in (home / d).iterdir())
        shutil.rmtree(home)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
