"""Paths as DuckDB takes them: in UTF-8, which a name on a disk need not be."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

_NUMBERS = count()


def spelled(path: Path, beside: Callable[[], Path]) -> Path:
    """The path of a folder; where it is no UTF-8, a link to it in the folder that `beside` gives."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        link = beside() / f"path{next(_NUMBERS)}"
        link.symlink_to(path.absolute(), target_is_directory=True)
        return link
    return path
