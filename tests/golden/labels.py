"""Our sample pages with their truth as labels: `python tests/golden/labels.py > labels.jsonl`, for score and train."""

import json
import sys
from pathlib import Path

from pipeline import config
from pipeline.workbench import Bench

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Print one object a page."""
    truth = Path(__file__).parent / "samples"
    for page in Bench.of(config.default()).pages(ROOT / "pipeline" / "samples"):
        told = json.loads((truth / page.id).with_suffix(".json").read_text(encoding="utf-8"))
        gold = "\n".join(line for article in told["articles"] for line in article["paragraphs"])
        row = {"id": page.id, "url": f"http://{page.id}", "kind": "sample", "text": page.text, "gold": gold}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
