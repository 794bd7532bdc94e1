"""Releases: versions and parents, splits, work that is damaged, what is redone, and what `plan` says of it."""

import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.config import Config
from pipeline.corpus.options import DuplicatesOptions
from pipeline.corpus.splits import split_of
from pipeline.engine import uses
from pipeline.engine.forecast import forecast
from pipeline.engine.plan import Account, build
from pipeline.engine.progress import Event
from pipeline.engine.store import RESULT, Store
from pipeline.errors import InputError, IntegrityError, UsageError
from pipeline.publish import manifest
from pipeline.publish.manifest import FORMAT
from pipeline.publish.release import change_of
from pipeline.publish.verify import verify
from tests import test_build
from tests.test_build import bytes_of, make_pages, toolkit

Pages = list[dict[str, Any]]


def config(home: Path, pages: Path, **options: object) -> Config:
    """As in the tests of the build, in smaller parts."""
    return test_build.config(home, pages, **{"part_mb": 0.003, **options})


def records(path: Path) -> Pages:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")]


def write(path: Path, rows: Pages) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a release of sixty pages, its store and its input."""
    home = tmp_path_factory.mktemp("first")
    build(config(home, make_pages(home / "pages.jsonl")), toolkit=toolkit)
    return home


@pytest.fixture
def home(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


def built(home: Path, **options: object) -> Account:
    return build(config(home, home / "pages.jsonl", **options), toolkit=toolkit)


def redone(home: Path, **options: object) -> dict[str, int]:
    """How many parts of each pass a build does anew."""
    events: list[Event] = []
    build(config(home, home / "pages.jsonl", **options), events.append, toolkit)
    return {e.name: e.parts - e.kept for e in events if e.finished and e.name in ("clean", "shape", "publish")}


# --- versions


def test_a_text_makes_a_minor_version_and_a_licence_a_patch(home: Path) -> None:
    rows = records(home / "pages.jsonl")
    rows[0]["text"] += "\n多了一句话。"
    write(home / "pages.jsonl", rows)
    assert built(home).version == "1.1.0"
    settings = config(home, home / "pages.jsonl")
    licensed = replace(settings, corpus=replace(settings.corpus, licence="MIT"))
    assert build(licensed, toolkit=toolkit).version == "1.1.1"


def test_a_column_more_makes_a_major_version(home: Path) -> None:
    told = manifest.load(home / "RELEASES" / "sample" / "1.0.0")
    other = json.loads(json.dumps(told))
    del other["columns"]["documents"]["title"]
    assert change_of(other, told) == 0
    assert change_of({**told, "format": FORMAT - 1}, told) == 0
    del other["columns"]["documents"]
    assert change_of(other, told) == 2, "a table that only one has is no other schema"


def test_the_next_version_is_reckoned_from_the_parent_that_is_named(home: Path) -> None:
    rows = records(home / "pages.jsonl")
    rows[0]["text"] += "\n多了一句话。"
    write(home / "pages.jsonl", rows)
    assert built(home, version="3.0.0").version == "3.0.0"
    rows[0]["text"] += "\n又多了一句话。"
    write(home / "pages.jsonl", rows)
    made = built(home, parent="1.0.0")
    told = manifest.load(made.path)
    assert (made.version, told["parent"]["version"]) == ("3.1.0", "1.0.0")
    assert told["parent"]["digest"] == manifest.load(home / "RELEASES" / "sample" / "1.0.0")["digest"]
    assert "## Changes since 1.0.0" in (made.path / "README.md").read_text(encoding="utf-8")


def test_a_parent_that_is_not_there_is_said_before_anything_is_written(home: Path) -> None:
    write(home / "pages.jsonl", records(home / "pages.jsonl")[:40])
    with pytest.raises(UsageError, match=r"7\.7\.7: the parent .* is not there\. Releases: 1\.0\.0"):
        built(home, parent="7.7.7")
    assert sorted(p.name for p in (home / "RELEASES" / "sample").iterdir()) == ["1.0.0", "latest"]


def test_a_release_edited_by_hand_is_no_parent(home: Path) -> None:
    path = home / "RELEASES" / "sample" / "1.0.0" / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("CC0-1.0", "CC0-9.9"), encoding="utf-8")
    write(home / "pages.jsonl", records(home / "pages.jsonl")[:40])
    with pytest.raises(IntegrityError, match="edited by hand"):
        built(home)
    assert sorted(p.name for p in (home / "RELEASES" / "sample").iterdir()) == ["1.0.0", "latest"]


def test_a_folder_in_the_place_of_latest_is_said_in_one_line(home: Path) -> None:
    latest = home / "RELEASES" / "sample" / "latest"
    latest.unlink()
    shutil.copytree(home / "RELEASES" / "sample" / "1.0.0", latest)
    with pytest.raises(UsageError, match="expected the link to the newest release") as error:
        built(home)
    assert "\n" not in str(error.value)


def test_a_place_that_is_read_only_is_said_before_anything_is_done(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(home.rglob("*"))
    (home / "shelf").mkdir()
    writable = os.access
    # Not by its mode: root may write all the same.
    monkeypatch.setattr(os, "access", lambda path, *how: Path(path) != home / "shelf" and writable(path, *how))
    for todo in (build, forecast):
        with pytest.raises(InputError, match="shelf: this folder is read-only"):
            todo(config(home, home / "pages.jsonl", out=str(home / "shelf" / "R")), toolkit=toolkit)
    (home / "shelf").rmdir()
    assert sorted(home.rglob("*")) == before


def test_a_file_in_the_place_of_the_folder_of_releases_is_said_in_one_line(home: Path) -> None:
    (home / "file").write_text("mine")
    with pytest.raises(UsageError, match="a file stands where the folder"):
        built(home, out=str(home / "file"))


def test_the_size_of_parts_changes_neither_digest_nor_version(home: Path) -> None:
    before = manifest.load(home / "RELEASES" / "sample" / "1.0.0")
    again = built(home, part_mb=0.05)
    assert (again.version, again.changed) == ("1.0.0", False)
    other = built(home, part_mb=0.05, out=str(home / "other"))
    told = manifest.load(other.path)
    assert told["digest"] == before["digest"]
    assert len(told["inputs"]) < len(before["inputs"])


def test_changes_since_the_parent_are_counted(home: Path) -> None:
    rows = records(home / "pages.jsonl")
    rows[0]["text"] = rows[0]["text"].replace("。", "！", 1)
    del rows[1]
    rows.append({"id": "new", "url": "http://site0.example/new", "text": "新的一页\n这是新的一句话，从来没有见过。"})
    write(home / "pages.jsonl", rows)
    card = (built(home).path / "README.md").read_text(encoding="utf-8")
    assert "1 documents added, 1 removed, 1 with other text." in card


# --- what is redone


def test_a_page_put_in_front_redoes_its_part_and_no_other(home: Path) -> None:
    rows = records(home / "pages.jsonl")
    new = {"id": "new", "url": "http://site0.example/new", "text": "新的一页\n这是新的一句话，从来没有见过。"}
    write(home / "pages.jsonl", [rows[0], new, *rows[1:]])
    parts = len(manifest.load(home / "RELEASES" / "sample" / "1.0.0")["inputs"])
    done = redone(home)
    assert parts > 5
    assert all(1 <= n <= 2 for n in done.values()), done


def test_pages_named_by_their_line_are_redone_where_lines_have_moved(tmp_path: Path) -> None:
    rng = random.Random(3)

    def body() -> str:
        return "".join(chr(rng.randrange(0x4E00, 0x5000)) for _ in range(rng.randrange(200, 700))) + "。"

    rows: Pages = [{"text": f"第{i}篇\n{body()}"} for i in range(40)]
    write(tmp_path / "pages.jsonl", rows)
    one = built(tmp_path)
    rows.insert(1, {"text": f"新的一页\n{body()}"})
    write(tmp_path / "pages.jsonl", rows)
    two = built(tmp_path)
    for account, count in ((one, 40), (two, 41)):
        ids = {i for p in (account.path / "documents").iterdir() for i in pq.read_table(p)["page_id"].to_pylist()}
        assert ids == {f"pages.jsonl:{i + 1}" for i in range(count)}
    assert list(verify(two.path, all=True)) == []
    write(tmp_path / "pages.jsonl", rows[:1] + rows[2:])
    assert redone(tmp_path) == {"clean": 0, "shape": 0, "publish": 0}


@pytest.mark.skipif(sys.platform != "linux", reason="where a handle leads is told as on Linux")
def test_a_release_has_its_name_when_all_of_it_is_on_the_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(home / "RELEASES")
    flushed: set[str] = set()
    lacking: list[set[str]] = []
    sync, rename = os.fsync, Path.rename

    def synced(handle: int) -> None:
        flushed.add(os.readlink(f"/proc/self/fd/{handle}"))
        sync(handle)

    def renamed(path: Path, target: Path) -> Path:
        if path.name.startswith(".1.0.0"):
            lacking.append({str(p.resolve()) for p in (path, *path.rglob("*"))} - flushed)
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    made = built(home)
    assert lacking == [set()]
    assert str(made.path.parent.resolve()) in flushed


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


DAMAGES: dict[str, Callable[[Path], None]] = {
    "flipped": _flip,
    "cut": _cut,
    "gone": Path.unlink,
}


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", ["clean-*/pages.arrow", "shape-*/prints.arrow", "templates-*/templates.arrow",
                                  "publish-*/documents-train.parquet", "clean-*/" + RESULT])  # fmt: skip
def test_damaged_work_is_done_again_to_the_same_bytes(name: str, how: str, home: Path) -> None:
    expected = bytes_of(home / "RELEASES" / "sample" / "1.0.0")
    DAMAGES[how](sorted((home / "store").glob(name))[0])
    shutil.rmtree(home / "RELEASES")
    # An option of the last pass sends every part through it again, so that what earlier ones left is read.
    read = name.partition("-")[0] in ("clean", "shape", "templates") and not name.endswith(RESULT)
    if read:
        for path in (home / "store").glob("publish-*"):
            shutil.rmtree(path)
        for path in (home / "store").glob("shape-*" if name.startswith(("clean", "templates")) else "keepers-*"):
            shutil.rmtree(path)
    assert bytes_of(built(home).path) == expected


# --- plan, clean-store


def said(home: Path, **options: object) -> str:
    found = forecast(config(home, home / "pages.jsonl", **options), toolkit)
    return "\n".join(f"{p.name} {p.redone}+{p.perhaps}/{p.parts} {'; '.join(p.reasons)}" for p in found.passes)


def test_a_plan_with_nothing_to_do_says_so_and_writes_nothing(home: Path) -> None:
    before = sorted(str(p) for p in home.rglob("*"))
    assert forecast(config(home, home / "pages.jsonl"), toolkit).idle
    assert sorted(str(p) for p in home.rglob("*")) == before


def test_a_plan_names_the_part_that_changed(home: Path) -> None:
    rows = records(home / "pages.jsonl")
    rows[30]["text"] += "\n多了一句话。"
    write(home / "pages.jsonl", rows)
    told = said(home)
    assert "input is new or changed: pages.jsonl [" in told
    assert told.startswith("clean 1+0/")
    assert "shape 1+" in told
    assert "publish 1+" in told
    assert "assemble 0+1/1 rows may be others" in told
    assert redone(home)["clean"] == 1


def test_a_plan_names_the_option_the_rules_and_the_code_that_changed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = config(home, home / "pages.jsonl")
    cut = replace(settings.stages["segments"], passage_chars=100)
    found = forecast(replace(settings, stages={"segments": cut}), toolkit)
    told = {p.name: (p.redone, "; ".join(p.reasons)) for p in found.passes}
    assert [told[n][0] for n in ("clean", "templates", "shape", "keepers")] == [0, 0, 0, 0]
    assert told["publish"][0] > 5
    assert "segments: passage_chars 0 → 100" in told["publish"][1]
    fewer = forecast(replace(settings, rules=replace(settings.rules, ignore=("TST2",))), toolkit)
    (shape,) = [p for p in fewer.passes if p.name == "shape"]
    assert shape.reasons == ["stage dashes: TST201 no longer run", "what its stages before dashes did stands"]
    monkeypatch.setattr("pipeline.engine.code.stages_digest", lambda stages: "other")
    assert "stage titles: its code has changed" in said(home)


def test_a_plan_tells_of_a_release_that_only_says_something_else(home: Path) -> None:
    settings = config(home, home / "pages.jsonl")
    other = replace(settings, corpus=replace(settings.corpus, licence="MIT"))
    found = forecast(other, toolkit)
    assert [(p.name, p.reasons) for p in found.passes if p.redone or p.perhaps] == [
        ("assemble", ["licence: CC0-1.0 → MIT"])
    ]
    build(other, toolkit=toolkit)
    assert forecast(other, toolkit).idle
    shutil.rmtree(home / "RELEASES")
    assert [p.name for p in forecast(other, toolkit).passes if p.redone] == ["assemble"]


def test_a_plan_of_a_new_corpus_says_that_nothing_was_built(tmp_path: Path) -> None:
    make_pages(tmp_path / "pages.jsonl", 12)
    assert "no release here was built with this store" in said(tmp_path)
    assert not (tmp_path / "store").exists()


def test_a_store_is_cleaned_of_what_no_release_needs(home: Path) -> None:
    write(home / "pages.jsonl", records(home / "pages.jsonl")[:40])
    built(home)
    store = Store(home / "store")
    assert uses.clean(store).count == 0, "both releases are there"
    shutil.rmtree(home / "RELEASES" / "sample" / "1.0.0")
    done = uses.clean(store)
    assert done.count > 5
    assert done.bytes > 10_000
    assert redone(home) == {"clean": 0, "shape": 0, "publish": 0}
    shutil.rmtree(home / "RELEASES")
    assert uses.clean(store).kept == 0
    assert [p.name for p in store.root.iterdir()] == [uses.FOLDER]
    assert list((store.root / uses.FOLDER).iterdir()) == []


def test_a_store_in_which_a_build_goes_on_is_not_cleaned(home: Path) -> None:
    store = Store(home / "store")
    with uses.building(store), pytest.raises(UsageError, match=f"process {os.getpid()}"):
        uses.clean(store)
    assert uses.clean(store).count == 0


# --- splits


def test_copies_of_a_page_stand_on_one_side_and_tables_agree(home: Path) -> None:
    options = DuplicatesOptions(validation_share=0.3, test_share=0.3)
    settings = config(home, home / "pages.jsonl")
    settings = replace(settings, stages={**settings.stages, "duplicates": options})
    made = build(settings, toolkit=toolkit)
    assert list(verify(made.path, all=True)) == []
    side: dict[str, str] = {}
    sides: set[tuple[str, str]] = set()
    for path in (made.path / "documents").iterdir():
        name = path.name.split("-")[0]
        for row in pq.read_table(path).to_pylist():
            assert row["split"] == name == split_of(row["dup_cluster"] or row["page_id"], options)
            side[row["doc_id"]] = name
            sides.add((row["dup_cluster"] or row["page_id"], name))
    assert len({cluster for cluster, _ in sides}) == len(sides), "a cluster on two sides"
    assert set(side.values()) == {"train", "validation", "test"}
    for path in (made.path / "segments").iterdir():
        assert {side[d] for d in pq.read_table(path)["doc_id"].to_pylist()} == {path.name.split("-")[0]}
    told = manifest.load(made.path)["tables"]["documents"]
    assert told["splits"] == {s: list(side.values()).count(s) for s in ("train", "validation", "test")}
    assert {p.name.partition("-")[0] for p in (made.path / "edits").iterdir()} == {"train"}


def test_a_page_keeps_its_split_when_others_are_added() -> None:
    options = DuplicatesOptions(validation_share=0.1, test_share=0.1)
    before = {f"p{i}": split_of(f"p{i}", options) for i in range(3000)}
    assert all(split_of(page, options) == side for page, side in before.items())
    shares = [list(before.values()).count(s) / 3000 for s in ("train", "validation", "test")]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.02)
    wider = DuplicatesOptions(validation_share=0.1, test_share=0.2)
    assert all(split_of(p, wider) == "test" for p, side in before.items() if side == "test")
