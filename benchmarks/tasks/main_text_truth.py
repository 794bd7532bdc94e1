"""Main text against what people marked, for any tool alike: precision, recall and F1 of Han characters in order.

python -m benchmarks.tasks.main_text_truth TEXTS.jsonl TRUTH.jsonl

As `jingwen score` does: a title that the gold text begins with and the text does not is put before it, for every tool
that tells the title.
"""

import json
import statistics
import sys
from collections import defaultdict
from typing import Any

from benchmarks.told import tell
from pipeline.audit.quality import overlap

# Where a title may stand in the gold text.
_SLACK = 40


def main() -> None:
    """Score, and tell means by kind."""
    got = {str(row["id"]): row for row in _rows(sys.argv[1])}
    scores: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for page in _rows(sys.argv[2]):
        row = got.get(str(page["id"]), {})
        scores[page["kind"]].append(overlap(page["gold"], _text(page["gold"], row)))
    counts: dict[str, object] = {}
    for kind, values in sorted(scores.items()):
        for name, column in zip(("precision", "recall", "F1"), zip(*values, strict=True), strict=True):
            counts[f"{kind}: {name}"] = round(statistics.fmean(column), 4)
    tell(counts)


def _text(gold: str, row: dict[str, Any]) -> str:
    text, title = row.get("text") or "", (row.get("title") or "").strip()
    slack = len(title) + _SLACK
    return f"{title}\n{text}" if title and title in gold[:slack] and title not in text[:slack] else text


def _rows(path: str) -> list[dict[str, Any]]:
    with open(path, encoding="utf-8", errors="surrogatepass") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()
