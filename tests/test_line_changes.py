"""Lines that sites repeat, reckoned anew for the sites of changed parts alone: the same as from the beginning."""

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpus import line_counts
from pipeline.corpus.line_changes import of_sites, replaced, sites_between
from pipeline.engine import templates
from pipeline.engine.files import TEMPLATES, load
from pipeline.engine.plan import build
from pipeline.engine.store import RESULT, Store
from pipeline.engine.sums import Changed, Sums
from tests.test_build import bytes_of, config, make_pages, toolkit

# A page: its site, its body, and which of a few lines stand on it.
PAGES = st.tuples(st.integers(0, 3), st.integers(0, 400), st.frozensets(st.integers(1, 5), max_size=3))
PARTS = st.lists(st.lists(PAGES, max_size=12), min_size=1, max_size=6)
OPTIONS = line_counts.TemplatesOptions(min_pages=2, min_share=0.2, min_block_share=0.4, min_prose_share=0.6)


def _counted(pages: list[tuple[int, int, frozenset[int]]]) -> pa.Table:
    rows = [(site, line, body) for site, body, lines in pages for line in (0, *lines)]
    columns = zip(*rows, strict=True) if rows else [(), (), ()]
    made = [np.array(c, dtype=t.to_pandas_dtype()) for c, t in zip(columns, line_counts.SCHEMA.types, strict=True)]
    return line_counts._least(*made)


def _templates(parts: list[pa.Table]) -> pa.Table:
    return line_counts.finish(line_counts.merge(parts), OPTIONS).to_table()


def _reckoned(old: list[pa.Table], new: list[pa.Table], gone: list[pa.Table], come: list[pa.Table]) -> None:
    """Hold what changed parts say of all against all of them."""
    before, expected = _templates(old), _templates(new)
    sites = sites_between(gone, come)
    found = replaced(before, sites, _templates([of_sites(part, sites) for part in new]))
    assert found.equals(expected)
    of = line_counts.Templates.of_table
    changed = Changed(of(expected).differing(of(before), OPTIONS), sites)
    for part in new:
        if not changed.stand_in(part):
            assert of(expected).digest(part, OPTIONS) == of(before).digest(part, OPTIONS)


@settings(max_examples=60, deadline=None)
@given(PARTS, st.lists(PAGES, max_size=12), st.data())
def test_sites_of_changed_parts_are_all_there_is_to_reckon_anew(
    parts: list[list[tuple[int, int, frozenset[int]]]],
    come: list[tuple[int, int, frozenset[int]]],
    data: st.DataObject,
) -> None:
    at = data.draw(st.integers(0, len(parts) - 1))
    old = [_counted(part) for part in parts]
    own = [] if data.draw(st.booleans()) else [_counted(come)]
    _reckoned(old, [*old[:at], *own, *old[at + 1 :]], [old[at]], own)


def test_lines_of_more_bodies_than_are_kept_are_reckoned_alike() -> None:
    rng = random.Random(3)
    parts = [[(0, rng.randrange(1 << 32), frozenset({1, rng.randrange(2, 5)})) for _ in range(150)] for _ in range(4)]
    old = [_counted(part) for part in parts]
    for body in (0, 1 << 31, (1 << 32) - 1):  # the least of all, and one that is not kept in any case
        other = _counted([(0, body, frozenset({1})), *parts[1][1:]])
        _reckoned(old, [old[0], other, *old[2:]], [old[1]], [other])


def test_a_line_that_is_on_one_page_less_is_a_change_of_its_site_alone() -> None:
    pages = [(site, body, frozenset({1})) for site in (0, 1) for body in range(5)]
    assert sites_between([_counted(pages)], [_counted(pages[1:])]).tolist() == [0]
    assert sites_between([_counted(pages)], [_counted(pages[5:]), _counted(pages[:5])]).tolist() == []


# --- in a build


SELDOM = "联系我们 广告服务 会员之家"


def _begun(path: Path) -> Path:
    """Pages of two sites, on one of which four have a line that would be of the site if it stood on one more."""
    rows = [json.loads(line) for line in make_pages(path, 150).read_text(encoding="utf-8").split("\n")]
    for i in (31, 61, 91, 121):
        rows[i]["text"] += f"\n{SELDOM}"
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    return path


def _changed(pages: Path, step: int) -> None:
    """Put a menu more on a page, take a page out, put one in, take a menu away."""
    rows = [json.loads(line) for line in pages.read_text(encoding="utf-8").split("\n")]
    at = random.Random(step).randrange(20, len(rows))
    text = str(rows[at]["text"])
    if step == 0:
        rows[at]["text"] = f"{text}\n本站导航 首页"
    elif step == 1:
        del rows[at]
    elif step == 2:
        rows.insert(at, {"id": "new", "url": "http://site1.example/n", "text": f"新的一篇\n{text}\n{SELDOM}"})
    else:
        rows[at]["text"] = text.replace("本站导航 首页 新闻 论坛\n", "")
    pages.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")


def _told(home: Path) -> tuple[pa.Table, list[str]]:
    key = Store(home / "store").newest("templates")[0]
    return load(home / "store" / key / TEMPLATES), json.loads((home / "store" / key / RESULT).read_bytes())["parts"]


def _told_of_parts(home: Path) -> dict[str, str]:
    told = json.loads((home / "store" / Store(home / "store").newest("templates")[0] / RESULT).read_bytes())
    return dict(zip(told["cleaned"], told["parts"], strict=True))


def test_a_build_after_changes_tells_of_lines_what_a_first_build_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []
    whole = Sums.templates

    def counted(*args: Any) -> pa.Table:
        asked.append(len(args[4]) if len(args) > 4 else None)
        return whole(*args)

    monkeypatch.setattr(Sums, "templates", counted)
    home = tmp_path / "home"
    home.mkdir()
    pages = _begun(home / "pages.jsonl")
    build(config(home, pages, part_mb=0.004), toolkit=toolkit)
    others = []
    for seed in range(4):
        _changed(pages, seed)
        before = _told_of_parts(home)
        made = build(config(home, pages, part_mb=0.004, version=f"2.{seed}.0"), toolkit=toolkit)
        afresh = tmp_path / "afresh"
        afresh.mkdir()
        shutil.copy(pages, afresh)
        other = build(config(afresh, afresh / "pages.jsonl", part_mb=0.004, version=f"2.{seed}.0"), toolkit=toolkit)
        assert _told(home)[0].equals(_told(afresh)[0])
        assert _told(home)[1] == _told(afresh)[1]
        after = _told_of_parts(home)
        others.append(sum(before[key] != after[key] for key in before.keys() & after.keys()))
        tables = [{n: d for n, d in bytes_of(a.path).items() if n.endswith(".parquet")} for a in (made, other)]
        assert tables[0] == tables[1]
        shutil.rmtree(afresh)
    assert others[:2] == [0, 0], "no part is told anything new"
    assert others[2] > 1, "of the line that has become one of the site"
    assert asked == [None, 1, None, 1, None, 1, None, 1, None]


def test_what_stands_is_the_newest_that_was_done_so_and_is_there(tmp_path: Path) -> None:
    store = Store(tmp_path)
    parts = [f"clean-{i}" for i in range(8)]
    for key in parts:
        store.once(key, lambda _: {})

    def step(key: str, how: str, cleaned: list[str]) -> None:
        store.once(
            key, lambda _: {"how": how, "cleaned": cleaned, "parts": [f"{c} saidG" for c in cleaned], "grams": "G"}
        )

    assert templates.Standing.of(store, "so", parts) is None
    step("templates-a", "so", parts[:6])
    found = templates.Standing.of(store, "so", parts)
    assert found is not None
    assert (found.key, found.cleaned, found.said[0]) == ("templates-a", parts[:6], "clean-0 said")
    assert templates.Standing.of(store, "otherwise", parts) is None
    assert templates.Standing.of(store, "so", ["clean-0", "clean-9"]) is None, "most parts are others"
    store.discard("clean-5")
    assert templates.Standing.of(store, "so", [*parts[:5], *parts[6:]]) is None, "what went is not there to be told"
