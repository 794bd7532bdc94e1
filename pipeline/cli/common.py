"""What commands share: talk on stderr, lines on stdout, lists of names, the folder of a release."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import UsageError


def told(message: str, status: int) -> int:
    """Say something to the user, not to whoever reads the data; the status is handed on."""
    print(message, file=sys.stderr)
    return status


def say(lines: Iterable[str]) -> None:
    """Lines of data or of a picture."""
    for line in lines:
        print(line)


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
