"""Dated records, a file of JSON for each benchmark and day: `records/<benchmark>-<date>.json`."""

import json
import re
from pathlib import Path

from benchmarks.runner import Record

FOLDER = Path(__file__).parent / "records"
_NAME = re.compile(r"(.+)-(\d{4}-\d\d-\d\d)")


def write(record: Record, folder: Path = FOLDER) -> Path:
    """Keep a record; one of the same day gives way."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record['benchmark']}-{record['date'][:10]}.json"
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def latest(folder: Path = FOLDER) -> list[Record]:
    """The last record of each benchmark, by name."""
    last: dict[str, tuple[str, Path]] = {}
    for path in sorted(folder.glob("*.json")):
        found = _NAME.fullmatch(path.stem)
        if found:
            last[found[1]] = max(last.get(found[1], ("", path)), (found[2], path))
    return [json.loads(path.read_text(encoding="utf-8")) for _, (_, path) in sorted(last.items())]
