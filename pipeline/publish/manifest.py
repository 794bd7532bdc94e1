"""The manifest: what a release holds, what it was made of, and what happened. No clock, no path of a machine."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.config import Config, described
from pipeline.engine.store import digest_of
from pipeline.errors import IntegrityError
from pipeline.publish.documents import Stamp
from pipeline.publish.rows import combined
from pipeline.publish.schema import BY_NAME, SPLITS, TABLES

NAME = "manifest.json"
FORMAT = 2
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
    """The account of a build. `dropped`: pages by (rule, kind of reason, whether a copy); `edits`: by (stage, rule).

    `examples` holds for a rule an edit to show: the page, what it removed and what it put in.
    """

    pages_read: int = 0
    raw_bytes: int = 0
    pages: int = 0
    pages_with_documents: int = 0
    documents: int = 0
    chars: int = 0
    dropped: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    edits: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=dict)
    shadowed: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[str, str, str]] = field(default_factory=dict)

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
    """The files that the parts wrote: for each key of a part, `table-split` to what `Written` holds."""

    def __init__(self, parts: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        self._files: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for key, files in parts.items():
            for name, written in files.items():
                self._files.setdefault(name, []).append((key, written))
        self.splits = {t.name: [s for s in SPLITS if self._of(t.name, s)] for t in TABLES}
        self.splits = {name: splits for name, splits in self.splits.items() if splits}

    def _of(self, table: str, split: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The parts with rows in a split of a table, and their files, in order."""
        return self._files.get(f"{table}-{split}", [])

    def of(self, table: str) -> list[Mapping[str, Any]]:
        """The files of a table."""
        return [written for split in SPLITS for _, written in self._of(table, split)]

    def named(self) -> dict[str, tuple[str, str, Mapping[str, Any]]]:
        """Path in the release to the key of the part, the name of the file there, and what it holds.

        Numbers are dense, whatever parts are empty.
        """
        return {
            f"{table}/{split}-{i:05d}-of-{len(found):05d}.parquet": (key, f"{table}-{split}.parquet", written)
            for table, splits in self.splits.items()
            for split in splits
            for found in [self._of(table, split)]
            for i, (key, written) in enumerate(found)
        }

    def rows(self) -> dict[str, int]:
        """Rows by table, for tables that have any."""
        return {name: sum(int(w["rows"]) for w in self.of(name)) for name in self.splits}

    @cached_property
    def described(self) -> dict[str, Any]:
        """Rows by table, by split, and their digests."""
        return {
            name: {
                "rows": sum(int(w["rows"]) for w in self.of(name)),
                "rows_digest": combined(w["rows_digest"] for w in self.of(name)),
                "splits": {s: sum(int(w["rows"]) for _, w in self._of(name, s)) for s in splits},
                **({"words_digest": combined(w["words_digest"] for w in self.of(name))} if BY_NAME[name].words else {}),
            }
            for name, splits in self.splits.items()
        }

    def bytes(self, table: str, split: str) -> int:
        """Bytes of the files of a split of a table."""
        return sum(int(w["bytes"]) for _, w in self._of(table, split))


class Content(NamedTuple):
    """All that goes into a release."""

    config: Config
    stamp: Stamp
    counts: Counts
    inputs: Sequence[Input]
    shards: Shards
    libraries: Mapping[str, str]

    def described(self) -> dict[str, Any]:
        """What makes one release differ from another.

        Its version and parent do not, nor how rows are cut into files and pages into parts, nor libraries.
        """
        tables = self.shards.described
        return {
            "format": FORMAT,
            "name": self.config.corpus.name,
            "licence": self.config.corpus.licence,
            "description": self.config.corpus.description,
            "tables": tables,
            "columns": {name: {c.name: str(c.type) for c in BY_NAME[name].columns} for name in tables},
            "counts": self.counts.as_json(),
            "configuration": {
                "digest": self.config.digest(),
                "source": {k: v for k, v in asdict(self.config.source).items() if k != "path"},
                "rules": asdict(self.config.rules),
                "stages": {name: described(options) for name, options in self.config.stages.items()},
                "max_set_aside": self.config.build.max_set_aside,
            },
            "code_version": self.stamp.code_version,
        }

    def digest(self) -> str:
        """The digest of the release: equal where a reader would find no difference."""
        return digest_of(self.described())


_DESCRIBED = (
    "format",
    "name",
    "licence",
    "description",
    "tables",
    "columns",
    "counts",
    "configuration",
    "code_version",
)


def digest_of_told(told: Mapping[str, Any]) -> str:
    """The digest of a release from its manifest, reckoned anew."""
    return digest_of({name: told.get(name) for name in _DESCRIBED})


class Parent(NamedTuple):
    """The release that another one follows: its version, its digest, and its whole manifest."""

    version: str
    digest: str
    told: Mapping[str, Any]


def text_of(content: Content, version: str, parent: Parent | None, beside: Mapping[str, bytes]) -> str:
    """The manifest of a release as JSON with sorted keys: the same content, the same bytes.

    `beside` holds the files that are no tables, by name.
    """
    files: dict[str, Any] = {
        path: {key: w[key] for key in ("bytes", "rows", "rows_digest", "sha256")}
        for path, (_, _, w) in content.shards.named().items()
    }
    files |= {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in beside.items()}
    whole = {
        **content.described(),
        "digest": content.digest(),
        "version": version,
        "parent": {"version": parent.version, "digest": parent.digest} if parent else None,
        "inputs": [part._asdict() for part in content.inputs],
        "files": files,
        "lock": dict(content.libraries),
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
