"""What releases were made of: beside the finished work lies, for each release, which of it the release needs.

It says what may be thrown away, and against what a plan compares.
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from pipeline import mirror
from pipeline.engine.store import Store, abandoned, canonical, digest_of, machine, owner
from pipeline.errors import UsageError

FOLDER = "uses"
_RUNNING = ".build"
_KEY = re.compile(r"[a-z]+-[0-9a-f]{32}")
_ASIDE = re.compile(r"\..+\..+\.[^.]+")
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Uses:
    """The work that a release was made of: its keys, how each pass was done, and name and digest of the parts.

    `machine` is where it was built: behind an address lie the records of several.
    """

    release: Path
    digest: str
    keys: Sequence[str]
    how: dict[str, dict[str, Any]]
    parts: Sequence[Sequence[str]]
    machine: str = ""

    def save(self, store: Store) -> None:
        """Write it into the store, in one step, in place of what an earlier build of that release wrote."""
        folder = store.root / FOLDER
        folder.mkdir(exist_ok=True)
        # Relative, so that store and releases may move together.
        release = os.path.relpath(self.release, store.root)
        path = folder / _named(release)
        aside = folder / f".{path.name}.{uuid4().hex[:8]}"
        aside.write_text(canonical({**asdict(self), "release": release, "machine": machine()}), encoding="utf-8")
        aside.replace(path)
        mirror.sent(path)

    def of_pass(self, name: str) -> list[str]:
        """The keys of a pass, in the order of the parts."""
        return [key for key in self.keys if key.startswith(f"{name}-")]

    @classmethod
    def every(cls, store: Store, key: str = "") -> list[Self]:
        """Those of all releases that are still there, newest last; a record that cannot be read counts for nothing.

        With a key only those of releases that need the work of that key.
        """
        return [uses for uses in cls.recorded(store, key) if uses.stands()]

    @classmethod
    def recorded(cls, store: Store, key: str = "") -> list[Self]:
        """What records there are, also of releases that are gone or lie on other machines."""
        folder = store.root / FOLDER
        paths = [mirror.here(folder / name) for name in mirror.names(folder) if name.endswith(".json")]
        found = []
        for path in sorted(paths, key=lambda p: p.stat().st_mtime):
            try:
                raw = path.read_bytes()
                if key.encode() not in raw:
                    continue
                told = json.loads(raw)
                found.append(
                    cls(**{**told, "release": Path(os.path.normpath(store.root.absolute() / told["release"]))})
                )
            except (OSError, ValueError, LookupError, TypeError):
                continue
        return found

    def stands(self) -> bool:
        """Whether the release is there, as it was made."""
        try:
            return bool(json.loads((self.release / _MANIFEST).read_bytes())["digest"] == self.digest)
        except (OSError, ValueError, LookupError, TypeError):
            return False


def nearest(every: Sequence[Uses], name: str, keys: Sequence[str]) -> Uses | None:
    """Of all releases the one that shares most of its work of a pass with a build; of several the newest."""
    wanted = set(keys)
    return max(reversed(every), key=lambda uses: len(wanted.intersection(uses.of_pass(name))), default=None)


def _named(release: str) -> str:
    return f"{digest_of(release)[:32]}.json"


@contextmanager
def building(store: Store) -> Iterator[None]:
    """Say to others that a build goes on in this store, as long as the block lasts."""
    store.root.mkdir(parents=True, exist_ok=True)
    mark = store.root / f"{_RUNNING}.{owner()}.{uuid4().hex[:8]}"
    mark.touch()
    mirror.sent(mark)
    try:
        yield
    finally:
        mirror.removed(mark)


class Cleaned:
    """What `clean` threw away: how many pieces of work, and their bytes."""

    def __init__(self) -> None:
        self.count = self.bytes = self.kept = 0


def clean(store: Store) -> Cleaned:
    """Throw away all finished work that no release needs; raises UsageError while a build goes on in the store."""
    store.collect()
    names = mirror.names(store.root)
    running = [name for name in names if name.startswith(f"{_RUNNING}.") and not abandoned(name.split(".")[-2])]
    if running:
        process = running[0].split(".")[-2].rpartition("-")[2]
        raise UsageError(
            f"{store.root}: a build goes on in this store (process {process}). "
            "Wait until it has ended, and run the same command again."
        )
    every = [uses for uses in Uses.recorded(store) if uses.stands() or _elsewhere(uses)]
    needed = {key for uses in every for key in uses.keys}
    known = {_named(os.path.relpath(uses.release, store.root)) for uses in every}
    done = Cleaned()
    for name in names:
        path = store.root / name
        if name == FOLDER:
            for record in mirror.names(path):
                if record not in known:
                    mirror.removed(path / record)
        elif _ASIDE.fullmatch(name):  # no build goes on: killed ones left it
            mirror.removed(path)
        elif name in needed:
            done.kept += 1
        elif _KEY.fullmatch(name):
            done.count += 1
            done.bytes += sum(mirror.size(path / file) for file in mirror.names(path))
            store.discard(name)
    return done


def _elsewhere(uses: Uses) -> bool:
    """Whether it cannot be seen from here if a release is still there."""
    return mirror.of_store() is not None and uses.machine != machine()
