"""Publishing: a release is written aside, synced and renamed, then `latest` is turned to it: whole or not at all."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from uuid import uuid4

from pipeline import mirror
from pipeline.config import Config
from pipeline.engine.store import DamagedError, Store, copied, owner, put, sync_folder
from pipeline.errors import InputError, UsageError
from pipeline.publish import manifest
from pipeline.publish.card import card
from pipeline.publish.changes import changes
from pipeline.publish.croissant import croissant
from pipeline.publish.manifest import Content, Parent

LATEST = "latest"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_BLOCK = 1 << 18
_AT_ONCE = 8
# While workers are busy, too: a disk that takes long to flush is waited for by a few.
_BESIDE = 2


class Made(NamedTuple):
    """Where the release is, its version, and whether anything was written."""

    path: Path
    version: str
    changed: bool


class _Next(NamedTuple):
    version: str
    exists: bool
    parent: Parent | None


class Copying:
    """Copies of finished files, made in a folder of the store while others are still being written.

    A release that needs one moves it; what none took is left to whoever gave the folder.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder, self._store = folder, store
        self._pool = ThreadPoolExecutor(_BESIDE)
        self._copies: dict[str, Future[None]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, key: str) -> None:
        """Begin to copy the files of finished work."""
        told = self._store.checksums(key).items()
        files = [_File(key, self._store.path(key) / name, self._path(key, name), checksum) for name, checksum in told]
        self._copies[key] = self._pool.submit(_copy, files)

    def took(self, file: "_File") -> bool:
        """Put a copy where a release wants it, if there is one; raises what making it raised."""
        copied = self._copies.get(file.key)
        if copied is None:
            return False
        copied.result()
        try:
            self._path(file.key, file.source.name).rename(file.target)
        except OSError:  # another disk
            return False
        return True

    def _path(self, key: str, name: str) -> Path:
        return self._folder / f"{key}-{name}"


def on_one_disk(config: Config, store: Store) -> bool:
    """Whether a file of the store can be moved to where the releases of a configuration are put."""
    home = home_of(config).absolute()
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    return os.stat(there).st_dev == os.stat(store.root).st_dev


def release(content: Content, store: Store, copying: Copying | None = None) -> Made:
    """Publish the content; where the same content is published already nothing is written.

    Files that were copied before need not be copied again.
    """
    home = home_of(content.config)
    check_home(home)
    home.mkdir(parents=True, exist_ok=True)
    Store(home).collect()
    following = _next(home, content)
    if not following.exists:
        _write(content, store, home, following, copying)
    _turn(home, following.version)
    return Made(home / following.version, following.version, not following.exists)


def home_of(config: Config) -> Path:
    """The folder of all releases of a corpus."""
    return Path(config.build.out) / config.corpus.name


def check_place(config: Config) -> None:
    """Raise UsageError where the release of a configuration could not be put, or follows one that is not there."""
    home = home_of(config)
    check_home(home)
    _parent(home, config.build.parent, [".".join(map(str, v)) for v in versions(home)])


def check_home(home: Path) -> None:
    """Raise UsageError or InputError where releases cannot be put."""
    for folder in (home, *home.parents):
        if folder.exists() and not folder.is_dir():
            raise UsageError(
                f"{folder}: a file stands where the folder of releases should be. Name another [build] out."
            )
    nearest = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(
            f"{nearest}: this folder is read-only, and releases are written to it. Name another [build] out."
        )
    latest = home / LATEST
    if latest.exists() and not latest.is_symlink():
        raise UsageError(
            f"{latest}: found a folder or file of its own, expected the link to the newest release (copies made "
            "without links have one). Remove it; the build makes the link anew."
        )


def versions(home: Path) -> list[tuple[int, int, int]]:
    """The versions published under a name, lowest first."""
    found = (
        [_VERSION.fullmatch(p.name) for p in home.iterdir() if p.is_dir() and not p.is_symlink()]
        if home.exists()
        else []
    )
    return sorted((int(m[1]), int(m[2]), int(m[3])) for m in found if m)


def change_of(told: Mapping[str, Any], described: Mapping[str, Any]) -> int:
    """What changed between the manifest of a release and another content: 0 the schema, 1 texts, 2 anything else.

    The schema is the format and the columns of the tables that both have; texts are documents and their segments.
    """
    if told.get("format") != described["format"]:
        return 0
    both = told["columns"].keys() & described["columns"].keys()
    if any(told["columns"][name] != described["columns"][name] for name in both):
        return 0
    words = ({n: t["words_digest"] for n, t in d["tables"].items() if "words_digest" in t} for d in (told, described))
    return 2 if next(words) == next(words) else 1


def _next(home: Path, content: Content) -> _Next:
    """The version of the release, whether it is there already, and its parent."""
    known = [".".join(map(str, v)) for v in versions(home)]
    wanted, digest = content.config.build.version, content.digest()
    if wanted in known:
        if manifest.load(home / wanted).get("digest") == digest:
            return _Next(wanted, True, None)
        raise UsageError(
            f"{home / wanted}: there is a release of that version with other content, and a published version never "
            "changes. Leave [build] version out and the next one is proposed, or name one that is free."
        )
    parent = _parent(home, content.config.build.parent, known)
    if wanted or parent is None:
        return _Next(wanted or "1.0.0", False, parent)
    # The newest besides the latest: a build that ended, or is just about, to turn `latest` has published already.
    for there in {(home / LATEST).resolve().name: None, known[-1]: None}:
        if (home / there / manifest.NAME).exists() and manifest.load(home / there).get("digest") == digest:
            return _Next(there, True, None)
    place = change_of(parent.told, content.described())
    newest = versions(home)[-1]
    following = (*newest[:place], newest[place] + 1, *(0,) * (2 - place))
    return _Next(".".join(map(str, following)), False, parent)


def _parent(home: Path, wanted: str, known: list[str]) -> Parent | None:
    if wanted and wanted not in known:
        there = ", ".join(known) or "none"
        raise UsageError(f"{home / wanted}: the parent that [build] parent names is not there. Releases: {there}.")
    if not known:
        return None
    version = wanted or known[-1]
    told = manifest.load(home / version)
    return Parent(version, str(told.get("digest")), told)


def _write(content: Content, store: Store, home: Path, following: _Next, copying: Copying | None) -> None:
    version, parent = following.version, following.parent
    aside = home / f".{version}.{owner()}.{uuid4().hex[:8]}"
    aside.mkdir()
    try:
        _copied(content, store, aside, copying)
        changed = changes(home / parent.version, aside, parent.told, content) if parent else None
        beside = {
            "README.md": card(content, version, changed).encode(),
            "croissant.json": croissant(content, version).encode(),
        }
        whole = {**beside, manifest.NAME: manifest.text_of(content, version, parent, beside).encode()}
        for name, data in whole.items():
            put(aside / name, data)
        for folder in (*(path for path in aside.iterdir() if path.is_dir()), aside):
            sync_folder(folder)
        try:
            aside.rename(home / version)
        except OSError:
            if not (home / version).exists():
                raise
            if manifest.load(home / version).get("digest") != content.digest():
                raise UsageError(
                    f"{home / version}: another build published that version while this one ran. Run the same command "
                    "again; it takes the next version and redoes nothing else."
                ) from None
        sync_folder(home)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _copied(content: Content, store: Store, aside: Path, copying: Copying | None) -> None:
    """The files of all tables, from the store."""
    named = content.shards.named()
    for folder in {path.partition("/")[0] for path in named}:
        (aside / folder).mkdir()
    told = {key: store.checksums(key) for key in {key: None for key, _, _ in named.values()}}
    files = [_File(key, store.path(key) / name, aside / p, told[key].get(name)) for p, (key, name, _) in named.items()]
    if copying is not None:
        files = [file for file in files if not copying.took(file)]
    # Copying and hashing let go of the interpreter, and a disk flushes many files at once in the time of a few.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(_copy, files[i::_AT_ONCE]) for i in range(_AT_ONCE)]:
            done.result()


class _File(NamedTuple):
    """A file of finished work, where its copy goes, and its checksum; None where nothing tells of it."""

    key: str
    source: Path
    target: Path
    checksum: str | None


def _copy(files: Sequence[_File]) -> None:
    """Copy files of finished work and flush them to the disk; raises DamagedError where one is not what was written."""
    block = memoryview(bytearray(_BLOCK))
    for file in files:
        try:
            whole = copied(mirror.here(file.source), file.target, block) == file.checksum
        except FileNotFoundError:
            whole = False
        if not whole:
            raise DamagedError(file.key, str(file.source))


def _turn(home: Path, version: str) -> None:
    """Make `latest` point to a version, in one step."""
    latest = home / LATEST
    if latest.is_symlink() and os.readlink(latest) == version:
        return
    aside = home / f".{LATEST}.{owner()}.{uuid4().hex[:8]}"
    aside.symlink_to(version, target_is_directory=True)
    aside.replace(latest)
    sync_folder(home)
