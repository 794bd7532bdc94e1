"""The store: finished work in folders named by the digest of everything that made it.

A folder is written aside and renamed: a process that is killed leaves nothing half written. Two builds may share a
store: each writes under a name of its own, and where both finish the same work the second one's copy, which is equal,
is thrown away. A store may have an address beside its folder: `pipeline.mirror` says how.

The result of the work lists its files with a digest of each. Work whose files have gone or changed their size counts as
not done; whoever reads a file checks its digest first, and DamagedError says which work to do again. So nothing here
waits for the disk: what a power cut took is found missing or damaged, and done again. The digest is xxh3 of 128 bits,
which reads 15 times as much a second as SHA-256; it is against faults of disks. The files of a release have SHA-256.
"""

import hashlib
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import xxhash

from pipeline import mirror
from pipeline.errors import IntegrityError

R = TypeVar("R")

RESULT = "result.json"
_BLOCK = 1 << 20
FILES = "files"


class DamagedError(IntegrityError):
    """A file of finished work is not what was written; `args` are the key of the work and the path of the file."""

    def __str__(self) -> str:
        return f"{self.args[1]}: the file is not what was written there. Look at the disk: the work was done again."


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum_of(path: str | Path) -> str:
    """The xxh3 of a file, 128 bits."""
    made = xxhash.xxh3_128()
    with open(path, "rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            made.update(block)
    return made.hexdigest()


def _digested(path: Path) -> tuple[str, bytes]:
    data = path.read_bytes()
    return xxhash.xxh3_128_hexdigest(data), data


def digest_of(*things: object) -> str:
    """The SHA-256 of some JSON-able things.

    >>> digest_of("a", {"b": 1, "c": 2}) == digest_of("a", {"c": 2, "b": 1})
    True
    """
    return hashlib.sha256(canonical(things).encode()).hexdigest()


def canonical(thing: object) -> str:
    """JSON with sorted keys and no spaces: equal things, equal text."""
    return json.dumps(thing, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def _has(path: str, size: int) -> bool:
    """Whether a file of finished work is there; of one behind an address that is found when it is fetched."""
    return (mirror.of_store() is not None and not os.path.exists(path)) or os.stat(path).st_size == size


class Store:
    """A folder of finished work; `root` is made when the first work is committed."""

    def __init__(self, root: Path) -> None:
        self.root = mirror.own(root)

    def path(self, key: str) -> Path:
        """Where the work of that key lies or will lie."""
        return self.root / key

    def result(self, key: str) -> dict[str, Any] | None:
        """The small result of finished work, or None where it is not finished or its files are not there whole."""
        if not self.path(key).exists() and not mirror.finished(self.path(key)):
            return None
        for _ in range(2):  # between the look for the result and the look for the folder another build may finish it
            try:
                folder = self.path(key)
                found: dict[str, Any] = json.loads(mirror.here(folder / RESULT).read_bytes())
                files = found.pop(FILES).items()
                if all(_has(f"{folder}/{name}", size) for name, (size, _) in files):
                    return found
            except FileNotFoundError:
                if not self.path(key).exists():
                    return None
            except (ValueError, LookupError, TypeError, AttributeError):
                break  # not the JSON that was written
        self.discard(key)
        return None

    def newest(self, name: str) -> list[str]:
        """The keys of finished work of one kind: the newest first, those that lie behind an address alone last."""
        made = {}
        for key in mirror.names(self.root):
            if key.startswith(f"{name}-"):
                made[key] = 0
                with suppress(FileNotFoundError):
                    made[key] = self.path(key).stat().st_mtime_ns
        return sorted(made, key=lambda key: made[key], reverse=True)

    def discard(self, key: str) -> None:
        """Forget finished work: it is done again when it is needed."""
        aside = self._aside(key)
        mirror.forgotten(self.path(key))
        try:
            self.path(key).rename(aside)
        except FileNotFoundError:
            return
        shutil.rmtree(aside, ignore_errors=True)

    def checked(self, key: str, name: str) -> Path:
        """A file of finished work, its digest verified; raises DamagedError where it is not what was written."""
        self._sound(key, name, lambda path: (checksum_of(path), None))
        return self.path(key) / name

    def loaded(self, key: str, name: str) -> bytes:
        """All of such a file, read once for its digest and its contents."""
        return self._sound(key, name, _digested)

    def _sound(self, key: str, name: str, read: Callable[[Path], tuple[str, R]]) -> R:
        """What `read` makes of a file beside its digest, where that is the digest of what was written."""
        path = self.path(key) / name
        try:
            told = json.loads(mirror.here(path.parent / RESULT).read_bytes())[FILES][name][1]
            for again in (False, True) if mirror.of_store() else (False,):  # the copy here may be what is damaged
                digest, found = read(mirror.here(path, again))
                if digest == told:
                    return found
        except (OSError, ValueError, LookupError, TypeError):
            pass  # said below, whatever it was
        raise DamagedError(key, str(path))

    def checksums(self, key: str) -> dict[str, str]:
        """The digests of the files of finished work, by name; none where what was told of them cannot be read."""
        try:
            told = json.loads(mirror.here(self.path(key) / RESULT).read_bytes())[FILES].items()
            return {name: digest for name, (_, digest) in told}
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return {}

    def once(self, key: str, make: Callable[[Path], Mapping[str, Any]]) -> dict[str, Any]:
        """The result of the work of that key; `make` does it in the folder given, unless it was done before."""
        done = self.result(key)
        if done is not None:
            return done
        with self.commit(key) as folder:
            result = dict(make(folder))
            made = sorted((file for file in os.scandir(folder) if file.is_file()), key=lambda file: file.name)
            result[FILES] = {file.name: [file.stat().st_size, checksum_of(file.path)] for file in made}
            written = canonical(result)
            (folder / RESULT).write_text(written, encoding="utf-8")
            if mirror.of_store():
                for name in (*result[FILES], RESULT):  # the result last: it says that all else is there
                    mirror.sent(folder / name, self.path(key) / name)
        if not (self.path(key) / RESULT).exists():
            raise FileNotFoundError(f"{self.path(key)} was taken away while it was being written")
        found: dict[str, Any] = json.loads(written)  # as whoever comes later will read it
        del found[FILES]
        return found

    @contextmanager
    def commit(self, key: str) -> Iterator[Path]:
        """A folder aside to write into; it gets its name when the block ends well and is removed when it does not."""
        final = self.path(key)
        aside = self._aside(key)
        aside.mkdir(parents=True)
        try:
            yield aside
            try:
                aside.rename(final)
            except OSError:
                if not final.exists():  # otherwise another build was first with the same work
                    raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """A folder for the time of the block, on the disk of the store; `collect` removes it where a run was killed."""
        folder = self._aside(name)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _aside(self, key: str) -> Path:
        return self.root / f".{key}.{owner()}.{uuid4().hex[:8]}"

    def collect(self) -> int:
        """Remove what killed runs of this machine left aside; how many folders that were."""
        count = 0
        for left in self.root.glob(".*.*.*"):
            if abandoned(left.name.split(".")[-2]):
                if left.is_symlink() or left.is_file():
                    left.unlink(missing_ok=True)
                else:
                    shutil.rmtree(left, ignore_errors=True)
                count += 1
        return count


def owner() -> str:
    """Who writes a folder aside: this machine and this process."""
    return f"{machine()}-{os.getpid()}"


def abandoned(name: str) -> bool:
    """Whether the owner of a folder aside is a process of this machine that has ended.

    >>> abandoned(owner()), abandoned("elsewhere-1")
    (False, False)
    """
    where, _, pid = name.rpartition("-")
    if where != machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def machine() -> str:
    """A name of this machine, for what lies where others write too."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def copied(source: Path, target: Path, block: memoryview) -> str:
    """Copy a file by way of a buffer and flush the copy to the disk; the checksum of what was copied.

    One buffer for many files: a new one for each costs as much as the copying. 256 KiB stay in the cache of a core.
    """
    made = xxhash.xxh3_128()
    with source.open("rb", buffering=0) as old, target.open("wb", buffering=0) as new:
        while size := old.readinto(block):
            made.update(block[:size])
            written = new.write(block[:size])
            while written < size:  # a disk that is nearly full takes less than it was given
                written += new.write(block[written:size])
        os.fsync(new.fileno())
    return made.hexdigest()


def put(path: Path, data: bytes) -> None:
    """Write a file and flush it to the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
