"""What commands share: talk on stderr, lines on stdout, lists of names, the folder of a release."""

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pipeline.errors import UsageError


def told(message: str, status: int) -> int:
    """Say something to the user, not to whoever reads the data; the status is handed on."""
    print(readable(message), file=sys.stderr)
    return status


def readable(text: object) -> str:
    r"""A path, or a message with one, whose bytes need not be UTF-8: those that are not are shown as `\xb2`.

    >>> print(readable("a\udcb2b"))
    a\xb2b
    """
    return re.sub("[\udc80-\udcff]", lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", str(text))


def say(lines: Iterable[str]) -> None:
    """Lines of data or of a picture."""
    for line in lines:
        print(line)


def paged(lines: Iterable[str], wanted: bool = True) -> None:
    """Lines for people, through a pager at a terminal: that of PAGER, or less; without one as `say`."""
    pager = _pager() if wanted and sys.stdout.isatty() else []
    if not pager:
        say(lines)
        return
    # Colours pass, a text that fits the screen is only printed, and what was shown stays on it.
    env = {"LESS": "FRX", "LESSCHARSET": "utf-8", **os.environ}
    with subprocess.Popen(pager, stdin=subprocess.PIPE, env=env) as reader:
        assert reader.stdin is not None  # it is a pipe
        # Ctrl+C belongs to the pager while it runs.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with suppress(BrokenPipeError):  # who reads us has seen enough
                for line in lines:
                    reader.stdin.write(line.encode("utf-8", "replace") + b"\n")
            with suppress(BrokenPipeError):
                reader.stdin.close()
            reader.wait()
        finally:
            signal.signal(signal.SIGINT, before)


def _pager() -> list[str]:
    """The command of the pager; none where PAGER is empty or `cat`, or is not there."""
    words = shlex.split(os.environ.get("PAGER", "less"))
    return words if words and words != ["cat"] and shutil.which(words[0]) else []


def add_diff(parser: argparse.ArgumentParser) -> None:
    """The options of diffs."""
    parser.add_argument("--context", metavar="N", type=count, default=2, help="lines around a change (2)")
    parser.add_argument("--no-pager", action="store_true", help="print at once, also at a terminal")


def count(text: str) -> int:
    """An argument that is a number of things."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("expected a number, 0 or more")
    return int(text)


def names(text: str) -> tuple[str, ...]:
    """An argument `A,B`."""
    found = tuple(name.strip() for name in text.split(",") if name.strip())
    if not found:
        raise argparse.ArgumentTypeError("expected names with commas between them")
    return found


def add_release(parser: argparse.ArgumentParser) -> None:
    """The argument RELEASE."""
    parser.add_argument("release", metavar="RELEASE", type=Path, help="the folder of a version, or latest")


def release(path: Path) -> Path:
    """The folder of a release; raises UsageError where there is none, and says which there are."""
    if (path / "manifest.json").is_file():
        return path
    inside = sorted(str(p.parent) for p in path.glob("*/manifest.json")) if path.is_dir() else []
    hint = f" Did you mean {inside[-1]}?" if inside else " `jingwen build` makes one."
    what = "no release: it has no manifest.json." if path.exists() else "no such folder."
    raise UsageError(f"{path}: {what}{hint}")
