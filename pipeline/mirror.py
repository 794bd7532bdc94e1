"""Files that machines share without a common file system: each has a copy, and the originals lie behind an address.

The store lies in a folder. Where it has an address as well (`s3://bucket/store`), that folder is this machine's copy:
what is written there is sent, and what is missing is fetched before it is read. What was sent does not change after,
but for marks, which are asked for anew.

Tasks name files as they lie on the machine that builds; `own` says where the same file lies on this one. Where the
store is a folder and nothing more, the functions here do nothing and give back what they got.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

from pipeline.errors import JingwenError, storage_failed

R = TypeVar("R")


class Mirror(NamedTuple):
    """What tasks carry: the folder as it lies on the machine that builds, and the address."""

    folder: Path
    address: str


class _Attached(NamedTuple):
    """A mirror in this process: where its folder lies here, the file system of fsspec, and the path of the store in it.

    `known` are the names in the store when the build began, where this is the process that builds.
    """

    mirror: Mirror
    here: Path
    system: Any
    base: str
    known: frozenset[str] | None

    def own(self, path: Path) -> Path:
        if self.here == self.mirror.folder or not path.is_relative_to(self.mirror.folder):
            return path
        return self.here / path.relative_to(self.mirror.folder)

    def there(self, path: Path) -> str:
        """Where the original of a file of the store lies; empty for any other file."""
        own = self.own(path)
        if not own.is_relative_to(self.here):
            return ""
        return "/".join((self.base, *own.relative_to(self.here).parts))

    def ask(self, what: Callable[..., R], *args: Any, **how: Any) -> R:
        """What the storage answers; raises OSError, and InputError for what its client raises of its own kind."""
        try:
            return what(*args, **how)
        except (OSError, JingwenError):
            raise
        except Exception as error:
            raise storage_failed(self.mirror.address, error) from error


_now: _Attached | None = None


def attach(mirror: Mirror, here: Path, system: Any, base: str) -> None:
    """Use a mirror in this process from now on: a worker does."""
    global _now  # noqa: PLW0603  # like a file system that is mounted it belongs to the process
    here.mkdir(parents=True, exist_ok=True)
    _now = _Attached(mirror, here, system, base.rstrip("/"), None)


@contextmanager
def attached(mirror: Mirror, system: Any, base: str) -> Iterator[None]:
    """Use a mirror on the machine that builds, as long as the block lasts."""
    global _now  # noqa: PLW0603
    before = _now
    attach(mirror, mirror.folder, system, base)
    try:
        _now = _now and _now._replace(known=frozenset(names(mirror.folder)))
        yield
    finally:
        _now = before


def of_store() -> Mirror | None:
    """The mirror that this process uses, if any."""
    return _now and _now.mirror


def own(path: Path) -> Path:
    """Where a file lies on this machine."""
    return _now.own(path) if _now else path


def made(path: Path) -> Path:
    """The same, for writing: its folder is there."""
    mine = own(path)
    mine.parent.mkdir(parents=True, exist_ok=True)
    return mine


def here(path: Path, again: bool = False) -> Path:
    """Where a file lies on this machine, fetched if it is not there, or in any case where it is wanted `again`.

    A file that is nowhere is not there after: whoever reads it says so.
    """
    if _now is None:
        return path
    mine, there = _now.own(path), _now.there(path)
    if not there or (mine.exists() and not again):
        return mine
    aside = made(mine).with_name(f".{mine.name}.{uuid4().hex[:8]}")
    try:
        _now.ask(_now.system.get_file, there, str(aside))
        aside.replace(mine)
    except FileNotFoundError:
        if again:
            mine.unlink(missing_ok=True)
    finally:
        aside.unlink(missing_ok=True)
    return mine


def sent(path: Path, name: Path | None = None) -> None:
    """Send a file, under its own name or that of another file of the store."""
    if _now is not None and (there := _now.there(name or path)):
        _now.ask(_now.system.put_file, str(_now.own(path)), there)


def size(path: Path) -> int:
    """Bytes of a file, wherever it is."""
    mine = own(path)
    if _now is None or mine.exists():
        return mine.stat().st_size
    return int(_now.ask(_now.system.info, _now.there(path))["size"])


def finished(folder: Path) -> bool:
    """Whether a folder of finished work may lie behind the address; asked before any is fetched."""
    return _now is not None and (_now.known is None or folder.name in _now.known)


def names(folder: Path) -> list[str]:
    """The names in a folder of the store, here and behind the address, in order."""
    mine = own(folder)
    found = set(os.listdir(mine)) if mine.is_dir() else set()
    if _now is not None:
        try:
            far = _now.ask(_now.system.ls, _now.there(folder), detail=False, refresh=True)
        except FileNotFoundError:
            far = []
        found |= {place.rstrip("/").rpartition("/")[2] for place in far}
    return sorted(found)


def removed(path: Path) -> None:
    """Take a file or a folder with all that is in it away, here and behind the address."""
    mine = own(path)
    if mine.is_dir() and not mine.is_symlink():
        shutil.rmtree(mine, ignore_errors=True)
    else:
        mine.unlink(missing_ok=True)
    forgotten(path)


def forgotten(path: Path) -> None:
    """The same behind the address only."""
    if _now is not None and (there := _now.there(path)):
        with suppress(FileNotFoundError):
            _now.ask(_now.system.rm, there, recursive=True)
