"""Scores against labels: what they count, and what the command says of files that are no labels."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config
from pipeline.audit import quality
from pipeline.audit.labels import MAIN, OTHER, UNKNOWN, labelled
from pipeline.errors import InputError, UsageError
from pipeline.workbench import Bench

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT.parent / "shared" / "gold"
BODY = [
    "傍晚六点，最后一班轮渡离开青石镇码头，船上坐着十几位老乘客，有人带了相机，有人什么也没带，只是想再坐一次。",
    "船工周守田今年五十八岁，在这条江上来回走了三十一年，他说，桥通了是好事，只是以后早上醒来，不知道该往哪里去。",
    "明天起轮渡停开，码头上的售票亭要改成一间小小的陈列室，里面放着历年的船票，最早的一张是手写的。",
]
TITLE = "青石镇老渡口昨日开出最后一班轮渡"
PAGE = "\n".join(
    ["首页", "新闻", "论坛", "登录", TITLE, "2019年5月2日 来源：青石晚报", *BODY, "相关新闻", "别处的事情一二三", ""]
)


def bench() -> Bench:
    return Bench.of(config.default())


def spans(*texts: str) -> list[dict[str, object]]:
    """A line of labels for each line of the page, main where it is one of these."""
    out: list[dict[str, object]] = []
    at = 0
    for line in PAGE.split("\n"):
        if line:
            out.append({"start": at, "end": at + len(line), "main": line in texts})
        at += len(line) + 1
    return out


def labels_file(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_page_cleaned_right_has_full_marks_and_every_rule_too(tmp_path: Path) -> None:
    path = labels_file(tmp_path / "a.jsonl", {"id": 1, "text": PAGE, "lines": spans(*BODY), "kind": "news"})
    found = quality.score(path, bench())
    assert [(s.id, s.kind, s.f1) for s in found.pages] == [("1", "news", 1.0)]
    assert found.rules
    assert {code for code, d in found.rules.items() if d.precision < 1} == set()
    assert "REL101" in found.rules
    # What became a field is not lost, so it is not counted as deleted.
    assert "MET201" not in found.rules or found.rules["MET201"].chars <= len("来源：")


def test_a_rule_that_deletes_text_is_charged_for_it(tmp_path: Path) -> None:
    wrong = spans(*BODY, "别处的事情一二三")
    found = quality.score(labels_file(tmp_path / "a.jsonl", {"id": 1, "text": PAGE, "lines": wrong}), bench())
    rule = found.rules["REL101"]
    assert (rule.edits, rule.pages, rule.chars, rule.text_chars) == (1, 1, 12, 8)
    assert rule.precision == pytest.approx(4 / 12)
    assert found.pages[0].recall < 1


def test_characters_without_a_label_count_for_no_rule(tmp_path: Path) -> None:
    known = [line for line in spans(*BODY) if line["main"]]
    found = quality.score(labels_file(tmp_path / "a.jsonl", {"id": 1, "text": PAGE, "lines": known}), bench())
    assert found.rules == {}


def test_gold_text_labels_the_lines_of_a_page(tmp_path: Path) -> None:
    gold = "\n".join([TITLE, *(line.replace("，", ", ") for line in BODY)])
    (page,) = labelled(labels_file(tmp_path / "a.jsonl", {"id": "p", "text": PAGE, "gold": gold}))
    main = [line for line, label in zip(PAGE.split("\n"), at_line_starts(page.labels), strict=True) if label == MAIN]
    assert main == [TITLE, *BODY]
    assert page.kind == "all"


def at_line_starts(values: np.ndarray[Any, Any]) -> list[int]:
    starts = [0, *(i + 1 for i, char in enumerate(PAGE) if char == "\n")]
    return [int(values[i]) if i < len(values) else OTHER for i in starts]


def test_parquet_and_leaves_are_read_as_well(tmp_path: Path) -> None:
    rows = [{"id": "p", "dump": "甲\n乙乙\n丙", "leaves": [{"text": "甲", "main": 0}, {"text": "乙乙", "main": 1}]}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    (page,) = labelled(tmp_path / "a.parquet")
    assert page.labels.tolist() == [OTHER, UNKNOWN, MAIN, MAIN, UNKNOWN, UNKNOWN]
    assert page.gold == "乙乙"


@given(st.text("甲乙丙丁", max_size=40), st.text("甲乙丙丁", max_size=40))
def test_the_common_subsequence_is_as_long_as_the_table_says(a: str, b: str) -> None:
    row = [0] * (len(b) + 1)
    for x in a:
        last = row
        row = [0]
        for j, y in enumerate(b):
            row.append(last[j] + 1 if x == y else max(last[j + 1], row[j]))
    assert quality.common(a, b) == row[-1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "a.jsonl:1: no JSON"),
        ("[1]", "list, not an object"),
        ('{"id": 1}', "needs `id` and `text`"),
        ('{"id": 1, "text": "甲"}', "nothing says what is text"),
        ('{"id": 1, "text": "甲", "lines": [{"start": 0}]}', "each is an object"),
    ],
)
def test_what_is_no_label_is_refused_with_its_place(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "a.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=words.replace("[", r"\[")):
        labelled(tmp_path / "a.jsonl")


def test_a_file_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        labelled(tmp_path / "none.jsonl")
    with pytest.raises(InputError):
        labelled(tmp_path / "none.parquet")


def test_the_command_prints_a_table_json_and_markdown(tmp_path: Path) -> None:
    path = labels_file(tmp_path / "own.jsonl", {"id": "first", "text": PAGE, "lines": spans(*BODY), "kind": "news"})

    def run(*args: str) -> str:
        command = [sys.executable, "-m", "pipeline", "score", str(path), *args]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True).stdout

    shown = run("--worst", "1")
    assert "REL101 other stories" in shown
    assert "1.000  P 1.000  R 1.000  news  first" in shown
    told = json.loads(run("--json", "--ignore", "REL"))
    assert told["labels"] == "own"
    assert told["kinds"]["news"]["pages"] == 1
    assert not any(code.startswith("REL") for code in told["rules"])
    assert "| own | news | 1 | 1.000 | 1.000 | 1.000 | 1.000 | 0 |" in run("--markdown")


@pytest.mark.skipif(not GOLD.is_dir(), reason="no gold data beside the project (../shared/gold)")
def test_the_manual_has_the_figures_of_all_gold_sets() -> None:
    written = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    for name in ("pages_html", "pages_cleaneval", "pages_small"):
        assert f"| {name} |" in written
    assert "## Precision by rule" in written
