"""A release against what is true of its pages: copies removed, families lost, paragraphs that came out whole.

python -m benchmarks.tasks.truth RELEASE TRUTH.jsonl
"""

import hashlib
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from benchmarks.told import tell


def main() -> None:
    """Look, and tell counts."""
    release, truths = Path(sys.argv[1]), Path(sys.argv[2])
    columns = ["page_id", "ordinal", "text"]
    rows = ds.dataset(release / "documents", format="parquet").to_table(columns=columns).to_pylist()
    texts: dict[str, list[str]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["page_id"], row["ordinal"])):
        texts[row["page_id"]].append(row["text"])
    whole = hashlib.sha256()
    for key in sorted(texts):
        whole.update("\0".join([key, *texts[key]]).encode("utf-8", "surrogatepass") + b"\n")
    with truths.open(encoding="utf-8") as lines:
        counts = _against([json.loads(line) for line in lines], texts)
    tell({**counts, "texts": whole.hexdigest()[:16]})


def _against(truths: list[dict[str, Any]], texts: dict[str, list[str]]) -> dict[str, int]:
    out = Counter({"copies": 0, "copies removed": 0, "paragraphs": 0, "paragraphs whole": 0, "families lost": 0})
    families: dict[str, set[str]] = defaultdict(set)
    for truth in truths:
        families[truth["base"]].add(truth["id"])
    for truth in truths:
        others = families[truth["base"]] - {truth["id"]}
        if truth["kind"] in ("exact", "same body"):
            out["copies"] += 1
            out["copies removed"] += truth["id"] not in texts or not any(other in texts for other in others)
        if truth["kind"] == "original" and truth["id"] in texts:
            kept = {"".join(line.split()) for text in texts[truth["id"]] for line in text.split("\n")}
            wanted = ["".join(p.split()) for p in truth["paragraphs"]]
            out["paragraphs"] += len(wanted)
            out["paragraphs whole"] += sum(p in kept for p in wanted)
    out["families"] = len(families)
    out["families lost"] = sum(not any(key in texts for key in members) for members in families.values())
    return dict(out)


if __name__ == "__main__":
    main()
