"""Where the store lies: a folder, or an address that fsspec knows, with a copy on each machine of what it used."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline import mirror
from pipeline.engine.store import Store
from pipeline.mirror import Mirror
from pipeline.sources.storage import remote


@contextmanager
def store_at(place: str) -> Iterator[Store]:
    """The store at a path or an address, for the process that builds or asks."""
    if "://" not in place:
        yield Store(Path(os.path.abspath(place)))
        return
    found = Mirror(_copy_of(place), place)
    with mirror.attached(found, *_remote(place)):
        yield Store(found.folder)


def join(found: Mirror | None) -> None:
    """Use the store of a build in this process, a worker of it."""
    if found is not None and found != mirror.of_store():
        mirror.attach(found, _copy_of(found.address), *_remote(found.address))


def _remote(address: str) -> tuple[Any, str]:
    # Others write there too: nothing that was listed may be taken for what is there now.
    folders = {"auto_mkdir": True} if address.startswith(("file:", "local:")) else {}
    return remote(address, use_listings_cache=False, **folders)


def _copy_of(address: str) -> Path:
    """The folder of this machine that holds what was used of an address; it may be thrown away at any time."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(os.path.abspath(caches), "jingwen", hashlib.sha256(address.rstrip("/").encode()).hexdigest()[:16])
