"""Broken lines: how the hard sets of tests/hard_wraps.py come out, and what is joined where nothing is broken.

python -m benchmarks.tasks.wraps PAGES.jsonl

The pages are articles of which each line is a paragraph; the hard sets are made by seed.
"""

import json
import sys
from collections.abc import Sequence

from benchmarks.told import tell
from pipeline.clean import batches, clean
from pipeline.document import Page
from pipeline.stages import wraps
from tests.hard_wraps import SETS, cleaned, made, score

# Pages of each hard set.
PAGES = 60
SPACINGS = (("close", "\n"), ("a blank line apart", "\n\n"))


def main() -> None:
    """Measure and tell."""
    with open(sys.argv[1], encoding="utf-8") as lines:
        articles = [[p for p in json.loads(line)["text"].split("\n") if p.strip()] for line in lines]
    ends = sum(len(article) - 1 for article in articles)
    told: dict[str, object] = {"pages": len(articles), "ends of paragraphs": ends}
    for how, between in SPACINGS:
        told[f"joined wrongly, {how}"] = joined([between.join(article) for article in articles])
    for name in SETS:
        pages = made(name, PAGES)
        got = score(pages, cleaned([page.page for page in pages]))
        told[f"{name}: ends of paragraphs, F1"] = round(got.f1, 4)
        told[f"{name}: paragraphs with their spaces"] = round(got.spaced, 4)
    tell(told)


def joined(texts: Sequence[str]) -> int:
    """How many ends of lines wraps takes out."""
    layers = [clean(group, [wraps.STAGE], {}).layers[0] for group in batches(Page("", text) for text in texts)]
    return sum(
        r in {"WRP101", "WRP102"} and "\n" in t for a in layers for r, t in zip(a.edits.rule, a.removed, strict=True)
    )


if __name__ == "__main__":
    main()
