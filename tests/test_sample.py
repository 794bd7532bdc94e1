"""The sample of pages that grams are counted on: a union of the least hashes, and what a changed page redoes."""

import json
import random
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpus import grams, sample
from pipeline.engine.files import GRAMS, load
from pipeline.engine.plan import build
from pipeline.engine.progress import Event
from pipeline.engine.store import Store
from pipeline.engine.toolkit import Toolkit
from pipeline.engine.uses import clean
from pipeline.lines import Lines
from pipeline.rule import Context, Found, Stage, rule
from pipeline.workbench import Bench
from tests.test_build import config, toolkit


def chosen(parts: list[list[str]]) -> set[str]:
    return {
        parts[page.part][page.row] for page in sample.drawn(sample.of(ids, [bytes(16)] * len(ids)) for ids in parts)
    }


@settings(max_examples=20, deadline=None)
@given(st.sets(st.text(max_size=4), max_size=60), st.integers(0, 99), st.integers(1, 7))
def test_a_sample_does_not_depend_on_order_or_on_parts(ids: set[str], seed: int, count: int) -> None:
    pages = [*ids, *map(str, range(10**6, 10**6 + 2 * sample.SIZE))]
    random.Random(seed).shuffle(pages)
    assert chosen([pages[i::count] for i in range(count)]) == chosen([sorted(pages)])
    assert len(chosen([pages])) == sample.SIZE


def test_a_page_more_changes_a_sample_by_one_page_at_most_and_seldom() -> None:
    pages = [f"p{i}" for i in range(20 * sample.SIZE)]
    before = chosen([pages])
    changes = [len(before ^ chosen([[*pages, f"new{i}"]])) for i in range(200)]
    assert set(changes) <= {0, 2}
    assert sum(map(bool, changes)) < 30  # a twentieth of them is expected


def test_ties_at_the_end_are_all_taken() -> None:
    ranked = np.array([7, 3, 7, 1], dtype=np.uint64)
    assert sample.least(ranked, 3).tolist() == [3, 1, 0, 2]


@rule("WRP999")
def unread(lines: Lines, context: Context) -> Found:
    """Finds nothing, and needs the grams for it."""
    return Found()


@cache
def counting() -> Toolkit:
    """A toolkit that counts grams."""
    return toolkit()._replace(
        stages=(Stage("wraps", (unread,)),), count_grams=grams.of, merge_grams=grams.merge, reading_of=grams.finish
    )


def pages_of(path: Path, count: int) -> list[dict[str, str]]:
    made = []
    for i in range(count):
        rng = random.Random(i)
        text = "，".join("".join(chr(rng.randrange(0x4E00, 0x4E40)) for _ in range(9)) for _ in range(4)) + "。"
        made.append({"id": f"p{i:04d}", "text": text})
    written(path, made)
    return made


def written(path: Path, pages: list[dict[str, str]]) -> None:
    path.write_text("\n".join(json.dumps(p, ensure_ascii=False) for p in pages), encoding="utf-8")


def test_a_changed_page_redoes_all_only_where_it_is_one_of_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    pages = pages_of(path, sample.SIZE + 100)
    cfg = config(tmp_path, path, part_mb=0.02)
    seen: dict[str, Event] = {}

    def redone() -> tuple[int, int]:
        build(cfg, lambda e: seen.update({e.name: e}), counting)
        return seen["clean"].parts - seen["clean"].kept, seen["shape"].parts - seen["shape"].kept

    every = redone()[0]
    assert every > 2
    counted = 1
    within = chosen([[p["id"] for p in pages]])
    for member, expected in ((False, 1), (True, every)):
        i = next(i for i, p in enumerate(pages) if (p["id"] in within) == member)
        pages[i] = {**pages[i], "text": pages[i]["text"].replace("，", "、", 1)}
        written(path, pages)
        assert redone() == (1, expected)
        counted += member
        assert len(list((tmp_path / "store").glob("grams-*"))) == counted
    clean(Store(tmp_path / "store"))
    assert len(list((tmp_path / "store").glob("grams-*"))) == counted


def test_a_sampled_text_that_is_not_what_was_written_is_made_again(tmp_path: Path) -> None:
    pages = pages_of(tmp_path / "pages.jsonl", 30)
    cfg = config(tmp_path, tmp_path / "pages.jsonl")
    build(cfg, toolkit=counting)
    (whole,) = (tmp_path / "store").glob("grams-*")
    (path,) = (tmp_path / "store").glob("clean-*/pages.arrow")
    text = pages[3]["text"].encode("utf-16-le")
    path.write_bytes(path.read_bytes().replace(text, text.replace("。".encode("utf-16-le"), "！".encode("utf-16-le"))))
    for name in ("grams-*", "templates-*"):
        for made in (tmp_path / "store").glob(name):
            shutil.rmtree(made)
    build(cfg, toolkit=counting)
    assert [p.name for p in (tmp_path / "store").glob("grams-*")] == [whole.name]
    assert text in path.read_bytes()


@pytest.mark.parametrize("part_mb", [0.02, 4])
def test_a_build_and_the_bench_count_the_same_pages(part_mb: float, tmp_path: Path) -> None:
    pages_of(tmp_path / "pages.jsonl", sample.SIZE + 50)
    counted: list[int] = []

    def reading_of(table: object) -> grams.Reading:
        counted.append(grams.finish(table).total)  # type: ignore[arg-type]  # a table of grams
        return grams.default()

    tools = counting()._replace(reading_of=reading_of)
    cfg = config(tmp_path, tmp_path / "pages.jsonl", part_mb=part_mb)
    build(cfg, toolkit=counting)
    (path,) = (tmp_path / "store").glob(f"templates-*/{GRAMS}")
    total = grams.finish(load(path)).total
    bench = Bench.of(replace(cfg, stages={}), tools=tools)
    list(bench.trails_of_corpus(bench.pages(tmp_path / "pages.jsonl")))
    assert counted == [total]
    everything = grams.of(Lines.of([p.text for p in bench.pages(tmp_path / "pages.jsonl")]))
    assert total < grams.finish(everything).total


def test_of_a_long_page_the_beginning_counts() -> None:
    from pipeline.engine.toolkit import Recipe
    from pipeline.rule import Selection

    recipe = Recipe(counting, {}, Selection())
    line = "他们从山上下来，经过那座石桥，又往北走了三里路，天就黑了。"
    long = line * (sample.MAX_CHARS // len(line) + 50)
    assert recipe.grams_of([long]).equals(recipe.grams_of([long[: sample.MAX_CHARS]]))
    assert not recipe.grams_of([long]).equals(grams.of(Lines.of([long])))
