"""Pages that share text with evaluation sets."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline.config import Config, SourceConfig, default
from pipeline.corpus.overlaps import EvaluationOptions, EvaluationSets, Overlap, merge, windows_of
from pipeline.document import Field, Page
from pipeline.engine.plan import build
from pipeline.engine.toolkit import Toolkit
from pipeline.errors import InputError, UsageError
from pipeline.lines import Lines
from pipeline.publish.read import page as read_page
from pipeline.publish.verify import verify
from pipeline.rule import Context, Found, Stage, rule
from pipeline.stages import duplicates, evaluation, templates
from tests.test_build import toolkit

QUESTION = "下列哪一种鸟在悬崖的石缝里筑巢，而且一年只产一枚卵，由雌雄两只轮流孵化？"
ITEM = {"id": "q7", "question": QUESTION, "choices": "甲 乙 丙", "answer": "乙"}
PROSE = "雨停了，街上的人渐渐多起来。卖豆浆的老人推着车出来，车轮压过积水，留下两道浅浅的印子，路灯一盏一盏地灭了。"


def sets(*texts: str, size: int = 20) -> EvaluationSets:
    pages = [Page(f"i{n}", "", meta={"question": text}) for n, text in enumerate(texts)]
    return EvaluationSets.of_table(windows_of(pages, size, "quiz"))


def overlaps(of: EvaluationSets, *pages: str) -> list[Overlap]:
    lines = Lines.of([*pages])
    return of.overlaps(lines, 20, lines.page_start[:-1])


@pytest.mark.parametrize(
    "shown",
    [
        QUESTION,
        QUESTION.replace("，", ", ").replace("？", "?"),
        "下列哪一种鸟在悬崖的石缝里\n筑巢，而且一年只产一枚卵\n由雌雄两只轮流孵化",
        "下列哪一種鳥在懸崖的石縫裡築巢，而且一年只產一枚卵，由雌雄兩隻輪流孵化？",
    ],
)
def test_an_item_is_found_whatever_its_punctuation_line_ends_and_script(shown: str) -> None:
    lines = Lines.of([PROSE, f"测验\n{shown}\n答案见下期"])
    (overlap,) = sets(QUESTION).overlaps(lines, 20, lines.page_start[:-1])
    assert (overlap.document, overlap.item) == (1, "quiz:i0")
    found = lines.text[overlap.start : overlap.end]
    assert found[0] == "下"
    assert found[-1] in "化"
    assert overlap.letters == sum(c.isalnum() for c in QUESTION)


def test_what_is_shorter_or_stands_on_two_pages_is_no_overlap() -> None:
    letters = "".join(c for c in QUESTION if c.isalnum())
    assert overlaps(sets(QUESTION), letters[:19]) == []
    assert len(overlaps(sets(QUESTION), letters[:20])) == 1
    assert overlaps(sets(QUESTION), letters[:12], letters[12:28]) == []
    assert overlaps(sets(QUESTION), PROSE) == []
    assert overlaps(EvaluationSets(), QUESTION) == []
    one = Lines.of([f"{letters[:12]}\n{letters[12:28]}"])
    assert len(sets(QUESTION).overlaps(one, 20, np.array([0]))) == 1
    assert sets(QUESTION).overlaps(one, 20, np.array([0, 13])) == []  # two documents of a page


def test_sets_are_merged_and_the_first_names_what_both_have() -> None:
    one, two = (windows_of([Page("a", QUESTION)], 20, name) for name in ("one", "two"))
    other = windows_of([Page("b", PROSE)], 20, "three")
    both = EvaluationSets.of_table(merge([one, two, other]))
    assert {o.item for o in overlaps(both, QUESTION, PROSE)} == {"one:a", "three:b"}


def settings(home: Path, **options: Any) -> Config:
    rows = [
        {"id": f"p{i}", "url": f"http://s.example/{i}", "text": f"{PROSE[i:]}\n第{i}页的正文在这里。"} for i in range(6)
    ]
    rows[2]["text"] = f"{PROSE}\n鸟类小测验：{QUESTION}\n编辑部供稿，第二页。"
    (home / "pages.jsonl").write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    (home / "quiz.jsonl").write_text(json.dumps(ITEM, ensure_ascii=False) + "\n", encoding="utf-8")
    made = default(home / "pages.jsonl", build={"out": str(home / "R"), "store": str(home / "store"), "workers": 1},
                   rules={"ignore": ["DUP"]})  # fmt: skip
    own = EvaluationOptions(**{"sets": (str(home / "quiz.jsonl"),), **options})
    return replace(made, stages={**made.stages, "evaluation": own}, source=SourceConfig(str(home / "pages.jsonl")))


def test_a_page_with_an_item_is_dropped_with_the_place(tmp_path: Path) -> None:
    made = build(settings(tmp_path))
    dropped = read_page(made.path, "p2").dropped
    assert dropped is not None
    assert dropped["rule"] == "EVL101"
    start = len(f"{PROSE}\n鸟类小测验：")
    assert dropped["reason"].startswith("evaluation set: shares 33 characters with quiz.jsonl:q7 at ")
    a, b = map(int, dropped["reason"].rpartition(" ")[2].split("-"))
    assert dropped["text"][start:][: b - a].startswith("下列哪一种鸟")
    assert made.documents == 5
    assert list(verify(made.path, all=True)) == []


def test_a_page_is_marked_with_the_place_where_asked(tmp_path: Path) -> None:
    made = build(settings(tmp_path, action="mark"))
    rows = {row["page_id"]: row for row in pq.read_table(made.path / "documents").to_pylist()}
    assert len(rows) == 6
    assert [p for p, row in rows.items() if row["overlaps"]] == ["p2"]
    (said,) = rows["p2"]["overlaps"]
    item, _, place = said.rpartition(" at ")
    a, b = map(int, place.split("-"))
    assert item == "quiz.jsonl:q7"
    assert rows["p2"]["text"][a:b] == QUESTION[:-1]
    fields = pq.read_table(made.path / "fields").to_pylist()
    assert [(f["page_id"], f["start"], f["end"]) for f in fields if f["name"] == "overlaps"] == [("p2", a, b)]


def test_other_items_in_the_same_file_are_looked_for_anew(tmp_path: Path) -> None:
    own = settings(tmp_path)
    assert build(own).documents == 5
    (tmp_path / "quiz.jsonl").write_text(
        json.dumps({"id": "x", "text": "与本语料毫不相干的一道很长很长的题目在这里呀"}, ensure_ascii=False)
    )
    assert build(own).documents == 6


def test_a_set_that_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl"):
        build(settings(tmp_path, sets=(str(tmp_path / "none.jsonl"),)))
    own = settings(tmp_path, min_chars=200)
    with pytest.raises(UsageError, match=r"no item of this evaluation set has 200 letters"):
        build(own)


# ---- pages of several documents


@rule("TST601")
def headed(lines: Lines, context: Context) -> Found:
    """A document begins at a line `题：…`, which is its title and goes, as do its date and its editor."""
    rows = np.flatnonzero(np.isin(lines.first, [ord(c) for c in NAMES]))
    fields = [
        Field(int(lines.page[r]), NAMES[s[0]], s[2:], int(lines.start[r] - lines.page_start[lines.page[r]]),
              int(lines.end[r] - lines.page_start[lines.page[r]]), "")
        for r in rows.tolist() for s in [lines.string(r)]
    ]  # fmt: skip
    titles = rows[lines.first[rows] == ord("题")]
    mask = np.zeros(len(lines), dtype=bool)
    mask[rows] = True
    return Found(rows=mask, fields=fields, breaks=titles[lines.row[titles] > 0])


NAMES = {"题": "title", "日": "date", "编": "editor"}
STAGES = (templates.STAGE, Stage("articles", (headed,)), evaluation.STAGE, duplicates.STAGE)


def of_articles() -> Toolkit:
    """Documents, each with a title and an editor, and evaluation sets."""
    return toolkit()._replace(stages=STAGES)


def article(i: int, quiz: bool) -> str:
    """A document with its fields; the date of the page stands in the first."""
    day = "日：2024-05-06\n" if i == 0 else ""
    body = PROSE[3 * i :] + (f"\n答一答：{QUESTION}" if quiz else "")
    return f"题：题{i}\n{day}{body}\n编：编{i}"


@pytest.mark.parametrize("gone", [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]])
def test_only_the_documents_of_a_page_that_share_text_go_with_what_was_said_of_them(
    gone: list[int], tmp_path: Path
) -> None:
    raw = "\n".join(article(i, i in gone) for i in range(3))
    rows = [{"id": "p", "text": raw}, {"id": "q", "text": article(0, False)[5:]}]
    own = settings(tmp_path)
    (tmp_path / "pages.jsonl").write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    made = build(own, toolkit=of_articles)
    assert list(verify(made.path, all=True)) == []
    page = read_page(made.path, "p")
    assert page.raw == raw
    left = [i for i in range(3) if i not in gone]
    assert [(d["title"], d["editor"], d["date"]) for d in page.documents] == [
        (f"题{i}", f"编{i}", "2024-05-06") for i in left
    ]
    assert [d["text"] for d in page.documents] == [PROSE[3 * i :] for i in left]
    told = [e for layer in page.layers if layer.stage == "evaluation" for e in layer.edits.rows()]
    if not left:
        assert page.dropped is not None
        assert page.dropped["reason"] == told[0].note
        return
    assert page.dropped is None
    starts = [len(PROSE[3 * i :]) + len("\n答一答：") for i in gone]
    assert [e.note for e in told] == [
        f"evaluation set: shares 33 characters with quiz.jsonl:q7 at {a}-{a + len(QUESTION) - 1}" for a in starts
    ]
    orphans = {
        (row["name"], row["value"])
        for row in pq.read_table(made.path / "fields").to_pylist()
        if row["page_id"] == "p" and row["doc_id"] is None
    }
    assert orphans == {pair for i in gone for pair in (("title", f"题{i}"), ("editor", f"编{i}"))}


def test_a_mark_says_where_in_its_document_the_stretch_stands(tmp_path: Path) -> None:
    own = settings(tmp_path, action="mark")
    rows = [{"id": "p", "text": "\n".join(article(i, i == 1) for i in range(3))}]
    (tmp_path / "pages.jsonl").write_text(json.dumps(rows[0], ensure_ascii=False), encoding="utf-8")
    marked = read_page(build(own, toolkit=of_articles).path, "p").documents
    assert [len(d["overlaps"]) for d in marked] == [0, 1, 0]
    a, b = map(int, marked[1]["overlaps"][0].rpartition(" ")[2].split("-"))
    assert marked[1]["text"][a:b] == QUESTION[:-1]
