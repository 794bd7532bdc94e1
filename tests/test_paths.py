"""Releases in folders whose names are no UTF-8, as disks written under GBK have them."""

import json
import os
import shutil
from pathlib import Path

import pytest

from pipeline.audit.archive import Archive
from pipeline.audit.compare import compare
from pipeline.cli import main
from pipeline.corpus import shuffle
from pipeline.engine.plan import build
from pipeline.publish.read import page
from tests.test_build import config, make_pages, toolkit


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder named 测 in GBK, with two releases in it."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb2\xe2"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("names here are UTF-8")
    for count in (12, 14):
        build(config(folder, make_pages(folder / "pages.jsonl", count)), toolkit=toolkit)
    return folder


def test_a_release_is_read_checked_compared_and_copied_there(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = (home / "RELEASES" / "sample" / version for version in ("1.0.0", "1.1.0"))
    assert page(new, "p000").documents[0]["title"] == "第0篇"
    found = compare(old, new, home / "rows.jsonl")
    assert (found.added, found.removed) == (3, 0)  # one of the two pages has two articles
    rows = [json.loads(line) for line in (home / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sum(row["change"] == "added" for row in rows) == 3
    assert [p.name for p in home.iterdir() if p.name.endswith(".part")] == []
    asked = Archive(new, old).ask("select count(*) as n from documents")
    assert asked == [{"n": found.documents[1]}]
    assert main(["publish", str(new), str(home / "there")]) == 0
    assert main(["verify", str(home / "there" / "sample" / "1.1.0"), "--all"]) == 0
    told = capsys.readouterr().out
    assert "\\xb2\\xe2/there/sample/1.1.0: " in told
    assert main(["verify", str(home / "none")]) == 2
    assert "\\xb2\\xe2/none: no such folder" in capsys.readouterr().err


def test_what_does_not_fit_into_memory_is_written_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shuffle, "_WAITING", 8)
    shutil.rmtree(home / "store")
    shutil.rmtree(home / "RELEASES")
    made = build(config(home, home / "pages.jsonl"), toolkit=toolkit)
    assert made.documents
