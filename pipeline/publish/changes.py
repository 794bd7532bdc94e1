"""What a release changes against its parent, in figures for the card: documents by id, options, rules.

`jingwen compare` shows the rows. Here files that both releases have are passed over, so that a small change is found
in little time.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.publish import schema
from pipeline.publish.manifest import Content
from pipeline.publish.parquet import read
from pipeline.publish.rows import Hashes, hashes


class Changes(NamedTuple):
    """Against the parent: documents added, removed and with other text; what else differs, in words."""

    parent: str
    added: int
    removed: int
    changed: int
    notes: list[str]


def changes(parent: Path, release: Path, told: Mapping[str, Any], content: Content) -> Changes:
    """What the release that is being written changes against its parent, whose manifest is `told`."""
    known = {file["sha256"] for file in told["files"].values()}
    new = {path: written["sha256"] for path, (_, _, written) in content.shards.named().items()}
    documents = f"{schema.DOCUMENTS.name}/"
    old_ids, old_texts = _hashed(
        parent / path
        for path, file in sorted(told["files"].items())
        if path.startswith(documents) and file["sha256"] not in set(new.values())
    )
    new_ids, new_texts = _hashed(
        release / path for path, sha256 in new.items() if path.startswith(documents) and sha256 not in known
    )
    both, in_old, in_new = np.intersect1d(old_ids, new_ids, return_indices=True)
    changed = int((old_texts[in_old] != new_texts[in_new]).sum())
    notes = list(_notes(told, content.described()))
    return Changes(told["version"], len(new_ids) - len(both), len(old_ids) - len(both), changed, notes)


def _hashed(paths: Iterator[Path]) -> tuple[Hashes, Hashes]:
    ids, texts = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.uint64)]
    for path in paths:
        with read(path) as file:
            for i in range(file.num_row_groups):
                rows = file.read_row_group(i, columns=["doc_id", "text"])
                ids.append(hashes(rows["doc_id"]))
                texts.append(hashes(rows["text"]))
    return np.concatenate(ids), np.concatenate(texts)


def _notes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old["code_version"] != new["code_version"]:
        yield f"code {old['code_version']} → {new['code_version']}"
    for what, before, after in _differing("", old["configuration"], new["configuration"]):
        if what != "digest":
            yield f"configuration `{what}`: {_shown(before)} → {_shown(after)}"
    for what in ("licence", "description"):
        if old[what] != new[what]:
            yield f"{what}: {_shown(old[what])} → {_shown(new[what])}"
    if old.get("format") != new["format"]:
        yield f"format of the release {old.get('format')} → {new['format']}"
    for name in sorted(old["tables"].keys() | new["tables"].keys()):
        before, after = (d["tables"].get(name, {}).get("rows", 0) for d in (old, new))
        if before != after:
            yield f"{name}: {before:,} → {after:,} rows"
    gone, come = ({(e["stage"], e["rule"] or ""): e["edits"] for e in d["counts"]["edits"]} for d in (old, new))
    moved = [(abs(come.get(k, 0) - gone.get(k, 0)), k) for k in gone.keys() | come.keys()]
    for difference, (stage, rule) in sorted(moved, key=lambda m: (-m[0], m[1]))[:10]:
        if difference:
            before, after = gone.get((stage, rule), 0), come.get((stage, rule), 0)
            yield f"rule {rule or stage}: {before:,} → {after:,} edits"


def _differing(name: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from _differing(f"{name}.{key}" if name else key, old.get(key), new.get(key))
    elif old != new and list(old or []) != list(new or []) if _lists(old, new) else old != new:
        yield name, old, new


def _lists(old: Any, new: Any) -> bool:
    return isinstance(old, list | tuple) and isinstance(new, list | tuple)


def _shown(value: Any) -> str:
    value = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
    text = "none" if value in (None, "") else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
