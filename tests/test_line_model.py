"""The line model: its columns, its sums, its reasons, and that training makes what inference reads."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline import config, training
from pipeline.cli import main
from pipeline.errors import UsageError
from pipeline.lines import Lines
from pipeline.stages.evidence import FEATURES, evidence
from pipeline.stages.line_model import Model, model, odds, reasons
from pipeline.workbench import Bench

TEXT = "。".join(["晚上九点，最后一班船离开南矶渡口，船上只有七个人"] * 3) + "。"
PAGE = "\n".join(
    ["首页", "新闻", "登录", "", TEXT, TEXT, TEXT, "", "相关新闻", "甲地通车", "乙地丰收", "版权所有 某报"]
)


def test_every_line_that_is_not_blank_has_every_column() -> None:
    lines = Lines.of([PAGE, "", "\n"])
    found = evidence(lines)
    assert found.rows.tolist() == np.flatnonzero(~lines.blank).tolist()
    assert [len(column) for column in found.columns] == [10] * len(FEATURES)
    assert len(set(FEATURES)) == len(FEATURES)


def test_what_is_known_of_a_line_does_not_depend_on_other_pages() -> None:
    alone = evidence(Lines.of([PAGE]))
    among = evidence(Lines.of(["别的页面。\n登录", PAGE, "首页\n" * 30]))
    count = len(alone.rows)
    for name, one, other in zip(FEATURES, alone.columns, among.columns, strict=True):
        assert one.tolist() == pytest.approx(other[2 : 2 + count].tolist()), name


def test_prose_is_likelier_text_than_menus_and_other_stories() -> None:
    found = odds(Lines.of([PAGE]))
    assert found[4:7].min() > found[[0, 1, 2, 8, 9, 10, 11]].max() + 1
    assert found[4:7].mean() > 0
    assert found[3] == 0  # a blank line


def test_the_shares_of_the_features_add_up_to_the_odds() -> None:
    columns = evidence(Lines.of([PAGE])).columns
    start = model().bias + sum(tree.mean[0] for tree in model().trees)
    assert model().shares(columns).sum(axis=0) + start == pytest.approx(model().odds(columns), abs=1e-3)


def test_reasons_name_what_speaks_most_against_a_line() -> None:
    lines = Lines.of([PAGE])
    said = reasons(lines, np.array([0, 10]))
    columns = evidence(lines).columns
    shares = model().shares(columns)[:, 0]
    worst, second = np.argsort(shares)[:2].tolist()
    assert said[0] == (
        f"log odds {odds(lines)[0]:.1f}: {FEATURES[worst]} {shares[worst]:.1f}, {FEATURES[second]} {shares[second]:.1f}"
    )
    assert len(said) == 2
    assert reasons(lines, np.array([], dtype=np.int64)) == []


def test_weights_for_other_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="jingwen train"):
        Model.of({"features": ["length"], "bias": 0.0, "trees": [], "about": {}})


def labels(folder: Path) -> Path:
    """Some made-up pages with labels: prose is text, names are not."""
    path = folder / "labels.jsonl"
    rows = []
    for site in range(12):
        text = "\n".join(["首页", "新闻", "登录", *[TEXT] * (3 + site % 3), "甲地通车", "乙地丰收", "版权所有"])
        gold = "\n".join([TEXT] * (3 + site % 3))
        rows.append({"id": f"p{site}", "url": f"http://s{site}.example/", "text": text, "gold": gold})
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_inference_gives_what_training_gave(tmp_path: Path) -> None:
    pytest.importorskip("lightgbm", reason="training is an extra: pip install 'jingwen[train]'")
    sheets = training.sheets([labels(tmp_path)], Bench.of(config.default()))
    assert [sheet.text.tolist()[:4] for sheet in sheets[:2]] == [[0, 0, 0, 1], [0, 0, 0, 1]]
    booster = training.grown(sheets)
    made = Model.of(json.loads(json.dumps(training.weights(booster, training.tried(sheets, 0.2)))))
    for sheet in sheets:
        columns = [sheet.columns[:, i].copy() for i in range(len(FEATURES))]
        assert made.odds(columns) == pytest.approx(booster.predict(sheet.columns, raw_score=True), abs=1e-2)


def test_train_tells_what_the_model_is_worth_and_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("lightgbm", reason="training is an extra: pip install 'jingwen[train]'")
    out = tmp_path / "weights.json"
    assert main(["train", str(labels(tmp_path)), "--out", str(out)]) == 0
    assert capsys.readouterr().out == "precision 1.000, recall 1.000, F1 1.000\n"
    assert Model.of(json.loads(out.read_bytes())).about["pages"] == 12


def test_nothing_to_learn_from_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    path.write_text('{"id": "a", "text": "首页", "lines": []}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="no labelled line"):
        training.sheets([path], Bench.of(config.default()))
