"""Tables, files, manifest, card, release and verification."""

import errno
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import Aside, Layer, Trail
from pipeline.config import BuildConfig, Config, CorpusConfig, SourceConfig
from pipeline.corpus.copies import Copies
from pipeline.document import Field, Page
from pipeline.edit import Edit, Edits, removed
from pipeline.engine.store import DamagedError, Store
from pipeline.engine.tasks import text_digest
from pipeline.errors import IntegrityError, UsageError
from pipeline.fields import Fields
from pipeline.lines import Lines
from pipeline.pieces import Pieces
from pipeline.publish import manifest, schema
from pipeline.publish.card import card
from pipeline.publish.documents import Spans, Stamp, rows_of
from pipeline.publish.manifest import Content, Counts, Input, Shards
from pipeline.publish.parquet import Shard, Written, read
from pipeline.publish.release import Copying, on_one_disk, release
from pipeline.publish.restore import restored
from pipeline.publish.rows import RowsDigest
from pipeline.publish.tables import Given, before, edit_batch, field_batch, page_batch, page_text, strings, trail_of
from pipeline.rule import Selection
from tests.strategies import History, histories


def _trail(history: History, page_id: str = "p") -> Trail:
    """The trail of one page that went through the layers of a history."""
    raw, steps, final = history
    trail = Trail([Page(page_id, raw)], Lines.of([final]))
    for i, (text, edits) in enumerate(steps):
        start = np.array([0, len(text) + 1], dtype=np.int64)
        trail.layers.append(Layer(f"s{i}", edits, Pieces.of(removed(text, edits)), start))
    return trail


NUMBERS = {f"s{i}": i for i in range(9)}


@given(st.lists(histories(), min_size=1, max_size=4))
def test_final_text_and_edit_rows_restore_every_page(pages: list[History]) -> None:
    rows = [edit_batch(_trail(page), NUMBERS, i) for i, page in enumerate(pages)]
    final = [text for _, _, text in pages]
    assert restored(final, pa.concat_batches(rows)) == [raw for raw, _, _ in pages]


@given(histories())
def test_edit_rows_stand_page_by_page_with_their_own_ordinals_and_links(history: History) -> None:
    rows = edit_batch(_trail(history), NUMBERS).to_pylist()
    expected = [
        (layer, i, e.start, e.end, e.rule, None if e.link < 0 else e.link)
        for layer, (_, edits) in enumerate(history[1])
        for i, e in enumerate(edits.rows())
    ]
    assert [(r["layer"], r["ordinal"], r["start"], r["end"], r["rule"], r["link"]) for r in rows] == expected


def test_lone_surrogates_go_beside_the_text_that_cannot_hold_them() -> None:
    trail = _trail(("a\ud800b", [("a\ud800b", Edits.of([Edit(1, 2, rule="AAA101")]))], "ab"))
    (row,) = edit_batch(trail, NUMBERS).to_pylist()
    assert (row["removed"], row["removed_bytes"]) == ("\ufffd", b"\xed\xa0\x80")


def test_batch_goes_on_as_the_pass_before_left_it() -> None:
    pages = [
        Page("a", "甲\n乙\n丙", "http://x/a", "x", {"k": "v"}, "gbk", "text", "d1"),
        Page("b", "丁", reason="torn"),
    ]
    trail = Trail.of(pages)
    trail.breaks = np.array([2, 4])
    trail.aside[0] = Aside("QLT101", "thin", "c", 0.5)
    trail.fields = Fields([Field(0, "title", "甲", 0, 1, "MET101", "metadata")])
    given_pages = [Given(pages[0], "t1"), Given(pages[1], None)]
    state = before(page_batch(trail, given_pages), field_batch(trail))
    again = trail_of(state, 0, 2)
    assert state.given == [Given(replace(g.page, text=""), g.text_digest) for g in given_pages]
    assert again.breaks.tolist() == [2, 4]
    assert again.aside == {0: Aside("QLT101", "thin", "c", 0.5), 1: Aside("", "torn")}
    assert again.fields == trail.fields
    assert [again.text(p) for p in range(2)] == ["甲\n乙\n丙", "丁"]
    assert trail_of(state, 1, 2).aside == {0: Aside("", "torn")}


@given(st.lists(st.text("甲a\n\uffff\U00010000𠮷🍵\U0010ffff", max_size=6), max_size=4), st.data())
def test_texts_go_from_pass_to_pass_to_the_last_character(texts: list[str], data: st.DataObject) -> None:
    trail = Trail.of([Page(str(i), text) for i, text in enumerate(texts)])
    batch = page_batch(trail, [Given(page, "") for page in trail.pages])
    low = data.draw(st.integers(0, len(texts)))
    state = before(batch.slice(low), field_batch(trail).slice(0, 0))
    again = trail_of(state, 0, len(texts) - low)
    assert [again.text(page) for page in range(len(texts) - low)] == texts[low:]
    assert [page_text(data) for data in batch["text"].to_pylist()] == texts


def _paragraphs(lines: Lines) -> Spans:
    rows = np.flatnonzero(~lines.blank)
    return Spans(np.ones(len(rows), dtype=np.int64), lines.head[rows], lines.tail[rows])


def _rows(trail: Trail, pages: list[Page]) -> dict[str, list[dict[str, Any]]]:
    own = [Given(p, None if p.reason else text_digest(p.text)) for p in pages]
    edits = edit_batch(trail, NUMBERS)
    made = rows_of(trail, own, edits, field_batch(trail), Copies(cluster={"a": "a"}), _paragraphs, Stamp("c", "v"))
    return {name: batch.to_pylist() for name, batch in made._asdict().items()}


def test_fields_go_to_the_article_they_stand_in() -> None:
    raw = "一号\n正文一\n编辑甲\n二号\n正文二"
    page = Page("a", raw, meta={"title": "given", "pid": "7"})
    trail = Trail.of([page])
    edits = Edits.of([Edit(0, 3, rule="MET101"), Edit(7, 11, rule="MET301"), Edit(11, 14, rule="MET101")])
    trail.layers = [Layer("s0", edits, Pieces.of(removed(trail.lines.text, edits)), trail.lines.page_start)]
    trail.fields = Fields([
        Field(0, "title", "一号", 0, 2, "MET101", "s0"), Field(0, "editor", "甲", 7, 10, "MET301", "s0"),
        Field(0, "title", "二号", 11, 13, "MET101", "s0"), Field(0, "date", "2024-03-05 08:30", 0, 2, "MET401", "s0"),
    ])  # fmt: skip
    trail.lines = Lines.of(["正文一\n正文二"])
    trail.breaks = np.array([4])
    one, two = _rows(trail, [page])["documents"]
    assert (one["doc_id"], one["text"], one["title"], one["editor"]) == ("a#0", "正文一", "一号", "甲")
    assert (two["doc_id"], two["text"], two["title"], two["editor"]) == ("a#1", "正文二", "二号", None)
    assert one["date"] == "2024-03-05 08:30"
    assert one["published_at"].isoformat() == "2024-03-05T08:30:00+00:00"
    assert two["published_at"] == one["published_at"], "a page says its date once of all its articles"
    assert one["extra"] == [{"name": "pid", "value": "7"}]
    assert (one["n_edits"], one["removed_chars"], one["dup_cluster"], one["mean_line_chars"]) == (3, 10, "a", 3.0)


def test_segments_are_spans_of_their_document() -> None:
    page = Page("a", "甲乙\n\n丙\n丁戊")
    trail = Trail.of([page])
    trail.breaks = np.array([6])
    rows = _rows(trail, [page])["segments"]
    assert [(r["doc_id"], r["ordinal"], r["start"], r["end"], r["text"]) for r in rows] == [
        ("a#0", 0, 0, 2, "甲乙"), ("a#0", 1, 4, 5, "丙"), ("a#1", 0, 0, 2, "丁戊"),
    ]  # fmt: skip


def test_page_set_aside_is_dropped_with_its_raw_text_and_has_no_document() -> None:
    pages = [Page("a", "甲乙"), Page("b", "", reason="torn"), Page("c", "丙")]
    trail = Trail.of(pages)
    edits = Edits.of([Edit(0, 2, rule="QLT101")])
    trail.layers = [Layer("s0", edits, Pieces.of(removed(trail.lines.text, edits)), trail.lines.page_start)]
    trail.lines = Lines.of(["", "", "丙"])
    trail.aside[0] = Aside("QLT101", "thin")
    rows = _rows(trail, pages)
    assert [r["page_id"] for r in rows["documents"]] == ["c"]
    assert [(r["page_id"], r["rule"], r["reason"], r["text"]) for r in rows["dropped"]] == [
        ("a", "QLT101", "thin", "甲乙"), ("b", None, "torn", None),
    ]  # fmt: skip


@pytest.mark.parametrize("aside", [False, True])
def test_page_that_its_trail_does_not_restore_is_found_before_it_is_published(aside: bool) -> None:
    pages = [Page("a", "甲乙"), Page("b", "丙丁")]
    trail = Trail.of(pages)
    trail.lines = Lines.of(["乙", "丁"])
    trail.aside = dict.fromkeys(range(2 if aside else 1), Aside("QLT101", "thin"))
    with pytest.raises(IntegrityError, match=f"page {'a' if aside else 'b'}: "):
        _rows(trail, pages)


def test_features_are_those_that_datasets_would_write() -> None:
    from datasets import Features

    for table in schema.TABLES:
        own = table.schema
        made = Features.from_arrow_schema(own.remove_metadata()).arrow_schema
        assert json.loads(own.metadata[b"huggingface"]) == json.loads(made.metadata[b"huggingface"])
        assert made.types == own.types


VALUES = pa.schema(
    [("a", pa.string()), ("b", pa.int32()), ("c", pa.list_(pa.string())), ("d", schema.PAIRS), ("e", schema.TIME)]
)
PAIR = st.fixed_dictionaries({"name": st.just("n"), "value": st.none() | st.text("乙b", max_size=2)})
ROWS = st.fixed_dictionaries({
    "a": st.none() | st.text("甲a", max_size=3),
    "b": st.none() | st.integers(-5, 5),
    "c": st.none() | st.lists(st.none() | st.text("甲a", max_size=2), max_size=3),
    "d": st.none() | st.lists(PAIR, max_size=2),
    "e": st.none() | st.datetimes().map(lambda d: d.replace(tzinfo=UTC)),
})  # fmt: skip


def _digest(*pieces: list[dict[str, Any]]) -> str:
    digest = RowsDigest()
    for piece in pieces:
        digest.add(pa.Table.from_pylist(piece, schema=VALUES))
    return digest.hexdigest()


@given(st.lists(ROWS, max_size=6), st.integers(0, 6))
def test_digest_of_rows_does_not_see_where_they_are_cut(rows: list[dict[str, Any]], cut: int) -> None:
    whole = pa.Table.from_pylist(rows, schema=VALUES)
    sliced = RowsDigest()
    sliced.add(whole.slice(0, cut))
    sliced.add(whole.slice(cut))
    assert _digest(rows) == _digest(rows[:cut], rows[cut:]) == sliced.hexdigest()


@given(st.lists(ROWS, max_size=4), st.lists(ROWS, max_size=4))
def test_digests_of_different_rows_differ(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    assert (_digest(one) == _digest(other)) == (one == other)


def test_digest_of_rows_stays_what_it_was() -> None:
    """Releases carry it: a quicker way to reckon it must not give another."""
    rows = [
        {
            "a": f"甲{i}", "b": i % 7 if i % 5 else None, "c": [f"乙{i % 3}", None][: i % 3], "e": None,
            "d": [{"name": "n", "value": f"{i * i}"}] * (i % 2),
        }
        for i in range(600)
    ]  # fmt: skip
    assert _digest(rows) == "97607a12d4526c10f0d9c14203d16ba1"
    assert _digest([{**row, "a": "甲" if row["b"] else None} for row in rows]) == "ca9d3d2fbac45e9518391ff8e97b4baf"


def _documents(ids: Sequence[str], text: str = "正文") -> pa.RecordBatch:
    columns = [pa.array([None] * len(ids), c.type) for c in schema.DOCUMENTS.columns]
    columns[0], columns[1], columns[5] = strings(ids), strings(ids), strings([text] * len(ids))
    return pa.record_batch(columns, schema=schema.DOCUMENTS.schema)


def _shard(path: Path, table: schema.Table, *pieces: pa.RecordBatch) -> Written | None:
    shard = Shard(path, table)
    for piece in pieces:
        shard.add(piece)
    return shard.close()


SMALL = schema.DOCUMENTS._replace(group_rows=3)


def test_same_rows_cut_otherwise_give_the_same_bytes(tmp_path: Path) -> None:
    ids = [str(i) for i in range(8)]
    one = _shard(tmp_path / "1", SMALL, _documents(ids))
    two = _shard(tmp_path / "2", SMALL, _documents(ids[:1]), _documents([]), _documents(ids[1:6]), _documents(ids[6:]))
    assert one == two
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    with read(tmp_path / "1") as file:
        assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [3, 3, 2]


def test_same_rows_cut_otherwise_give_the_same_pages_of_a_column(tmp_path: Path) -> None:
    ids, text = [str(i) for i in range(600)], "正文" * 1000
    one = _shard(tmp_path / "1", schema.DOCUMENTS, _documents(ids, text))
    two = _shard(tmp_path / "2", schema.DOCUMENTS, *(_documents(ids[i : i + 70], text) for i in range(0, 600, 70)))
    assert one == two


@pytest.mark.parametrize("at_once", [1, 8])
def test_row_groups_stay_below_their_size_even_where_rows_are_large(tmp_path: Path, at_once: int) -> None:
    pieces = [_documents([str(i) for i in range(at_once)], "正" * 5_000_000) for _ in range(8 // at_once)]
    _shard(tmp_path / "1", schema.DOCUMENTS, *pieces)
    with read(tmp_path / "1") as file:
        sizes = [file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups)]
        assert file.metadata.num_rows == 8
    assert len(sizes) > 1
    assert max(sizes) < 64 << 20


def test_columns_that_readers_filter_by_have_a_page_index_and_all_are_zstd(tmp_path: Path) -> None:
    _shard(tmp_path / "1", schema.DOCUMENTS, _documents([str(i) for i in range(50)], "正文" * 50))
    with read(tmp_path / "1") as file:
        group = file.metadata.row_group(0)
        columns = [group.column(i) for i in range(group.num_columns)]
    assert {c.compression for c in columns} == {"ZSTD"}
    assert all(c.has_offset_index for c in columns)
    assert {c.path_in_schema for c in columns if c.has_column_index} >= {"doc_id", "page_id", "site", "n_chars"}


def test_shard_without_rows_is_no_file(tmp_path: Path) -> None:
    assert _shard(tmp_path / "1", schema.DOCUMENTS, _documents([])) is None
    assert not (tmp_path / "1").exists()


def test_flipped_bit_is_noticed_on_reading(tmp_path: Path) -> None:
    path = tmp_path / "1"
    _shard(path, schema.DOCUMENTS, _documents([str(i) for i in range(50)], "正文" * 50))
    data = bytearray(path.read_bytes())
    with read(path) as file:
        at = file.metadata.row_group(0).column(5).data_page_offset + 60
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(OSError, match="CRC"), read(path) as file:
        file.read()


def _content(out: Path, store: Store, ids: Sequence[str], version: str = "", licence: str = "CC0-1.0") -> Content:
    """What a build of two parts would publish: the first part has no rows."""
    key = f"publish-{len(list(store.root.glob('publish-*')))}"
    written: list[Written | None] = []

    def make(folder: Path) -> dict[str, object]:
        written.append(_shard(folder / "documents-train.parquet", schema.DOCUMENTS, _documents(ids)))
        return {}

    store.once(key, make)
    assert written[0]
    corpus = CorpusConfig("sample", licence, "Pages of nobody.")
    config = Config(corpus, SourceConfig("pages"), Selection(), {}, BuildConfig(out=str(out), version=version))
    counts = Counts(
        len(ids) + 1, 99, len(ids) + 1, len(ids), len(ids), 2 * len(ids), Counter({("QLT101", "thin | few", False): 1})
    )
    counts.edits = {("quality", "QLT101"): (1, 1234, 0)}
    shards = Shards({"empty": {}, key: {"documents-train": written[0]._asdict()}})
    return Content(config, Stamp("c", "v"), counts, [Input("a.txt", "d", len(ids) + 1, 99)], shards, {"python": "3"})


def test_versions_are_proposed_and_the_same_content_is_not_published_twice(tmp_path: Path) -> None:
    out, store = tmp_path / "out", Store(tmp_path / "store")
    first = release(_content(out, store, ["a"]), store)
    same = release(_content(out, store, ["a"]), store)
    second = release(_content(out, store, ["a", "b"]), store)
    third = release(_content(out, store, ["a", "b"], licence="MIT"), store)
    assert [(m.version, m.changed) for m in (first, same, second, third)] == [
        ("1.0.0", True), ("1.0.0", False), ("1.1.0", True), ("1.1.1", True),
    ]  # fmt: skip
    home = out / "sample"
    assert sorted(p.name for p in home.iterdir()) == ["1.0.0", "1.1.0", "1.1.1", "latest"]
    assert os.readlink(home / "latest") == "1.1.1"


def test_copies_that_were_made_before_are_the_files_of_the_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, outs = Store(tmp_path / "store"), [tmp_path / str(i) for i in range(3)]
    contents = [_content(out, store, ["a", "b"]) for out in outs]
    made = [release(contents[0], store).path]
    assert on_one_disk(contents[0].config, store)
    for i in (1, 2):
        key = f"publish-{i}"
        with store.scratch("copies") as folder, Copying(folder, store) as copying:
            copying.add(key)
            if i == 2:
                monkeypatch.setattr(Path, "rename", _elsewhere)
            made.append(release(contents[i], store, copying).path)
            left = [path.name for path in folder.iterdir()]
        assert left == ([] if i == 1 else [f"{key}-documents-train.parquet"])
    shards = [(path / "documents" / "train-00000-of-00001.parquet").read_bytes() for path in made]
    assert shards[0] == shards[1] == shards[2]
    assert not list(store.root.glob(".*"))


_rename = Path.rename


def _elsewhere(self: Path, target: Path) -> Path:
    if target.suffix == ".parquet":
        raise OSError(errno.EXDEV, "Invalid cross-device link", str(self))
    return _rename(self, target)


def test_copy_of_a_damaged_file_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    content = _content(tmp_path / "out", store, ["a"])
    shard = store.path("publish-0") / "documents-train.parquet"
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    with store.scratch("copies") as folder, Copying(folder, store) as copying:
        copying.add("publish-0")
        with pytest.raises(DamagedError):
            release(content, store, copying)
    assert not list((tmp_path / "out" / "sample").iterdir())


def test_release_whose_builder_was_killed_before_it_turned_latest_is_found_again(tmp_path: Path) -> None:
    out, store = tmp_path / "out", Store(tmp_path / "store")
    release(_content(out, store, ["a"]), store)
    second = release(_content(out, store, ["b"]), store)
    latest = out / "sample" / "latest"
    for left in ("1.0.0", None):
        latest.unlink()
        if left:
            latest.symlink_to(left)
        again = release(_content(out, store, ["b"]), store)
        assert (again.version, again.changed) == (second.version, False)
        assert os.readlink(latest) == second.version


def test_published_version_never_changes(tmp_path: Path) -> None:
    out, store = tmp_path / "out", Store(tmp_path / "store")
    release(_content(out, store, ["a"], "2.0.0"), store)
    before_bytes = (out / "sample" / "2.0.0" / "manifest.json").read_bytes()
    assert not release(_content(out, store, ["a"], "2.0.0"), store).changed
    with pytest.raises(UsageError, match=r"2\.0\.0: there is a release of that version with other content"):
        release(_content(out, store, ["b"], "2.0.0"), store)
    assert (out / "sample" / "2.0.0" / "manifest.json").read_bytes() == before_bytes


def test_numbers_of_files_are_dense_where_a_part_has_no_rows(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    made = release(_content(tmp_path / "out", store, ["a"]), store)
    assert [p.name for p in made.path.glob("*/*")] == ["train-00000-of-00001.parquet"]


def test_manifest_tells_no_time_and_no_place(tmp_path: Path) -> None:
    texts = []
    for place in ("here", "there"):
        store = Store(tmp_path / place / "store")
        made = release(_content(tmp_path / place / "out", store, ["a"]), store)
        texts.append((made.path / "manifest.json").read_text())
    assert texts[0] == texts[1]
    assert str(tmp_path) not in texts[0]
    told = json.loads(texts[0])
    assert list(told) == sorted(told)
    assert told["counts"]["dropped"] == [{"copy": False, "pages": 1, "reason": "thin | few", "rule": "QLT101"}]


def test_card_names_every_config_with_version_and_digest(tmp_path: Path) -> None:
    import yaml

    content = _content(tmp_path, Store(tmp_path / "store"), ["a", "b"])
    _, front, body = card(content, "1.4.0").split("---\n", 2)
    told = yaml.safe_load(front)
    assert told["license"] == "cc0-1.0"
    assert told["size_categories"] == ["n<1K"]
    (config,) = told["configs"]
    assert (config["config_name"], config["version"], config["default"]) == ("documents", "1.4.0", True)
    assert content.digest() in config["description"]
    (split,) = told["dataset_info"][0]["splits"]
    assert (split["name"], split["num_examples"]) == ("train", 2)
    assert split["num_bytes"] > 0  # without it `datasets` passes over the number of examples
    assert "| QLT101 | thin \\| few | 1 |" in body
    assert "| quality | 1 | 1,234 | 0 |" in body


def test_digest_of_a_release_sees_rows_and_licence_but_not_its_version(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    one = _content(tmp_path, store, ["a"])
    other_version = one._replace(
        config=replace(one.config, build=replace(one.config.build, version="9.0.0", workers=3))
    )
    assert one.digest() == other_version.digest()
    assert one.digest() != _content(tmp_path, store, ["b"]).digest()
    assert one.digest() != _content(tmp_path, store, ["a"], licence="MIT").digest()
    assert manifest.text_of(one, "1.0.0", None, {}) != manifest.text_of(one, "1.0.1", None, {})
