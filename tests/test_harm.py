"""Text of its own that no rule may take: verse, dialogue, lists, tables, articles and laws without any page around.

Pages of ours lie in tests/harm, a file a form, parted by a line of five equals signs. Of the gold sets a sample runs
with the suite; `make harm` runs all articles and 300 laws, and prints what each rule took.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline import config
from pipeline.audit import quality
from pipeline.audit.labels import MAIN, UNKNOWN, Labelled
from pipeline.workbench import Bench

ROOT = Path(__file__).parent.parent
OWN = ROOT / "tests" / "harm"
GOLD = ROOT.parent / "shared" / "gold"
FLOORS: dict[str, float] = json.loads((ROOT / "tests" / "quality.json").read_text(encoding="utf-8"))["harm"]
ALL = os.environ.get("JINGWEN_HARM") == "all"
FORMS = tuple(sorted(path.stem for path in OWN.glob("*.txt")))

# What is taken here, and by which rule: each is a fault to be mended, and a case in the fixture of its rule.
KNOWN: dict[str, set[str]] = {}
# The set also holds the notes of those who collected it, which are no law.
_ARTICLE = re.compile(r"第[一二三四五六七八九十]+条|^一、", re.MULTILINE)
# Comments that those who collected the laws put between their parts.
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def page(key: str, text: str, title: str = "") -> Labelled:
    """A page that is nothing but text; its title may become a field and is not counted."""
    labels = np.full(len(text), MAIN, dtype=np.int8)
    labels[: len(title)] = UNKNOWN
    return Labelled(key, "text", "", text, text, labels)


def own_pages(form: str) -> Iterator[Labelled]:
    text = (OWN / f"{form}.txt").read_text(encoding="utf-8")
    for number, part in enumerate(text.split("\n=====\n"), 1):
        yield page(f"{form} {number}", part.strip("\n"))


def articles(step: int) -> Iterator[Labelled]:
    for row in pq.read_table(GOLD / "prose.parquet").to_pylist()[::step]:
        yield page(row["id"], "\n".join([row["title"], *row["paragraphs"]]), row["title"])


def laws(count: int) -> Iterator[Labelled]:
    rows = [r for r in pq.read_table(GOLD / "laws.parquet").to_pylist() if _ARTICLE.search(r["text"])]
    for row in rows[:: max(1, len(rows) // count)][:count]:
        out = page(row["id"], row["text"], row["text"].split("\n")[0])
        for comment in _COMMENT.finditer(row["text"]):
            out.labels[comment.start() : comment.end()] = UNKNOWN
        yield out


def taken(pages: list[Labelled]) -> tuple[float, dict[str, int]]:
    """The share of the characters that rules took, and how many each of them."""
    found = quality.scored("harm", pages, Bench.of(config.default()))
    total = sum(len(re.sub(r"\s", "", p.text)) for p in pages)
    by_rule = Counter({code: d.text_chars for code, d in found.rules.items() if d.text_chars})
    return by_rule.total() / total, dict(by_rule.most_common())


@pytest.mark.parametrize("form", FORMS)
def test_a_page_of_nothing_but_text_keeps_all_of_it(form: str) -> None:
    wrong = {}
    for one in own_pages(form):
        _, by_rule = taken([one])
        if by_rule.keys() != KNOWN.get(one.id, set()):
            wrong[one.id] = by_rule
    assert not wrong


def test_there_is_verse_and_dialogue_enough() -> None:
    assert len(list(own_pages("verse"))) >= 20
    assert len(list(own_pages("dialogue"))) >= 20
    assert set(KNOWN) <= {one.id for form in FORMS for one in own_pages(form)}


@pytest.mark.skipif(not GOLD.is_dir(), reason="no gold data beside the project (../shared/gold)")
@pytest.mark.parametrize("kind", ["prose", "laws"])
def test_articles_and_laws_keep_their_text(kind: str) -> None:
    pages = list(articles(1 if ALL else 25) if kind == "prose" else laws(300 if ALL else 60))
    share, by_rule = taken(pages)
    if ALL:
        print(f"{kind}: {len(pages)} pages, {100 * share:.4f} % of their characters taken: {by_rule}")  # noqa: T201
    assert share <= FLOORS[kind], f"{kind}: {100 * share:.4f} % of the characters taken: {by_rule}"
