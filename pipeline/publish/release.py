"""Publishing: a release is written aside, synced and renamed, then `latest` is turned to it: whole or not at all."""

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from pipeline.engine.store import Store, owner, sync, sync_folder
from pipeline.errors import UsageError
from pipeline.publish import manifest
from pipeline.publish.card import card
from pipeline.publish.manifest import Content

LATEST = "latest"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class Made(NamedTuple):
    """Where the release is, its version, and whether anything was written."""

    path: Path
    version: str
    changed: bool


def release(content: Content, store: Store) -> Made:
    """Publish the content; where the same content is published already nothing is written."""
    home = Path(content.config.build.out) / content.config.corpus.name
    home.mkdir(parents=True, exist_ok=True)
    Store(home).collect()
    version, exists = _version(home, content)
    final = home / version
    if not exists:
        _write(content, store, home, version)
    _turn(home, version)
    return Made(final, version, not exists)


def versions(home: Path) -> list[tuple[int, int, int]]:
    """The versions published under a name, lowest first."""
    found = (
        [_VERSION.fullmatch(p.name) for p in home.iterdir() if p.is_dir() and not p.is_symlink()]
        if home.exists()
        else []
    )
    return sorted((int(m[1]), int(m[2]), int(m[3])) for m in found if m)


def _version(home: Path, content: Content) -> tuple[str, bool]:
    """The version of the release, and whether it is there already."""
    wanted = content.config.build.version
    digest = content.digest()
    if wanted:
        if not (home / wanted).exists():
            return wanted, False
        if manifest.load(home / wanted).get("digest") == digest:
            return wanted, True
        raise UsageError(
            f"{home / wanted}: there is a release of that version with other content, and a published version never "
            "changes. Leave [build] version out and the next one is proposed, or name one that is free."
        )
    known = versions(home)
    if not known:
        return "1.0.0", False
    major, minor, patch = known[-1]
    # The highest besides the latest: a build that ended, or is just about, to turn `latest` has published already.
    for there in {(home / LATEST).resolve().name: None, f"{major}.{minor}.{patch}": None}:
        if (home / there / manifest.NAME).exists() and manifest.load(home / there).get("digest") == digest:
            return there, True
    return f"{major}.{minor + 1}.0", False


def _write(content: Content, store: Store, home: Path, version: str) -> None:
    aside = home / f".{version}.{owner()}.{uuid4().hex[:8]}"
    aside.mkdir()
    try:
        for path, (key, _) in content.shards.named().items():
            target = aside / path
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(store.path(key) / f"{target.parent.name}.parquet", target)
        text = card(content, version).encode()
        (aside / "README.md").write_bytes(text)
        whole = manifest.text_of(content, version, hashlib.sha256(text).hexdigest(), len(text))
        (aside / manifest.NAME).write_text(whole, encoding="utf-8", newline="")
        sync(aside)
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


def _turn(home: Path, version: str) -> None:
    """Make `latest` point to a version, in one step."""
    latest = home / LATEST
    if latest.is_symlink() and os.readlink(latest) == version:
        return
    aside = home / f".{LATEST}.{owner()}.{uuid4().hex[:8]}"
    aside.symlink_to(version, target_is_directory=True)
    aside.replace(latest)
    sync_folder(home)
