"""What releases were made of: beside the finished work lies, for each release, which of it the release needs.

It says what may be thrown away, and against what a plan compares.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from pipeline.engine.store import Store, abandoned, canonical, digest_of, owner
from pipeline.errors import UsageError

FOLDER = "uses"
_RUNNING = ".build"
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Uses:
    """The work that a release was made of: its keys, how each pass was done, and name and digest of the parts."""

    release: Path
    digest: str
    keys: Sequence[str]
    how: dict[str, dict[str, Any]]
    parts: Sequence[Sequence[str]]

    def save(self, store: Store) -> None:
        """Write it into the store, in one step, in place of what an earlier build of that release wrote."""
        folder = store.root / FOLDER
        folder.mkdir(exist_ok=True)
        # Relative, so that store and releases may move together.
        release = os.path.relpath(self.release, store.root)
        path = folder / _named(release)
        aside = folder / f".{path.name}.{uuid4().hex[:8]}"
        aside.write_text(canonical({**asdict(self), "release": release}), encoding="utf-8")
        aside.replace(path)

    def of_pass(self, name: str) -> list[str]:
        """The keys of a pass, in the order of the parts."""
        return [key for key in self.keys if key.startswith(f"{name}-")]

    @classmethod
    def every(cls, store: Store) -> list[Self]:
        """Those of all releases that are still there, newest last; a record that cannot be read counts for nothing."""
        found = []
        paths = (store.root / FOLDER).glob("*.json") if (store.root / FOLDER).is_dir() else ()
        for path in sorted(paths, key=lambda p: p.stat().st_mtime):
            try:
                told = json.loads(path.read_bytes())
                made = cls(**{**told, "release": Path(os.path.normpath(store.root.absolute() / told["release"]))})
                whole = json.loads((made.release / _MANIFEST).read_bytes())["digest"] == made.digest
            except (OSError, ValueError, LookupError, TypeError):
                continue
            if whole:
                found.append(made)
        return found


def _named(release: str) -> str:
    return f"{digest_of(release)[:32]}.json"


@contextmanager
def building(store: Store) -> Iterator[None]:
    """Say to others that a build goes on in this store, as long as the block lasts."""
    store.root.mkdir(parents=True, exist_ok=True)
    mark = store.root / f"{_RUNNING}.{owner()}.{uuid4().hex[:8]}"
    mark.mkdir()
    try:
        yield
    finally:
        mark.rmdir()


class Cleaned:
    """What `clean` threw away: how many pieces of work, and their bytes."""

    def __init__(self) -> None:
        self.count = self.bytes = self.kept = 0


def clean(store: Store) -> Cleaned:
    """Throw away all finished work that no release needs; raises UsageError while a build goes on in the store."""
    store.collect()
    running = [p for p in store.root.glob(f"{_RUNNING}.*") if not abandoned(p.name.split(".")[-2])]
    if running:
        process = running[0].name.split(".")[-2].rpartition("-")[2]
        raise UsageError(
            f"{store.root}: a build goes on in this store (process {process}). "
            "Wait until it has ended, and run the same command again."
        )
    needed = {key for uses in Uses.every(store) for key in uses.keys}
    known = {_named(os.path.relpath(uses.release, store.root)) for uses in Uses.every(store)}
    done = Cleaned()
    for path in sorted(store.root.iterdir()) if store.root.is_dir() else ():
        if path.name == FOLDER:
            for record in path.iterdir():
                if record.name not in known:
                    record.unlink(missing_ok=True)
        elif path.name in needed:
            done.kept += 1
        elif path.is_dir() and "-" in path.name:
            done.count += 1
            done.bytes += sum(os.lstat(f).st_size for f in path.rglob("*") if f.is_file())
            store.discard(path.name)
    return done
