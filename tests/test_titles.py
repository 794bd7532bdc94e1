"""Titles of real pages against what their HTML says of them: floors that only rise. Needs the gold sets."""

import html
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline import config
from pipeline.document import Page
from pipeline.lines import Lines
from pipeline.workbench import Bench

ROOT = Path(__file__).parent.parent
GOLD = ROOT.parent / "shared" / "gold"
FLOORS: dict[str, int] = json.loads((ROOT / "tests" / "quality.json").read_text(encoding="utf-8"))["titles"]

pytestmark = pytest.mark.skipif(not GOLD.is_dir(), reason="no gold data beside the project (../shared/gold)")


def folded(text: str) -> str:
    """A title as it is compared: width, script, case and spaces do not tell."""
    return re.sub(r"\s", "", Lines.of([html.unescape(text)]).folded)


def true_titles(page: str) -> set[str]:
    """What the HTML calls the page: its heading, and its title with and without the names of section and site."""
    out = {folded(re.sub("<[^>]+>", "", found)) for found in re.findall(r"(?is)<h1[^>]*>(.*?)</h1>", page)}
    found = re.search(r"(?is)<title[^>]*>(.*?)</title>", page)
    if found:
        for sign in ("_", "|", " - ", "-", "–", "—", "::", "@"):
            parts = found[1].split(sign)
            out |= {folded(sign.join(parts[:i])) for i in range(1, len(parts) + 1)}
    return out - {""}


def right(title: str, true: set[str]) -> bool:
    """Whether a title is one of these, or one of them cut short as headings of pages are."""
    own = folded(title)
    return own in true or (len(own) >= 6 and any(t.startswith(own) and 5 * len(own) >= 3 * len(t) for t in true))


def counted(name: str) -> Counter[str]:
    """How many titles of a set are right, by its kinds."""
    rows: list[dict[str, Any]] = pq.read_table(GOLD / f"{name}.parquet").to_pylist()
    bench = Bench.of(config.default(), ("encoding", "script", "navigation", "related", "metadata"))
    pages = [Page(str(i), row["dump"]) for i, row in enumerate(rows)]
    out: Counter[str] = Counter()
    at = 0
    for trail in bench.trails(pages):
        titles = {f.page: f.value for f in reversed(trail.fields) if f.name == "title"}
        for index in range(trail.lines.pages):
            kind = rows[at].get("kind")
            out[f"{name} {kind}" if kind else name] += right(titles.get(index, ""), true_titles(rows[at]["html"]))
            at += 1
    return out


@pytest.mark.parametrize("name", ["pages_small", "pages_html"])
def test_no_fewer_titles_are_right_than_were(name: str) -> None:
    got = counted(name)
    floors = {key: floor for key, floor in FLOORS.items() if key.startswith(name)}
    assert got.keys() == floors.keys()
    for key, floor in floors.items():
        assert got[key] >= floor, f"{key}: {got[key]} titles are right, below the floor {floor}"


def test_a_title_may_be_cut_short_but_not_be_another() -> None:
    true = true_titles("<title>青石镇老渡口昨日开出最后一班轮渡_青石晚报</title>")
    assert right("青石鎮老渡口昨日開出最後一班輪渡", true)
    assert right("青石镇老渡口昨日开出最后一班", true)
    assert not right("青石晚报", true)
    assert not right("", true)
