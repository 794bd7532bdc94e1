"""Two releases held against each other: by document, by rule, by stage, as rows."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.audit.compare import Difference, compare
from pipeline.engine.plan import build
from pipeline.errors import IntegrityError, UsageError
from tests.test_build import config, make_pages, toolkit
from tests.test_release import records, write

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A release, and one in which a page is gone, one is new, one has other text, and a rule no longer runs."""
    home = tmp_path_factory.mktemp("pair")
    settings = config(home, make_pages(home / "pages.jsonl", 40))
    old = build(settings, toolkit=toolkit)
    rows = records(home / "pages.jsonl")
    rows[0]["text"] = rows[0]["text"].replace("。", "！", 1)
    rows[1]["author"] = "他人"
    del rows[2]
    rows.append({"id": "new's", "url": "http://site0.example/new", "text": "新的一页\n这是新的一句话，从来没有见过。"})
    write(home / "pages.jsonl", rows)
    new = build(replace(settings, rules=replace(settings.rules, ignore=("TPL",))), toolkit=toolkit)
    return old.path, new.path


def rows_of(path: Path, table: str) -> list[dict[str, object]]:
    files = sorted((path / table).iterdir()) if (path / table).is_dir() else []
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_a_difference_is_what_a_plain_count_says(pair: tuple[Path, Path], tmp_path: Path) -> None:
    found = compare(*pair, rows=tmp_path / "rows.parquet")
    old, new = ({str(r["doc_id"]): r for r in rows_of(p, "documents")} for p in pair)
    stamps = {"config_digest", "code_version"}
    changed = {d: {c for c in old[d] if c not in stamps and old[d][c] != new[d][c]} for d in old.keys() & new.keys()}
    changed = {d: columns for d, columns in changed.items() if columns}
    assert found.documents == (len(old), len(new))
    assert (found.added, found.removed, found.changed) == (
        len(new.keys() - old.keys()), len(old.keys() - new.keys()), len(changed),
    )  # fmt: skip
    assert (found.added, found.removed) == (1, 1)
    assert found.columns == dict(Counter(c for columns in changed.values() for c in columns))
    assert found.columns["extra"] == 1
    rows = {str(r["doc_id"]): r for r in pq.read_table(tmp_path / "rows.parquet").to_pylist()}
    assert rows.keys() == changed.keys() | (new.keys() ^ old.keys())
    for doc, row in rows.items():
        if row["change"] == "changed":
            assert set(row["columns"]) == changed[doc]
            assert ("text" in changed[doc]) == (row["old_text"] is not None)
    assert rows["new's#0"]["new_text"] == new["new's#0"]["text"]
    assert rows["p000#0"]["old_text"] != rows["p000#0"]["new_text"]
    assert "TPL101" in {r["rule"] for r in rows["p000#0"]["rules"]}


def test_rules_and_stages_add_up_to_the_edits_of_both_releases(pair: tuple[Path, Path]) -> None:
    found = compare(*pair)
    for side, path in enumerate(pair):
        edits = rows_of(path, "edits")
        count = Counter(str(e["rule"] or "") for e in edits)
        assert {r.rule: r.edits[side] for r in found.rules if r.edits[side]} == dict(count)
        gone = Counter[str]()
        for e in edits:
            gone[str(e["stage"])] += int(str(e["end"])) - int(str(e["start"]))
        assert {s["stage"]: s["removed"][side] for s in found.stages() if s["removed"][side]} == +gone
    (template,) = (r for r in found.rules if r.rule == "TPL101")
    assert template.edits[1] == 0
    assert template.pages > 20


def test_a_release_does_not_differ_from_itself(pair: tuple[Path, Path]) -> None:
    found = compare(pair[0], pair[0])
    assert not found.differs
    assert (found.added, found.removed, found.changed, found.columns) == (0, 0, 0, {})


def test_little_memory_gives_the_same_answer(pair: tuple[Path, Path]) -> None:
    assert compare(*pair, memory_mb=64) == compare(*pair)


def jingwen(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, args)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_command_prints_writes_and_tells_by_its_status(pair: tuple[Path, Path], tmp_path: Path) -> None:
    done = jingwen("compare", *pair, "--rows", tmp_path / "rows.jsonl")
    assert (done.returncode, done.stderr) == (1, "")
    assert "sample 1.0.0 → sample 1.1.0" in done.stdout
    assert "1     added" in done.stdout
    assert "TPL101 template line" in done.stdout
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {r["change"] for r in rows} == {"added", "removed", "changed"}
    told = json.loads(jingwen("compare", *pair, "--json").stdout)
    assert (told["added"], told["removed"], told["changed"]) == (1, 1, sum(r["change"] == "changed" for r in rows))
    same = jingwen("compare", pair[0], pair[0])
    assert (same.returncode, "no difference" in same.stdout) == (0, True)


def test_rows_go_nowhere_where_the_file_has_another_suffix_or_a_release_is_damaged(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"\.parquet, \.jsonl"):
        compare(*pair, rows=tmp_path / "rows.csv")
    with pytest.raises(IntegrityError, match="no manifest"):
        compare(pair[0], tmp_path, rows=tmp_path / "rows.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_difference_in_edits_alone_is_one() -> None:
    plain = Difference(("a 1", "a 2"), (1, 1), (5, 5), 0, 0, 0, {}, [])
    assert not plain.differs
