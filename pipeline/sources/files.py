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

from pipeline.config import SourceConfig
from pipeline.errors import InputError
from pipeline.sources.compressed import bare
from pipeline.sources.storage import Root, remote

# The longest web novels, ten million characters, have 30 MB; what is larger is no page but holds many, and its
# columns would not fit into the memory of a worker.
MAX_PAGE_BYTES = 64_000_000
# What opening a file costs, in bytes read; a folder of a million empty files is more than one part.
FILE_COST = 4096


class Slice(NamedTuple):
    """A file, by its path relative to the root, from `start` to before `end` (bytes, row groups, record batches).

    `line` is the number of the first line or row in its file, from 1.
    """

    name: str
    start: int = 0
    end: int = 0
    line: int = 1


class Fields(NamedTuple):
    """The names that fields have in records: what holds the text, what holds HTML, and what is known of a page."""

    text: str
    html: str
    id: str
    url: str
    title: str
    date: str
    source: str
    authors: str

    @classmethod
    def of(cls, source: SourceConfig) -> Self:
        """The names that a configuration gives."""
        return cls(*(getattr(source, name) for name in cls._fields))


DEFAULTS = Fields.of(SourceConfig("."))


@dataclass(frozen=True, slots=True)
class Part:
    """A share of an input, small enough to go to a worker as JSON. `bytes` is about what is read of files for it.

    `extractor` is the one that HTML pages are shown to, if any.
    """

    format: str
    root: str
    files: tuple[Slice, ...]
    fields: Fields = DEFAULTS
    bytes: int = 0
    extractor: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """The part from what `json` read back of `dataclasses.asdict(part)`."""
        files = tuple(Slice(*f) for f in data["files"])
        return cls(**{**data, "files": files, "fields": Fields(*data["fields"])})

    @property
    def place(self) -> Root:
        """Where the files of the part lie."""
        return Root(self.root)


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
    """The last suffix of a name, in lower case, with its dot; that of a compression does not count.

    >>> suffix("a.JSONL.gz"), suffix("README")
    ('.jsonl', '')
    """
    return os.path.splitext(bare(name))[1].lower()


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


class Found(NamedTuple):
    """The files of an input, by names relative to a root; all of a folder, or the one file."""

    root: Root
    files: list[File]
    is_folder: bool


def files_of(path: str) -> Found:
    """What stands at a path or an address."""
    if "://" in path:
        return _remote_files(path)
    local = Path(path)
    if not os.path.lexists(local):
        raise InputError(_missing(local))
    if local.is_dir():
        return Found(Root(str(local.absolute())), walk(local), True)
    return Found(Root(str(local.absolute().parent)), [_file(local.name, str(local))], False)


def _remote_files(address: str) -> Found:
    system, path = remote(address)
    try:
        if system.isfile(path):
            base, _, name = address.rstrip("/").rpartition("/")
            return Found(Root(base), [File(name, int(system.info(path).get("size") or 0))], False)
        found = system.find(path, detail=True)
    except Exception as error:
        what = str(error).split("\n", 1)[0] or type(error).__name__
        raise InputError(
            f"{address}: cannot be listed: {what}. Look at the address; keys and endpoint come from the environment, "
            "as FSSPEC_S3_ENDPOINT_URL or AWS_ACCESS_KEY_ID."
        ) from error
    skip = len(path.rstrip("/")) + 1
    files = [
        File(name[skip:], int(info.get("size") or 0))
        for name, info in found.items()
        if not any(piece.startswith(".") for piece in name[skip:].split("/")) and not name.endswith("/")
    ]
    if not files:
        raise InputError(f"{address}: nothing there: no file, and no folder with files in it.")
    return Found(Root(address.rstrip("/")), sorted(files), True)


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


def parts_of(
    format: str, root: Root, fields: Fields, slices: Iterable[tuple[Slice, int]], part_bytes: int
) -> list[Part]:
    """Slices with their sizes as parts of about that many bytes."""
    sized = list(slices)
    sizes = dict(sized)
    return [
        Part(format, root.path, group, fields, sum(sizes[piece] for piece in group))
        for group in grouped(sized, part_bytes)
    ]


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
        size = max(size, FILE_COST)
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
