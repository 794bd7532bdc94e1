"""Verdicts: whether edits were right, as people said; kept as JSONL beside the release, and merged.

The first line says of which release; each further line is one judgement and is only ever appended. A later line of the
same judge on the same edit takes the place of an earlier one, and one without a verdict takes it back.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from pipeline.audit.terminal import visible
from pipeline.errors import InputError

KIND = "judgements"
FORMAT = 1
VERDICTS = ("right", "wrong", None)
Json: TypeAlias = dict[str, Any]

_TYPES: Mapping[str, type] = {
    "page_id": str, "stage": str, "layer": int, "ordinal": int, "rule": str, "note": str, "drawn": bool, "judge": str,
    "at": str,
}  # fmt: skip


class Key(NamedTuple):
    """An edit of a release."""

    page_id: str
    layer: int
    ordinal: int


class Judgements(NamedTuple):
    """A file of judgements: what release they are of, and the records in order."""

    header: Json
    records: list[Json]


def file_of(release: Path) -> Path:
    """Where the judgements of a release are kept: beside it, for a release never changes."""
    release = release.resolve()
    return release.parent / f"{release.name}.judgements.jsonl"


def header_of(manifest: Mapping[str, Any]) -> Json:
    """The first line of a file of judgements: the release, and how many edits each rule made."""
    edits: Counter[str] = Counter()
    for row in manifest["counts"]["edits"]:
        if row["rule"]:
            edits[row["rule"]] += row["edits"]
    release = {name: manifest[name] for name in ("name", "version", "digest")}
    return {"jingwen": KIND, "format": FORMAT, "release": release, "edits": dict(sorted(edits.items()))}


def read(path: Path) -> Judgements:
    """The judgements of a file; raises InputError with the line that is none."""
    try:
        # No splitlines: a note may hold U+2028.
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        raise InputError(f"{path}: judgements are UTF-8, and this is not.") from None
    rows = [(number, _object(path, number, line)) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows or rows[0][1].get("jingwen") != KIND or rows[0][1].get("format") != FORMAT:
        raise InputError(
            f'{path}: no judgements: expected a first line {{"jingwen": "{KIND}", "format": {FORMAT}, …}}. '
            "`jingwen serve` keeps them beside the release; the page Judge of a report exports them."
        )
    header = rows[0][1]
    _check_header(path, header)
    return Judgements(header, [_checked(path, number, row) for number, row in rows[1:] if row.get("jingwen") != KIND])


def _object(path: Path, number: int, line: str) -> Json:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise InputError(f"{path}: line {number} is no JSON object. Delete it, or restore the file.")
    return row


def _check_header(path: Path, header: Json) -> None:
    release, edits = header.get("release"), header.get("edits")
    names = isinstance(release, dict) and all(isinstance(release.get(n), str) for n in ("name", "version", "digest"))
    if not names or not isinstance(edits, dict) or not all(type(n) is int and n >= 0 for n in edits.values()):
        raise InputError(f"{path}: its first line does not say of which release it is, or how many edits there are.")


def _checked(path: Path, number: int, row: Json) -> Json:
    problem = problem_of(row)
    if problem:
        raise InputError(f"{path}: line {number}: {problem}")
    return row


def problem_of(row: Json) -> str:
    """What is wrong with a record; empty where it is one."""
    for name, kind in _TYPES.items():
        if type(row.get(name)) is not kind:
            return f"expected {name} to be {kind.__name__}, found {visible(json.dumps(row.get(name)))[:80]}."
    if not all(0 <= row[name] < 1 << 31 for name in ("layer", "ordinal")):
        return "layer and ordinal count from 0, and no page has two thousand million edits."
    if row.get("verdict") not in VERDICTS or "verdict" not in row:
        return f"expected verdict to be right, wrong or null, found {visible(json.dumps(row.get('verdict')))[:80]}."
    unknown = sorted(set(row) - set(_TYPES) - {"verdict"})
    return f"it has keys that no judgement has: {visible(', '.join(unknown))[:80]}." if unknown else ""


def append(path: Path, header: Json, records: Sequence[Json]) -> None:
    """Add judgements to a file, begun where it is not there; they are on the disk when this returns.

    Raises InputError where the file is of another release.
    """
    fresh = not path.exists() or not path.stat().st_size
    if not fresh and _first(path).get("release", {}).get("digest") != header["release"]["digest"]:
        raise InputError(f"{path}: its judgements are of another release than the one shown. Move the file away first.")
    rows = [*([header] if fresh else []), *records]
    text = "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
    with path.open("a+b") as file:
        if not fresh:
            file.seek(-1, os.SEEK_END)
            # A write that was cut off spoils its own line only.
            text = text if file.read(1) == b"\n" else "\n" + text
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _first(path: Path) -> Json:
    with path.open(encoding="utf-8", errors="replace") as file:
        return _object(path, 1, file.readline())


def merged(parts: Sequence[Judgements], names: Sequence[str]) -> Judgements:
    """The judgements of several files on one release, each once, by time; raises InputError for different releases."""
    first = parts[0].header
    for part, name in zip(parts, names, strict=True):
        if part.header["release"]["digest"] != first["release"]["digest"]:
            a, b = (f"{h['release']['name']} {h['release']['version']}" for h in (first, part.header))
            raise InputError(f"{name}: it judges {visible(b)}, and {names[0]} judges {visible(a)}. Score them apart.")
    every = {json.dumps(row, sort_keys=True): row for part in parts for row in part.records}
    return Judgements(first, sorted(every.values(), key=lambda row: str(row["at"])))
