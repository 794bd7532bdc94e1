"""An extractor for HTML: it chooses among the lines of a page, and all that it leaves out is an edit."""

import importlib.util
import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline import config
from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.engine import plan
from pipeline.errors import UsageError
from pipeline.hints import Hints
from pipeline.publish import manifest
from pipeline.publish.read import shards
from pipeline.publish.schema import DOCUMENTS, EDITS, Table
from pipeline.publish.verify import check
from pipeline.sources import Part, digest, parts, read
from pipeline.sources.html.extracted import taken_lines
from tests.archives import response

TEXT = (
    "傍晚六点，最后一班轮渡离开青石镇码头，船上坐着十几位老乘客，有人带了相机，有人什么也没带。",
    "船工周守田今年五十八岁，在这条江上来回走了三十一年，他说，桥通了是好事，只是有些舍不得。",
    "新桥下个月通车，从镇上到县城只要二十分钟，比坐轮渡快了一个小时，票价也便宜了不少。",
)
PAGE = (
    "<html><head><title>渡口昨日停航</title></head><body><nav><a href='/'>首页</a> <a href='/b'>论坛</a></nav>"
    "<article><h1>渡口昨日停航（{i}）</h1>" + "".join(f"<p>{t}{{i}}</p>" for t in TEXT) + "</article>"
    "<aside><h3>大家都在看</h3><ul><li><a href='/1'>老码头将改成公园，留一艘船</a></li></ul></aside>"
    "<footer>青石在线 版权所有</footer></body></html>"
)


# --- which lines stand in what an extractor prints


def test_a_heading_that_a_menu_repeats_is_found_where_the_text_has_it() -> None:
    lines = ["首页", "老渡口的最后一班船", "关于我们的网站", "老渡口的最后一班船", TEXT[0], "老渡口的最后一班船"]
    text = f"老渡口的最后一班船\n{TEXT[0]}"
    # Of the two that could be meant either chain holds as much; one of them is taken, and never the one below.
    assert sum(taken_lines(lines, text)[i] for i in (1, 3)) == 1
    assert taken_lines(lines, text)[4:] == [True, False]


def test_a_line_far_ahead_does_not_cost_what_lies_between() -> None:
    lines = ["新桥下个月通车，从镇上到县城", *TEXT, "来源：青石晚报"]
    assert taken_lines(lines, "\n".join(TEXT)) == [False, True, True, True, False]


def test_short_lines_count_only_beside_what_was_found() -> None:
    lines = ["茶", TEXT[0], "茶", TEXT[1], "论坛"]
    assert taken_lines(lines, f"{TEXT[0]}茶{TEXT[1]}") == [False, True, True, True, False]
    assert taken_lines(["茶"], "") == [False]


def test_a_line_of_which_less_than_half_was_taken_is_not() -> None:
    half, other = TEXT[0][:18], TEXT[1]
    assert taken_lines([f"{half}{other}"], half) == [False]
    assert taken_lines([f"{half}（见图）"], half) == [True]


@pytest.mark.parametrize("line", ["甲乙丙丁戊己庚辛", "甲" * 8, "茶"])
def test_lines_are_found_in_linear_time(line: str) -> None:
    def seconds(count: int) -> float:
        begin = time.process_time()
        taken_lines([line] * count, line * count)
        return time.process_time() - begin

    small = min(seconds(2000) for _ in range(3))
    assert seconds(16_000) < 8 * 3 * small + 0.5


# --- the whole way


needed = pytest.mark.skipif(
    importlib.util.find_spec("trafilatura") is None, reason="an extra: pip install 'jingwen[trafilatura]'"
)


def _config(tmp_path: Path, path: Path, name: str, **source: str) -> config.Config:
    build = {"out": str(tmp_path / "out"), "store": str(tmp_path / "store"), "workers": 1}
    return config.default(str(path), corpus={"name": name}, source=source, build=build)


@needed
def test_all_that_the_extractor_leaves_out_is_an_edit_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"id": f"p{i}", "html": PAGE.replace("{i}", f"，{i}")} for i in range(3)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    made = plan.build(_config(tmp_path, path, "asked", extractor="trafilatura"))
    plain = plan.build(_config(tmp_path, path, "plain"))
    check(made.path, all=True)
    versions = [manifest.load(release.path)["lock"] for release in (made, plain)]
    assert ["trafilatura" in told for told in versions] == [True, False]

    def told(release: Path, table: Table) -> list[dict[str, object]]:
        return [row for shard in shards(release, table) for row in pq.read_table(shard).to_pylist()]

    left_out = [row["removed"] for row in told(made.path, EDITS) if row["rule"] == "NAV203"]
    assert any("版权所有" in str(removed) for removed in left_out)
    assert not any(row["rule"] in {"NAV201", "NAV202"} for row in told(made.path, EDITS))
    assert not any(row["rule"] == "NAV203" for row in told(plain.path, EDITS))
    for row in told(made.path, DOCUMENTS):
        assert row["title"] == f"渡口昨日停航（，{str(row['page_id'])[1:]}）"
        assert all(text in str(row["text"]) for text in TEXT)
    # What is raw is the whole page, as it is read without an extractor.
    for name in ("raw_digest", "text_digest"):
        assert {r[name] for r in told(made.path, DOCUMENTS)} == {r[name] for r in told(plain.path, DOCUMENTS)}


@needed
@pytest.mark.parametrize("suffix", [".jsonl", ".html", ".warc"])
def test_pages_of_every_format_are_shown_to_the_extractor(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    html = PAGE.replace("{i}", "")
    data = {
        ".jsonl": json.dumps({"html": html}).encode(), ".html": html.encode(), ".warc": response(0, html.encode())
    }  # fmt: skip
    path.write_bytes(data[suffix])
    (page,) = _pages(path, extractor="trafilatura")
    (plain,) = _pages(path)
    assert (page.text, page.digest) == (plain.text, plain.digest)
    taken = {line for line, choice in zip(page.text.split("\n"), _taken(page), strict=True) if choice == 1}
    assert taken == {"渡口昨日停航（）", *TEXT}
    assert set(_taken(plain)) == {-1}


@needed
def test_a_page_of_which_nothing_is_taken_is_cleaned_as_if_none_was_asked(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>甲</p>", encoding="utf-8")
    (tmp_path / "b.html").write_text("<p>" * 100_001 + TEXT[0], encoding="utf-8")
    for page in _pages(tmp_path, extractor="trafilatura"):
        assert set(_taken(page)) == {-1}, page.id


@needed
def test_a_part_is_another_where_an_extractor_is_asked(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (plain,) = parts(SourceConfig(str(tmp_path)), 1 << 20)
    (asked,) = parts(SourceConfig(str(tmp_path), extractor="trafilatura"), 1 << 20)
    assert digest(plain) != digest(asked)
    assert digest(replace(asked, extractor="")) == digest(plain)
    assert Part.of(json.loads(json.dumps(asdict(asked)))) == asked


def test_an_extractor_that_is_not_there_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr("pipeline.sources.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'jingwen\[trafilatura\]'"):
        parts(SourceConfig(str(tmp_path), extractor="trafilatura"), 1 << 20)
    with pytest.raises(ValueError, match="known extractors: trafilatura"):
        SourceConfig(str(tmp_path), extractor="goose")


def _pages(path: Path, **settings: str) -> list[Page]:
    return [page for part in parts(SourceConfig(str(path), **settings), 1 << 20) for page in read(part)]


def _taken(page: Page) -> list[int]:
    assert isinstance(page.hints, Hints)
    taken: list[int] = page.hints.taken.tolist()
    return taken
