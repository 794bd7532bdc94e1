"""Files of an input: walking a folder, names that are safe to print, and parts that stay put when a file is added."""

import difflib
import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from pipeline.errors import InputError

# The longest web novels, ten million characters, have 30 MB; what is larger is no page but holds many, and its
# columns would not fit into the memory of a worker.
MAX_PAGE_BYTES = 64_000_000
# What opening a file costs, in bytes read; a folder of a million empty files is more than one part.
_FILE_COST = 4096


class Slice(NamedTuple):
    """A file, by its path relative to the root, from `start` to before `end` (bytes, or row groups of Parquet).

    `line` is the number of the first line or row in its file, from 1.
    """

    name: str
    start: int = 0
    end: int = 0
    line: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A share of an input, small enough to go to a worker as JSON.

    `text`, `id` and `url` name fields of JSONL and Parquet.
    """

    format: str
    root: str
    files: tuple[Slice, ...]
    text: str = "text"
    id: str = "id"
    url: str = "url"

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """The part from what `json` read back of `dataclasses.asdict(part)`."""
        return cls(**{**data, "files": tuple(Slice(*f) for f in data["files"])})

    def path(self, name: str) -> str:
        """Where a file of the part lies."""
        return os.path.join(self.root, name)


class File(NamedTuple):
    """A file that a walk came upon; `fault` says why it cannot be read."""

    name: str
    size: int
    fault: str | None = None


def safe_name(name: str) -> str:
    r"""A file name as a page id: one line of valid Unicode, different for different names.

    >>> safe_name("新闻/a.txt"), safe_name("a\nb\udcff.txt")
    ('新闻/a.txt', 'a\\nb\\xff.txt')
    """
    if name.isprintable() and "\\" not in name:
        return name
    out = []
    for char in name:
        if "\udc80" <= char <= "\udcff":  # a byte that is no UTF-8, as Python keeps it
            out.append(f"\\x{ord(char) - 0xDC00:02x}")
        elif char == "\\":
            out.append("\\\\")
        else:
            out.append(
                char
                if char.isprintable() or char == "\u3000"
                else char.encode("unicode_escape", "surrogatepass").decode()
            )
    return "".join(out)


def site_folder(name: str) -> str:
    """The first folder of a relative path, which groups pages that have no address; empty at the top."""
    return safe_name(name.split("/", 1)[0]) if "/" in name else ""


def suffix(name: str) -> str:
    """The last suffix of a name, in lower case, with its dot."""
    return os.path.splitext(name)[1].lower()


def walk(root: Path) -> list[File]:
    """All files under a folder, sorted by their path relative to it; names that begin with a dot are passed over.

    A link to a folder is followed once, and only where it leads out of the root: what lies inside is found anyway, and
    loops end.
    """
    home = os.path.realpath(root)
    seen = set()
    out = []
    stack = [""]
    while stack:
        folder = stack.pop()
        for entry in _entries(root, folder):
            name = f"{folder}{entry.name}"
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                if entry.is_symlink():
                    target = os.path.realpath(entry.path)
                    if target in seen or _within(target, home) or _within(home, target):
                        continue
                    seen.add(target)
                stack.append(f"{name}/")
            else:
                out.append(_file(name, entry.path))
    return sorted(out)


def _entries(root: Path, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(os.path.join(root, folder)) as entries:
            return sorted(entries, key=lambda e: e.name)
    except OSError as error:
        raise InputError(
            f"{safe_name(os.path.join(root, folder))}: the folder cannot be listed: {error.strerror}. "
            "Give read permission to it, or a [source] path that leaves it out."
        ) from None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _within(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


def _file(name: str, path: str) -> File:
    try:
        found = os.stat(path)
    except OSError as error:
        return File(name, 0, f"cannot be read: {error.strerror}")
    if not stat.S_ISREG(found.st_mode):
        return File(name, 0, "cannot be read: not a regular file")  # opening a named pipe would wait for ever
    return File(name, found.st_size)


def files_of(path: Path) -> tuple[Path, list[File]]:
    """The root of an input and its files: all of a folder, or the one file."""
    if not os.path.lexists(path):
        raise InputError(_missing(path))
    if path.is_dir():
        return path.absolute(), walk(path)
    return path.absolute().parent, [_file(path.name, str(path))]


def _missing(path: Path) -> str:
    there = path.absolute()
    while not there.exists() and there != there.parent:
        lost, there = there.name, there.parent
    try:
        names = sorted(os.listdir(there)) if there.is_dir() else []
    except OSError:
        names = []
    near = difflib.get_close_matches(lost, names, n=3, cutoff=0.5)
    shown = ", ".join(safe_name(str(Path(there, name))) for name in near)
    hint = f" Did you mean {shown}?" if near else ""
    return f"{safe_name(str(path))}: no such file or folder; {safe_name(str(there))} has no {safe_name(lost)!r}.{hint}"


def kinds_found(files: Iterable[File]) -> str:
    """How many files of each suffix there are, for an error message."""
    counts = Counter(suffix(f.name) or "without suffix" for f in files)
    return ", ".join(f"{n} {kind}" for kind, n in counts.most_common(6)) or "nothing at all"


def grouped(slices: Iterable[tuple[Slice, int]], part_bytes: int) -> Iterator[tuple[Slice, ...]]:
    """Slices with their sizes in groups of about that many bytes.

    A group ends where a hash of the slice's name falls below a bound that its own size sets, so that a file added
    or taken away changes the group it stands in and seldom a second. Groups stay between a quarter of the size and
    twice of it, but for the last and for single larger slices. The bound makes them three quarters in the mean:
    with the whole size, every sixth would end at the upper limit, and such ends move with what is added before.
    """
    group: list[Slice] = []
    held = 0
    for piece, size in slices:
        size = max(size, _FILE_COST)
        if group and held + size > 2 * part_bytes:
            yield tuple(group)
            group, held = [], 0
        group.append(piece)
        held += size
        if 4 * held >= part_bytes and _draw(piece) * part_bytes < 2 * size:
            yield tuple(group)
            group, held = [], 0
    if group:
        yield tuple(group)


def _draw(piece: Slice) -> float:
    """A number from 0 to 1 that only the name and start decide."""
    data = os.fsencode(piece.name) + b"\0%d" % piece.start
    return int.from_bytes(hashlib.sha256(data).digest()[:7], "big") / 2**56
