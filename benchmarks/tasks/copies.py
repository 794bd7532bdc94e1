"""Copies found as a build finds them: near copies from 0.45 on, proved on the texts, and excerpts.

python -m benchmarks.tasks.copies PAGES.jsonl DROPPED.json
"""

import json
import sys
from pathlib import Path

from benchmarks.told import Work, tell
from pipeline.corpus import fingerprints
from pipeline.corpus.keepers import keepers


def main() -> None:
    """Find them, write the ids of dropped pages, and tell."""
    with open(sys.argv[1], encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    ids, texts = [row["id"] for row in rows], [row["text"] for row in rows]
    at = {key: i for i, key in enumerate(ids)}
    _found(ids[:20], texts[:20], at)  # imports and tables are not what is measured
    with Work() as work:
        dropped = _found(ids, texts, at)
    Path(sys.argv[2]).write_text(json.dumps(dropped), encoding="utf-8")
    tell({"pages": len(texts), "bytes": sum(len(text.encode()) for text in texts)}, work)


def _found(ids: list[str], texts: list[str], at: dict[str, int]) -> list[str]:
    table = keepers([fingerprints.of(texts, ids)], lambda wanted: [texts[at[key]] for key in wanted])
    return sorted(row["page_id"] for row in table.to_pylist() if row["kept_page_id"])


if __name__ == "__main__":
    main()
