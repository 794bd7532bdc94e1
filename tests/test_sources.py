"""Sources: every page of an input is read once, in order, under a stable part; what cannot be read says why."""

import dataclasses
import gzip
import hashlib
import json
import os
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import sources
from pipeline.config import FORMATS, SourceConfig
from pipeline.document import Page
from pipeline.errors import InputError
from pipeline.sources import Part, digest, jsonl, parts, read
from pipeline.sources.files import safe_name
from tests.passages import SIMPLE


def pages_of(path: Path, part_bytes: int = 1 << 20, **settings: Any) -> list[Page]:
    return [page for part in parts(SourceConfig(str(path), **settings), part_bytes) for page in read(part)]


def refusal(path: Path, **settings: Any) -> str:
    with pytest.raises(InputError) as caught:
        pages_of(path, **settings)
    return str(caught.value)


def write_jsonl(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


# --- folders of text


def test_every_text_file_is_a_page_named_by_its_path_and_grouped_by_its_first_folder(tmp_path: Path) -> None:
    for name in (
        "b.example/x/1.txt",
        "a.example/2.TXT",
        "top.txt",
        "a.example/notes.md",
        ".hidden/3.txt",
        "a.example/.4.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"text\r\n")
    found = pages_of(tmp_path)
    assert [(p.id, p.site) for p in found] == [
        ("a.example/2.TXT", "a.example"),
        ("b.example/x/1.txt", "b.example"),
        ("top.txt", ""),
    ]
    assert found[0].text == "text\r\n"
    assert found[0].digest == hashlib.sha256(b"text\r\n").hexdigest()
    assert (found[0].reader, found[0].encoding, found[0].reason) == ("text", "utf-8", None)


def test_one_text_file_is_an_input(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(SIMPLE.encode("gbk"))
    (tmp_path / "b.txt").write_text("other")
    assert [(p.id, p.text, p.encoding) for p in pages_of(tmp_path / "a.txt")] == [("a.txt", SIMPLE, "gb18030")]


def test_files_that_cannot_be_read_are_pages_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "gone.txt").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "photo.txt").write_bytes(b"\xff\xd8\xff\xe0" + bytes(90))
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "folder.txt" / "in.txt").write_text("in")
    assert {p.id: p.reason for p in pages_of(tmp_path)} == {
        "empty.txt": "empty file",
        "folder.txt/in.txt": None,
        "gone.txt": "cannot be read: No such file or directory",
        "photo.txt": "binary file: JPEG",
        "pipe.txt": "cannot be read: not a regular file",
    }


def test_a_file_lost_between_listing_and_reading_is_a_page_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (part,) = parts(SourceConfig(str(tmp_path)), 1000)
    (tmp_path / "a.txt").unlink()
    assert [p.reason for p in read(part)] == ["cannot be read: No such file or directory"]


def test_stray_bytes_of_a_page_are_counted_in_its_meta(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(SIMPLE.encode() * 3 + b"\xff")
    assert pages_of(tmp_path)[0].meta == {"undecodable": "1"}


def test_links_that_lead_in_circles_end_and_a_folder_outside_is_read_once(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a").mkdir(parents=True)
    outside.mkdir()
    (root / "a" / "1.txt").write_text("1")
    (outside / "2.txt").write_text("2")
    (root / "a" / "up").symlink_to("..")
    (root / "itself").symlink_to("itself")
    (root / "twin").symlink_to("a")
    (root / "out1").symlink_to(outside)
    (root / "out2").symlink_to(outside)
    (outside / "back").symlink_to(root)
    (outside / "round").symlink_to(outside)
    (root / "whole").symlink_to("/")
    assert [p.id for p in pages_of(root) if p.reason is None] == ["a/1.txt", "out1/2.txt"]


def test_odd_names_become_ids_that_are_one_line_of_unicode_and_differ(tmp_path: Path) -> None:
    names = [b"a\nb.txt", b"a\\nb.txt", b"\xff.txt", b"\\xff.txt", "新闻 稿.txt".encode(), "a\u202eb.txt".encode()]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_text("x")
    ids = [p.id for p in pages_of(tmp_path)]
    assert sorted(ids) == sorted(
        ["a\\nb.txt", "a\\\\nb.txt", "\\xff.txt", "\\\\xff.txt", "新闻 稿.txt", "a\\u202eb.txt"]
    )
    assert all(i.encode() and "\n" not in i for i in ids)
    (part,) = parts(SourceConfig(str(tmp_path)), 1 << 20)
    assert Part.of(json.loads(json.dumps(dataclasses.asdict(part)))) == part


@given(st.lists(st.binary(min_size=1, max_size=6), min_size=2, max_size=2, unique=True))
def test_different_names_never_share_an_id(names: list[bytes]) -> None:
    one, two = (safe_name(os.fsdecode(name)) for name in names)
    assert one != two


def test_a_line_of_ten_megabytes_is_read_whole(tmp_path: Path) -> None:
    text = SIMPLE * 50_000
    (tmp_path / "long.txt").write_text(text)
    write_jsonl(tmp_path / "long.jsonl", [{"text": text}])
    assert pages_of(tmp_path / "long.txt")[0].text == text
    assert pages_of(tmp_path / "long.jsonl", 1000)[0].text == text


# --- parts


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("many")
    rng = random.Random(3)
    for i in range(400):
        (root / f"s{i % 7}").mkdir(exist_ok=True)
        (root / f"s{i % 7}" / f"{i}.txt").write_text("字" * rng.randrange(200, 5000))
    return root


def test_parts_hold_every_file_once_in_order_and_keep_their_size(many: Path) -> None:
    made = parts(SourceConfig(str(many)), 100_000)
    names = [piece.name for part in made for piece in part.files]
    assert names == sorted(str(p.relative_to(many)) for p in many.rglob("*.txt"))
    sizes = [sum(max(4096, piece.end) for piece in part.files) for part in made]
    assert max(sizes) <= 200_000
    assert min(sizes[:-1]) >= 25_000
    assert 15 <= len(made) <= 100


def test_a_file_added_or_taken_away_leaves_nearly_all_parts_as_they_were(many: Path) -> None:
    source = SourceConfig(str(many))
    before = {digest(part) for part in parts(source, 100_000)}
    changed = []
    for i in range(12):
        added = many / f"s{i % 7}" / f"new{i}.txt"
        added.write_text("新" * 2000)
        changed.append(sum(digest(part) not in before for part in parts(source, 100_000)))
        added.unlink()
    assert sum(changed) / len(changed) <= 2
    assert max(changed) <= 4
    assert {digest(part) for part in parts(source, 100_000)} == before


def test_the_digest_of_a_part_sees_names_and_bytes_and_not_the_root(tmp_path: Path) -> None:
    def made(folder: str, name: str, data: bytes, **settings: str) -> str:
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        (part,) = parts(SourceConfig(str(path), **settings), 1000)
        return digest(part)

    one = made("a", "x.txt", b"1")
    assert made("b", "x.txt", b"1") == one
    assert len({one, made("a", "y.txt", b"1"), made("a", "x.txt", b"2"), made("a", "x.txt", b"")}) == 4
    line = b'{"text": "a"}\n'
    rows = made("a", "x.jsonl", line)
    assert len({rows, made("a", "x.jsonl", line, text="body"), made("a", "x.jsonl", line, format="text")}) == 3
    assert made("a", "x.txt", b"1", text="body") == one


# --- JSONL


def test_a_record_becomes_a_page_with_its_id_site_and_plain_values(tmp_path: Path) -> None:
    row = {
        "id": 7, "text": "正文", "url": "https://News.example.com/a", "views": 12, "score": 0.5, "ok": True,
        "by": "记者",
        "none": None, "tags": ["a"], "more": {"a": 1},
    }  # fmt: skip
    (page,) = pages_of(write_jsonl(tmp_path / "in.jsonl", [row]))
    assert page == Page(
        "7", "正文", "https://News.example.com/a", "news.example.com",
        {"views": "12", "score": "0.5", "ok": "true", "by": "记者", "tags": "a"}, "utf-8", "jsonl",
        hashlib.sha256("正文".encode()).hexdigest(),
    )  # fmt: skip


def test_fields_are_named_by_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    write_jsonl(tmp_path / "site" / "in.jsonl", [{"key": "k", "body": "正文", "link": None, "text": "other"}])
    (page,) = pages_of(tmp_path, text="body", id="key", url="link")
    assert (page.id, page.text, page.site, page.url, page.meta) == ("k", "正文", "site", None, {"text": "other"})


def test_lines_that_are_no_page_say_where_and_why(tmp_path: Path) -> None:
    deep = "[" * 20_000
    lines = [
        '{"text": "好"}',
        "{broken",
        "[1]",
        '{"id": "x", "body": "好"}',
        "",
        '{"text": 5}',
        '{"text": ""}',
        deep,
        '"a"',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    found = {p.id: p.reason for p in pages_of(tmp_path)}
    assert list(found) == [f"in.jsonl:{i}" for i in (1, 2, 3)] + ["x"] + [f"in.jsonl:{i}" for i in (6, 7, 8, 9)]
    assert found["in.jsonl:1"] is None
    assert (
        found["in.jsonl:2"] == "in.jsonl:2: not JSON: Expecting property name enclosed in double quotes at character 2"
    )
    assert found["in.jsonl:3"] == "in.jsonl:3: expected an object, found a list"
    assert found["x"] == 'in.jsonl:4: no field "text"; its fields: id, body'
    assert found["in.jsonl:6"] == 'in.jsonl:6: the field "text" holds a number, not text'
    assert found["in.jsonl:7"] == 'in.jsonl:7: the field "text" is empty'
    assert (found["in.jsonl:8"] or "").startswith("in.jsonl:8: not JSON that can be read")
    assert found["in.jsonl:9"] == "in.jsonl:9: expected an object, found a string"


def test_an_id_that_comes_twice_loses_no_page(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "in.jsonl", [{"id": "a", "text": str(i)} for i in range(3)])
    assert [(p.id, p.text) for p in pages_of(path)] == [("a", "0"), ("a (in.jsonl:2)", "1"), ("a (in.jsonl:3)", "2")]


def test_lines_that_only_some_readers_take_are_read(tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"text": "a", "n": NaN}\r\n',
        b'\xef\xbb\xbf{"text": "b"}\n',
        json.dumps({"text": SIMPLE}, ensure_ascii=False).encode("gbk") + b"\n",
        b'{"text": "%s\\ud800"}\n' % (b"a" * 200), b'{"text": "\\ud83d\\ude00", "id": "\\ud800"}\n',
        b'{"text": "a\\ud800"}',
    ]  # fmt: skip
    (tmp_path / "in.jsonl").write_bytes(b"".join(lines))
    found = pages_of(tmp_path)
    assert [(p.text, p.encoding, p.meta) for p in found[:5]] == [
        ("a", "utf-8", {}),
        ("b", "utf-8", {}),
        (SIMPLE, "gb18030", {}),
        ("a" * 200 + "\ufffd", "utf-8", {"undecodable": "1"}),
        ("😀", "utf-8", {}),
    ]
    assert found[4].id == "\\ud800"
    assert found[5].reason == "in.jsonl:6: 1 of 2 characters are lone surrogates"


@given(
    st.lists(st.text(max_size=40) | st.just("{oops"), min_size=1, max_size=30),
    st.integers(min_value=1, max_value=300),
    st.integers(min_value=1, max_value=64),
    st.booleans(),
)
def test_ranges_cover_a_file_once_whatever_their_size(
    texts: list[str], part_bytes: int, block: int, ends: bool
) -> None:
    import tempfile

    lines = [text if text == "{oops" else json.dumps({"text": text or "x"}) for text in texts]
    old = jsonl._BLOCK_BYTES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "in.jsonl")
        path.write_text("\n".join(lines) + "\n" * ends)
        try:
            jsonl._BLOCK_BYTES = block
            found = pages_of(path, part_bytes)
        finally:
            jsonl._BLOCK_BYTES = old
    assert [p.id for p in found] == [f"in.jsonl:{i + 1}" for i in range(len(lines))]
    assert [p.text for p in found] == ["" if text == "{oops" else text or "x" for text in texts]


def test_a_large_file_gives_many_parts_and_a_line_added_at_its_end_keeps_the_earlier(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "in.jsonl", [{"text": SIMPLE * (10 + i % 21)} for i in range(200)])
    source = SourceConfig(str(path))
    before = [digest(part) for part in parts(source, 100_000)]
    assert len(before) > 8
    with path.open("a") as file:
        file.write('{"text": "new"}\n')
    after = [digest(part) for part in parts(source, 100_000)]
    assert after[: len(before) - 1] == before[:-1]
    assert after != before


def test_lines_that_are_too_long_are_passed_over_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_PAGE_BYTES", 1_000_000)
    monkeypatch.setattr("pipeline.sources.text.MAX_PAGE_BYTES", 1_000_000)
    path = write_jsonl(tmp_path / "in.jsonl", [{"text": "a"}, {"text": "b" * 1_000_001}, {"text": "c"}])
    assert [(p.id, p.text, p.reason) for p in pages_of(path)] == [
        ("in.jsonl:1", "a", None),
        ("in.jsonl:2", "", "in.jsonl:2: more than 1 MB in one line"),
        ("in.jsonl:3", "c", None),
    ]
    (tmp_path / "a.txt").write_bytes(b"a" * 1_000_001)
    assert pages_of(tmp_path / "a.txt")[0].reason == "more than 1 MB in one page"


# --- Parquet


def test_rows_are_pages_and_parts_are_row_groups(tmp_path: Path) -> None:
    rows = 1000
    table = pa.table(
        {
            "id": [f"p{i}" for i in range(rows)], "text": [f"{SIMPLE}{i}" for i in range(rows)],
            "url": ["https://a.example/1"] * rows, "views": list(range(rows)), "vector": [[0.5] * 50] * rows,
            "when": pa.array([1_700_000_000_123_456_789] * rows, pa.timestamp("ns")), "raw": [b"\x00"] * rows,
            "kind": pa.array(["news"] * rows).dictionary_encode(),
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=100)
    made = parts(SourceConfig(str(tmp_path)), 60_000)
    assert 3 <= len(made) <= 10
    found = [page for part in made for page in read(part)]
    assert [p.id for p in found] == [f"p{i}" for i in range(rows)]
    assert found[7].text == f"{SIMPLE}7"
    assert found[7].site == "a.example"
    assert found[7].meta == {"views": "7", "when": "2023-11-14T22:13:20.123456", "kind": "news"}
    assert len({digest(part) for part in made}) == len(made)


def test_rows_without_an_id_are_named_by_their_number_across_row_groups(tmp_path: Path) -> None:
    table = pa.table({"text": pa.array(["a", None, "c", "d", ""]), "id": pa.array([None, "x", None, "x", "y"])})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=2)
    found = pages_of(tmp_path / "in.parquet")
    assert [(p.id, p.text, p.reason) for p in found] == [
        ("in.parquet:1", "a", None),
        ("x", "", 'in.parquet:2: the field "text" holds null, not text'),
        ("in.parquet:3", "c", None),
        ("x (in.parquet:4)", "d", None),
        ("y", "", 'in.parquet:5: the field "text" is empty'),
    ]
    apart = pages_of(tmp_path / "in.parquet", 1)  # a part for each row group; ids are told apart within a part
    assert [p.id for p in apart] == ["in.parquet:1", "x", "in.parquet:3", "x", "y"]


def test_bytes_in_parquet_are_decoded_as_files_are(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [SIMPLE.encode("gbk"), SIMPLE.encode(), b"\x00\x01\x02"]}), tmp_path / "a.parquet")
    found = pages_of(tmp_path)
    assert [(p.text, p.encoding) for p in found[:2]] == [(SIMPLE, "gb18030"), (SIMPLE, "utf-8")]
    assert (found[2].reason or "").startswith("binary file")
    broken = pa.array([SIMPLE.encode("gbk"), b"ok"]).view(pa.binary()).cast(pa.binary())
    strings = pa.Array.from_buffers(pa.string(), 2, broken.buffers())
    pq.write_table(pa.table({"text": strings}), tmp_path / "a.parquet")
    assert [(p.text, p.encoding) for p in pages_of(tmp_path)] == [(SIMPLE, "gb18030"), ("ok", "utf-8")]


def test_the_digest_of_parquet_sees_the_used_columns_only(tmp_path: Path) -> None:
    def made(**columns: list[Any]) -> str:
        pq.write_table(pa.table({"text": ["a", "b"], **columns}), tmp_path / "a.parquet")
        (part,) = parts(SourceConfig(str(tmp_path)), 1000)
        return digest(part)

    assert made(n=[1, 2]) == made(n=[1, 2])
    assert made(n=[1, 2]) != made(n=[1, 3])
    assert made(v=[[1], [2]]) == made(v=[[1], [3]])


def test_parquet_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 this is none")
    assert "not a Parquet file that can be read" in refusal(path)
    pq.write_table(pa.table({"body": ["a"], "n": [1]}), path)
    said = 'no column "text" or "html" to take the text from. Columns: body, n. Name the right one in [source] text or'
    assert said in refusal(path)
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), path)
    assert "not one row" in refusal(path)
    pq.write_table(pa.table({"text": [SIMPLE * 50] * 99}), path, write_page_checksum=True, compression="none")
    data = bytearray(path.read_bytes())
    data[2000] ^= 1
    path.write_bytes(data)
    assert "row groups 0 to 0 are broken" in refusal(path)


# --- what is not there


def test_a_path_that_is_not_there_is_told_with_what_is_near(tmp_path: Path) -> None:
    (tmp_path / "samples" / "deep").mkdir(parents=True)
    said = refusal(tmp_path / "sampels" / "deep")
    assert said.startswith(f"{tmp_path / 'sampels' / 'deep'}: no such file or folder; {tmp_path} has no 'sampels'.")
    assert said.endswith(f"Did you mean {tmp_path / 'samples'}?")


def test_an_input_without_a_page_is_told_with_what_was_found(tmp_path: Path) -> None:
    assert "found nothing at all" in refusal(tmp_path)
    (tmp_path / "a.doc").touch()
    (tmp_path / "b.doc").touch()
    assert "Looked for .txt, .html, .htm," in refusal(tmp_path)
    assert "packed or not; found 2 .doc." in refusal(tmp_path)
    assert "no .jsonl or .ndjson file in it or its subfolders; found 2 .doc." in refusal(tmp_path, format="jsonl")
    (tmp_path / "c.txt").symlink_to("nowhere")
    assert "none of its files can be read; c.txt cannot be read: No such file" in refusal(tmp_path)
    (tmp_path / "c.txt").unlink()
    (tmp_path / "c.jsonl").touch()
    assert "1 JSONL files and not one line" in refusal(tmp_path)
    assert refusal(tmp_path, format="text").endswith("Did you mean [source] format = 'jsonl'?")
    (tmp_path / "d.txt").write_text("d")
    assert "files of several formats" in refusal(tmp_path)
    assert [p.id for p in pages_of(tmp_path, format="text")] == ["d.txt"]
    assert [p.id for p in pages_of(tmp_path / "a.doc", format="text")] == ["a.doc"]


def test_jsonl_that_is_packed_or_utf_16_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(gzip.compress(b"{}"))
    assert "found gzip; give it the suffix .jsonl.gz" in refusal(path)
    path.write_text('{"text": "a"}', encoding="utf-16")
    assert "found UTF-16; convert it with: iconv" in refusal(path)
    path.unlink()
    path.symlink_to("nowhere")
    assert "a.jsonl: cannot be read: No such file or directory" in refusal(path)


def test_the_suffixes_that_tell_a_format_are_those_of_its_reader() -> None:
    for name in FORMATS:
        reader = sources._reader(name)
        own = reader.HTML_SUFFIXES if name == "html" else reader.SUFFIXES
        assert tuple(s for s, f in sources.SUFFIXES.items() if f == name) == own
