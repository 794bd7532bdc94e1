"""Pages that share text with evaluation sets."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.config import Config, SourceConfig, default
from pipeline.corpus.overlaps import EvaluationOptions, EvaluationSets, merge, windows_of
from pipeline.document import Page
from pipeline.engine.plan import build
from pipeline.errors import InputError, UsageError
from pipeline.lines import Lines
from pipeline.publish.read import page as read_page
from pipeline.publish.verify import verify

QUESTION = "下列哪一种鸟在悬崖的石缝里筑巢，而且一年只产一枚卵，由雌雄两只轮流孵化？"
ITEM = {"id": "q7", "question": QUESTION, "choices": "甲 乙 丙", "answer": "乙"}
PROSE = "雨停了，街上的人渐渐多起来。卖豆浆的老人推着车出来，车轮压过积水，留下两道浅浅的印子，路灯一盏一盏地灭了。"


def sets(*texts: str, size: int = 20) -> EvaluationSets:
    pages = [Page(f"i{n}", "", meta={"question": text}) for n, text in enumerate(texts)]
    return EvaluationSets.of_table(windows_of(pages, size, "quiz"))


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
    (overlap,) = sets(QUESTION).overlaps(lines, 20)
    assert (overlap.page, overlap.item) == (1, "quiz:i0")
    found = lines.text[overlap.start : overlap.end]
    assert found[0] == "下"
    assert found[-1] in "化"
    assert overlap.letters == sum(c.isalnum() for c in QUESTION)


def test_what_is_shorter_or_stands_on_two_pages_is_no_overlap() -> None:
    letters = "".join(c for c in QUESTION if c.isalnum())
    assert sets(QUESTION).overlaps(Lines.of([letters[:19]]), 20) == []
    assert len(sets(QUESTION).overlaps(Lines.of([letters[:20]]), 20)) == 1
    assert sets(QUESTION).overlaps(Lines.of([letters[:12], letters[12:28]]), 20) == []
    assert sets(QUESTION).overlaps(Lines.of([PROSE]), 20) == []
    assert EvaluationSets().overlaps(Lines.of([QUESTION]), 20) == []


def test_sets_are_merged_and_the_first_names_what_both_have() -> None:
    one, two = (windows_of([Page("a", QUESTION)], 20, name) for name in ("one", "two"))
    other = windows_of([Page("b", PROSE)], 20, "three")
    both = EvaluationSets.of_table(merge([one, two, other]))
    assert {o.item for o in both.overlaps(Lines.of([QUESTION, PROSE]), 20)} == {"one:a", "three:b"}


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
