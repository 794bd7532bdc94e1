"""What a tool dropped against the families that the pages were made of: shares by kind and Jaccard index.

python -m benchmarks.tasks.copies_truth DROPPED.json TRUTH.jsonl
"""

import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.told import tell

BANDS = ((0.9, 1.0), (0.8, 0.9), (0.7, 0.8), (0.5, 0.7))


def main() -> None:
    """Tell shares."""
    dropped = {int(key) for key in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))}
    with open(sys.argv[2], encoding="utf-8") as lines:
        tell(dict(shares([json.loads(line) for line in lines], dropped)))


def shares(truth: Sequence[dict[str, Any]], dropped: set[int]) -> dict[str, float]:
    """Shares of copies of which not both they and their source are left.

    `originals dropped`: of families, those of which no page is left.
    """
    counts: dict[str, list[bool]] = {}
    kept: set[int] = set()
    for number, page in enumerate(truth):
        if number not in dropped:
            kept.add(page["base"])
        name = _name(page)
        if name:
            counts.setdefault(f"found: {name}", []).append(number in dropped or page["base"] in dropped)
    found = {name: round(statistics.fmean(values), 5) for name, values in sorted(counts.items())}
    families = {page["base"] for page in truth}
    return {**found, "originals dropped": round(1 - len(kept) / len(families), 6)}


def _name(page: dict[str, Any]) -> str | None:
    if page["kind"] in ("exact", "excerpt"):
        return f"{page['kind']} copies" if page["kind"] == "exact" else "excerpts"
    if page["kind"] != "edited":
        return None
    return next((f"index {low} to {high}" for low, high in BANDS if low <= page["jaccard"] <= high), None)


if __name__ == "__main__":
    main()
