"""The manifest: what a release holds, what it was made of, and what happened. No clock, no path of a machine."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.config import Config
from pipeline.engine.store import digest_of
from pipeline.errors import IntegrityError
from pipeline.publish.documents import Stamp
from pipeline.publish.rows import combined
from pipeline.publish.schema import TABLES

NAME = "manifest.json"
FORMAT = 1
# The digest of all the rest of the manifest, in itself.
SEAL = "manifest_sha256"


class Input(NamedTuple):
    """One part of the input."""

    name: str
    digest: str
    pages: int
    bytes: int


@dataclass(slots=True)
class Counts:
    """The account of a build. `dropped`: pages by (rule, kind of reason, whether a copy); `edits`: by (stage, rule)."""

    pages_read: int = 0
    raw_bytes: int = 0
    pages: int = 0
    pages_with_documents: int = 0
    documents: int = 0
    chars: int = 0
    dropped: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    edits: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=dict)
    shadowed: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The counts with names, in order."""
        return {
            "pages": self.pages,
            "pages_with_documents": self.pages_with_documents,
            "documents": self.documents,
            "raw_bytes": self.raw_bytes,
            "chars": self.chars,
            "dropped": [
                {"rule": rule or None, "reason": reason, "copy": copy, "pages": n}
                for (rule, reason, copy), n in sorted(self.dropped.items())
            ],
            "edits": [
                {"stage": stage, "rule": rule or None, "edits": n, "removed_chars": gone, "inserted_chars": put}
                for (stage, rule), (n, gone, put) in sorted(self.edits.items())
            ],
            "shadowed": dict(sorted(self.shadowed.items())),
        }


class Shards:
    """The files that the parts wrote: for each key of a part, table name to what `Written` holds."""

    def __init__(self, parts: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        self._parts = parts

    def of(self, table: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The parts with rows in a table, and their files, in order."""
        return [(key, tables[table]) for key, tables in self._parts.items() if table in tables]

    def named(self) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """Path in the release to the key of the part and its file; numbers are dense, whatever parts are empty."""
        return {
            f"{table.name}/train-{i:05d}-of-{len(found):05d}.parquet": (key, written)
            for table in TABLES
            for found in [self.of(table.name)]
            for i, (key, written) in enumerate(found)
        }

    def rows(self) -> dict[str, int]:
        """Rows by table, for tables that have any."""
        return {t.name: sum(int(w["rows"]) for _, w in self.of(t.name)) for t in TABLES if self.of(t.name)}

    def bytes(self) -> dict[str, int]:
        """Bytes of the files by table."""
        return {t.name: sum(int(w["bytes"]) for _, w in self.of(t.name)) for t in TABLES if self.of(t.name)}

    def digests(self) -> dict[str, str]:
        """The digest of the rows of each table."""
        return {t.name: combined(w["rows_sha256"] for _, w in self.of(t.name)) for t in TABLES if self.of(t.name)}


class Content(NamedTuple):
    """All that goes into a release."""

    config: Config
    stamp: Stamp
    counts: Counts
    inputs: Sequence[Input]
    shards: Shards
    libraries: Mapping[str, str]

    def described(self) -> dict[str, Any]:
        """What makes one release differ from another; version, bytes of files and libraries do not."""
        rows, digests = self.shards.rows(), self.shards.digests()
        return {
            "format": FORMAT,
            "name": self.config.corpus.name,
            "licence": self.config.corpus.licence,
            "description": self.config.corpus.description,
            "tables": {name: {"rows": rows[name], "rows_sha256": digests[name]} for name in rows},
            "counts": self.counts.as_json(),
            "configuration": {
                "digest": self.config.digest(),
                "source": {k: v for k, v in asdict(self.config.source).items() if k != "path"},
                "rules": asdict(self.config.rules),
                "stages": {name: asdict(options) for name, options in self.config.stages.items()},
                "max_set_aside": self.config.build.max_set_aside,
            },
            "code_version": self.stamp.code_version,
            "inputs": [part._asdict() for part in self.inputs],
        }

    def digest(self) -> str:
        """The digest of the release: equal where a reader would find no difference."""
        return digest_of(self.described())


def text_of(content: Content, version: str, card_sha256: str, card_bytes: int) -> str:
    """The manifest of a release as JSON with sorted keys: the same content, the same bytes."""
    files: dict[str, Any] = {
        path: {"bytes": w["bytes"], "rows": w["rows"], "rows_sha256": w["rows_sha256"], "sha256": w["sha256"]}
        for path, (_, w) in content.shards.named().items()
    }
    files["README.md"] = {"bytes": card_bytes, "sha256": card_sha256}
    whole = {
        **content.described(),
        "digest": content.digest(),
        "version": version,
        "files": files,
        "libraries": dict(content.libraries),
    }
    return sealed(whole)


def sealed(whole: Mapping[str, Any]) -> str:
    """A manifest as it is written, with the digest of itself in it."""
    return _written({**whole, SEAL: digest_of({k: v for k, v in whole.items() if k != SEAL})})


def _written(whole: Mapping[str, Any]) -> str:
    return json.dumps(whole, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def load(release: Path) -> dict[str, Any]:
    """The manifest of a release; raises IntegrityError where it is not as it was written, to the last byte."""
    path = release / NAME
    try:
        raw = path.read_bytes()
        found: dict[str, Any] = json.loads(raw)
    except FileNotFoundError:
        raise IntegrityError(f"{path}: there is no manifest, so {release} is no release of jingwen.") from None
    except ValueError as error:
        raise IntegrityError(
            f"{path}: the manifest is not JSON ({error}); the release is damaged. Build it again."
        ) from None
    whole = {k: v for k, v in found.items() if k != SEAL} if isinstance(found, dict) else {}
    if not whole or found.get(SEAL) != digest_of(whole) or _written(found).encode() != raw:
        raise IntegrityError(
            f"{path}: the manifest is not as it was written: its own digest says otherwise. The release is damaged, "
            "or was edited by hand. Build it again."
        )
    return found
