"""Broken lines on text of others: joins where nothing is broken, paragraphs of made pages, and the speed of the stages.

Gold and the yardstick lie beside the project, in ../shared; where they are not, these tests say so and skip.
"""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.clean import batches, clean
from pipeline.config import default
from pipeline.document import Page
from pipeline.rule import Stage
from pipeline.stages import STAGES
from pipeline.workbench import Bench

SHARED = Path(__file__).parent.parent.parent / "shared"
WRAPS = [stage for stage in STAGES if stage.name == "wraps"]

pytestmark = pytest.mark.skipif(not (SHARED / "gold").is_dir(), reason="no gold data beside the project (../shared)")


@cache
def articles() -> list[list[str]]:
    """The paragraphs of articles in which nothing is broken."""
    column = pq.read_table(SHARED / "gold" / "prose.parquet")["paragraphs"]
    return [[p for p in row if p.strip()] for row in column.to_pylist()]


def wrong_joins(between: str) -> int:
    """How many ends of those paragraphs are joined with the next."""
    wrong = 0
    for group in batches(Page(str(i), between.join(a)) for i, a in enumerate(articles())):
        for layer in clean(group, WRAPS, {}).layers:
            columns = zip(layer.edits.rule, layer.removed, strict=True)
            wrong += sum(rule in {"WRP101", "WRP102"} and "\n" in taken for rule, taken in columns)
    return wrong


@pytest.mark.parametrize("between", ["\n", "\n\n"], ids=["close", "apart"])
def test_at_most_one_line_end_in_ten_thousand_is_joined_where_nothing_is_broken(between: str) -> None:
    assert wrong_joins(between) * 10_000 <= sum(len(a) - 1 for a in articles())


@pytest.mark.skipif(not (SHARED / "tools").is_dir(), reason="no yardstick beside the project (../shared/tools)")
def test_paragraphs_of_made_pages_come_out_whole(tmp_path: Path) -> None:
    assert whole(tmp_path, 1500) >= 0.98


def whole(folder: Path, pages: int) -> float:
    """The share of the paragraphs of made pages that come out whole, by what is shipped, without a corpus."""
    command = [sys.executable, SHARED / "tools" / "make_corpus.py", pages, folder, "--seed", 7]
    subprocess.run([*map(str, command)], check=True, capture_output=True)
    hit = total = 0
    truth = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").split("\n") if line]
    records = Bench.of(default()).records([folder / "pages.jsonl"])
    for row, record in zip(truth, records, strict=True):
        want = Counter(filter(None, map(squeezed, row["paragraphs"])))
        have = Counter(squeezed(line) for d in record["documents"] for line in d["text"].split("\n"))
        hit, total = hit + (want & have).total(), total + want.total()
    return hit / total


def squeezed(text: str) -> str:
    """A text without white space."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("between", ["\n", "\n\n"], ids=["close", "apart"])
def test_the_stage_is_fast_where_nothing_is_broken(between: str) -> None:
    texts = [between.join(a) for a in articles()[:1500]]
    # 100 MB of UTF-8 a CPU second on a quiet machine.
    assert max(speed(texts, WRAPS) for _ in range(3)) >= 40


def speed(texts: Sequence[str], stages: Sequence[Stage]) -> float:
    """MB of UTF-8 a CPU second that stages take, without what every stage needs: batches and their lines."""
    groups = list(batches(Page(str(i), text) for i, text in enumerate(texts)))
    seconds = []
    for chosen in ([], stages):
        begin = time.process_time()
        for group in groups:
            clean(group, chosen, {})
        seconds.append(time.process_time() - begin)
    return sum(len(text.encode()) for text in texts) / 1e6 / max(seconds[1] - seconds[0], 1e-9)
