"""Formats: the same pages come out of every format, packed in every way, cut into parts of any size, from any place."""

import csv
import gzip
import hashlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.errors import InputError, UsageError
from pipeline.sources import digest, http, parts, read, warc
from tests.archives import PACK, conversion, members, other, response, zstd

packed = pytest.mark.parametrize("suffix", PACK)

TEXTS = [f"第{i}页。今天天气很好，我们沿着河边走了很久，看见许多不知名的花。" for i in range(1, 31)]
ROWS: list[dict[str, Any]] = [
    {"id": f"p{i}", "text": text, "url": f"https://a.example/{i}", "title": f"题{i}", "date": "2024/5/1"}
    for i, text in enumerate(TEXTS)
]


def pages_of(path: Path | str, part_bytes: int = 1 << 20, **settings: Any) -> list[Page]:
    return [page for part in parts(SourceConfig(str(path), **settings), part_bytes) for page in read(part)]


def as_jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_tsv(rows: list[dict[str, Any]]) -> bytes:
    lines = ["\t".join(row) for row in [list(rows[0]), *(list(row.values()) for row in rows)]]
    return "\n".join(lines).encode()


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out, row_group_size=7)
    return out.getvalue()


def as_arrow_stream(rows: list[dict[str, Any]]) -> bytes:
    out, table = io.BytesIO(), pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=7)
    return out.getvalue()


def as_arrow_file(rows: list[dict[str, Any]]) -> bytes:
    out, table = io.BytesIO(), pa.Table.from_pylist(rows)
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=7)
    return out.getvalue()


RECORDS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "jsonl": as_jsonl, "csv": as_csv, "tsv": as_tsv, "parquet": as_parquet, "arrow": as_arrow_stream,
    "file.arrow": as_arrow_file,
}  # fmt: skip


@packed
@pytest.mark.parametrize("format_", RECORDS)
def test_records_are_the_same_pages_in_every_format_and_packing(tmp_path: Path, format_: str, suffix: str) -> None:
    path = tmp_path / f"pages.{format_}{suffix}"
    path.write_bytes(PACK[suffix](RECORDS[format_](ROWS)))
    found = pages_of(path)
    assert [(p.id, p.text, p.url) for p in found] == [(r["id"], r["text"], r["url"]) for r in ROWS]
    assert found[3].meta == {"title": "题3", "date": "2024-05-01"}
    assert {p.digest for p in found} == {hashlib.sha256(text.encode()).hexdigest() for text in TEXTS}
    made = parts(SourceConfig(str(path)), 1 << 20)
    assert len({digest(part) for part in made}) == len(made)
    assert made[0].bytes > 0


@packed
def test_files_of_text_and_html_are_read_together_and_in_order(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "a.example").mkdir()
    (tmp_path / "a.example" / f"1.html{suffix}").write_bytes(PACK[suffix]("<h1>题</h1><p>正文。</p>".encode("gbk")))
    (tmp_path / f"2.txt{suffix}").write_bytes(PACK[suffix](TEXTS[0].encode("utf-16")))
    one, two = pages_of(tmp_path), pages_of(tmp_path, 1)
    assert [(p.id, p.text, p.reader) for p in one] == [(p.id, p.text, p.reader) for p in two]
    text, html = one
    assert (text.id, text.text, text.encoding, text.reader) == (f"2.txt{suffix}", TEXTS[0], "utf-16", "text")
    assert (html.id, html.text, html.encoding, html.reader) == (
        f"a.example/1.html{suffix}", "题\n\n正文。", "gb18030", "html",
    )  # fmt: skip
    assert html.hints is not None
    assert text.hints is None
    assert html.site == "a.example"


def test_html_is_decoded_as_its_head_declares_where_the_bytes_do_not_tell(tmp_path: Path) -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=big5"><p>妳</p>'
    (tmp_path / "a.htm").write_bytes(page.encode("big5"))
    assert [(p.text, p.encoding) for p in pages_of(tmp_path)] == [("妳", "big5")]


def test_html_without_text_is_a_page_with_a_reason_and_its_bytes(tmp_path: Path) -> None:
    data = b"<html><script>render()</script></html>"
    (tmp_path / "a.html").write_bytes(data)
    (page,) = pages_of(tmp_path)
    assert (page.text, page.reason, page.raw) == ("", "HTML without text", data)


@pytest.mark.parametrize("format_", ["jsonl", "csv", "parquet"])
def test_a_record_is_its_html_where_it_has_no_text(tmp_path: Path, format_: str) -> None:
    rows = [{"text": "", "html": "<p>甲</p><ul><li>乙</li></ul>"}, {"text": "丙", "html": "<p>丁</p>"}]
    (tmp_path / f"a.{format_}").write_bytes(RECORDS[format_](rows))
    one, two = pages_of(tmp_path)
    assert (one.text, two.text) == ("甲\n\n• 乙", "丙")
    assert one.hints is not None
    assert two.hints is None


def test_fields_have_the_names_that_the_configuration_gives(tmp_path: Path) -> None:
    row = {
        "content": "正文", "headline": "题", "published": "2024年5月1日 8:05", "press": "青石晚报", "who": ["甲", "乙"],
        "title": "other", "views": 5, "tags": ["诗", "河"],
    }  # fmt: skip
    (tmp_path / "a.jsonl").write_bytes(as_jsonl([row]))
    names: dict[str, Any] = {"text": "content", "title": "headline", "date": "published"}
    (page,) = pages_of(tmp_path, **names, source="press", authors="who")
    assert page.meta == {
        "title": "题", "date": "2024-05-01 08:05", "source": "青石晚报", "authors": "甲\n乙", "views": "5",
        "tags": "诗\n河",
    }  # fmt: skip


# --- CSV


def test_csv_of_a_spreadsheet_is_read_whatever_its_encoding_and_separator(tmp_path: Path) -> None:
    text = 'id;text\r\n1;"第一行\r\n第二行；""引""号"\r\n2;好\r\n'
    for encoding, name in (("gb18030", "gb18030"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16")):
        (tmp_path / "a.csv").write_bytes(text.encode(encoding))
        found = pages_of(tmp_path)
        assert [(p.id, p.text, p.encoding) for p in found] == [
            ("1", '第一行\r\n第二行；"引"号', name),
            ("2", "好", name),
        ]


def test_rows_of_another_width_and_a_quote_without_an_end_are_pages_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text('text,n\n甲,1\n乙\n丙,1,2\n"丁,1\n戊,1\n')
    found = pages_of(tmp_path)
    assert [(p.id, p.reason) for p in found] == [
        ("a.csv:2", None),
        ("a.csv:3", "a.csv:3: 1 fields in a row; the header has 2"),
        ("a.csv:4", "a.csv:4: 3 fields in a row; the header has 2"),
        ("a.csv:5", "a.csv:5: 1 fields in a row; the header has 2"),
    ]
    assert found[3].raw == "丁,1\n戊,1\n".encode()
    assert csv.field_size_limit() == 64_000_000
    old = csv.field_size_limit(1000)
    try:
        (tmp_path / "a.csv").write_text('text\n甲\n"' + "丁\n" * 2000)
        assert [p.reason for p in pages_of(tmp_path)] == [
            None, "a.csv:3 and what follows: field larger than field limit (1000)",
        ]  # fmt: skip
    finally:
        csv.field_size_limit(old)


def test_csv_without_the_column_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("body,n\n甲,1\n")
    with pytest.raises(InputError, match=r'no column "text" or "html" to take the page from\. Columns: body, n\.'):
        pages_of(tmp_path)


def test_rows_of_another_encoding_are_read_in_theirs(tmp_path: Path) -> None:
    rows = [b"text\n", *(text.encode() + b"\n" for text in TEXTS), *(text.encode("gb18030") + b"\n" for text in TEXTS)]
    (tmp_path / "a.csv").write_bytes(b"".join(rows))
    found = pages_of(tmp_path)
    assert [p.text for p in found] == TEXTS * 2
    assert {p.encoding for p in found[30:]} == {"gb18030"}


def test_stray_bytes_of_csv_are_counted_as_those_of_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"text\n" + (TEXTS[0] * 9).encode() + b"\xff\n")
    (page,) = pages_of(tmp_path)
    assert page.text == TEXTS[0] * 9 + "\ufffd"
    assert page.meta == {"undecodable": "1"}


# --- WARC and WET

HTML = [f"<title>题{i}</title><article><p>{text}</p></article>".encode() for i, text in enumerate(TEXTS)]


@packed
def test_responses_of_an_archive_are_pages_and_other_records_are_none(tmp_path: Path, suffix: str) -> None:
    records = [record for i, html in enumerate(HTML) for record in (other(1000 + i), response(i, html))]
    data = members(records) if suffix == ".gz" else PACK[suffix](b"".join(records))
    (tmp_path / f"crawl.warc{suffix}").write_bytes(data)
    found = pages_of(tmp_path)
    assert [p.text for p in found] == TEXTS
    assert (found[7].id, found[7].url, found[7].site) == ("urn:uuid:7", "https://a.example/7.html", "a.example")
    assert found[7].meta == {"fetched_at": "2024-05-20T00:00:00Z"}
    assert found[7].digest == hashlib.sha256(HTML[7]).hexdigest()
    assert found[7].hints is not None
    assert found[7].hints.heads[0]["page_title"] == ["题7"]


@pytest.mark.parametrize("part_bytes", [1, 300, 1000, 5000, 1 << 20])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_an_archive_is_cut_between_records_and_every_page_is_in_one_part(
    tmp_path: Path, suffix: str, part_bytes: int
) -> None:
    # A page that quotes an archive, plain and packed, looks like records where a cut is sought.
    quoting = b"<p>" + response(99, HTML[0]) + members([response(98, HTML[0])]) * 3 + b"</p>"
    records = [response(i, html) for i, html in enumerate(HTML)] + [response(50, quoting)]
    # And one that holds a packed file, in a member that is only stored: where it begins no record does.
    holding = response(51, gzip.compress(b"no record") * 40, kind="text/html")
    data = members(records) + gzip.compress(holding, 0) if suffix else b"".join([*records, holding])
    path = tmp_path / f"crawl.warc{suffix}"
    path.write_bytes(data)
    made = parts(SourceConfig(str(path)), part_bytes)
    assert [p.id for part in made for p in read(part)] == [f"urn:uuid:{i}" for i in [*range(30), 50, 51]]
    slices = [piece for part in made for piece in part.files]
    assert slices[0].start == 0
    assert [s.end for s in slices] == [*(s.start for s in slices[1:]), len(data)]
    assert len(slices) > 1 or part_bytes > len(data)


def test_a_record_added_to_an_archive_leaves_the_digests_of_earlier_parts(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(members(response(i, html) for i, html in enumerate(HTML)))
    before = [digest(part) for part in parts(SourceConfig(str(path)), 1000)]
    with path.open("ab") as file:
        file.write(members([response(77, HTML[0])]))
    after = [digest(part) for part in parts(SourceConfig(str(path)), 1000)]
    assert len(before) > 4
    assert after[: len(before) - 1] == before[:-1]


def test_records_without_an_id_are_named_by_their_place_and_so_are_their_parts(tmp_path: Path) -> None:
    record = response(1, HTML[0]).replace(b"WARC-Record-ID: <urn:uuid:1>\r\n", b"")
    (tmp_path / "a.warc").write_bytes(record * 3)
    made = parts(SourceConfig(str(tmp_path)), 1)
    whole = [page.id for part in parts(SourceConfig(str(tmp_path)), 1 << 20) for page in read(part)]
    assert whole == ["a.warc@0+1", "a.warc@0+2", "a.warc@0+3"]
    slices = [piece for part in made for piece in part.files]
    assert [s.start for s in slices] == [0, len(record), 2 * len(record)]
    one, two = (replace(made[0], files=(piece,)) for piece in slices[:2])
    assert [p.text for p in read(one)] == [p.text for p in read(two)]
    assert digest(one) != digest(two)


def test_wet_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "crawl.warc.wet.gz").write_bytes(members(conversion(i, text) for i, text in enumerate(TEXTS)))
    found = pages_of(tmp_path)
    assert [p.text for p in found] == TEXTS
    assert found[0].hints is None


def test_what_is_no_page_of_an_archive_has_a_reason(tmp_path: Path) -> None:
    records = [
        response(1, b"<p>gone</p>", status="404 Not Found"), response(2, b"\x89PNG\r\n", kind="image/png"),
        response(3, "<p>好的，见面再说。</p>".encode("gbk"), kind="text/html; charset=gb2312"),
        response(4, b"", kind="text/html"), response(5, "好，见面再说。".encode(), kind="text/plain; charset=utf-8"),
        response(6, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    ]  # fmt: skip
    (tmp_path / "a.warc").write_bytes(b"".join(records))
    found = pages_of(tmp_path)
    assert [(p.text, p.reason) for p in found] == [
        ("", "HTTP status 404"), ("", "no page but image/png"), ("好的，见面再说。", None), ("", "empty file"),
        ("好，见面再说。", None), ("", "binary file: PNG"),
    ]  # fmt: skip
    assert found[5].raw == b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def test_bodies_are_unpacked_where_they_look_packed_and_only_there(tmp_path: Path) -> None:
    import brotli

    html = HTML[0]
    chunks = b"5\r\n" + html[:5] + b"\r\n" + f"{len(html) - 5:x}".encode() + b"; x=y\r\n" + html[5:] + b"\r\n0\r\n\r\n"
    records = [
        response(1, gzip.compress(html), headers="Content-Encoding: gzip\r\n"),
        response(2, html, headers="Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
        response(3, chunks, headers="Transfer-Encoding: chunked\r\n"),
        response(4, brotli.compress(html), headers="Content-Encoding: br\r\n"),
        response(5, zstd(html), headers="Content-Encoding: zstd\r\n"),
        response(6, gzip.compress(html)[:-20], headers="Content-Encoding: gzip\r\n"),
    ]
    (tmp_path / "a.warc").write_bytes(b"".join(records))
    found = pages_of(tmp_path)
    assert [p.text for p in found] == [TEXTS[0]] * 5 + [""]
    assert found[5].reason == "truncated gzip: the file ends before its data do"
    assert http.body(b"12 monkeys", "chunked", "") == b"12 monkeys"


def test_two_records_of_one_id_are_two_pages(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(response(1, HTML[0]) + response(1, HTML[1]))
    found = pages_of(tmp_path)
    assert [p.text for p in found] == TEXTS[:2]
    assert len({p.id for p in found}) == 2


def test_an_archive_that_is_cut_off_or_no_archive_says_so_and_keeps_what_was_whole(tmp_path: Path) -> None:
    whole = [response(i, html) for i, html in enumerate(HTML)]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(members(whole)[:-40])
    found = pages_of(path)
    assert [p.text for p in found[:-1]] == TEXTS[:-1]
    assert (found[-1].reason or "").endswith("truncated gzip: the file ends before its data do")
    path = tmp_path / "b.warc"
    path.write_bytes(b"".join(whole)[:-200])
    found = pages_of(path)
    assert [p.text for p in found[: len(TEXTS) - 1]] == TEXTS[:-1]
    assert len(found) <= len(TEXTS)


def test_a_gigabyte_of_zeros_is_cut_like_any_file(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert len(parts(SourceConfig(str(path)), 1 << 28)) == 1


# --- datasets


def test_a_folder_of_the_hub_gives_the_files_of_its_config_and_split(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name, rows in (("data/train-0.parquet", ROWS[:2]), ("data/test-0.parquet", ROWS[2:3]), ("b.jsonl", ROWS[5:7])):
        (tmp_path / name).write_bytes((as_jsonl if name.endswith("l") else as_parquet)(rows))
    (tmp_path / "README.md").write_text(
        "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n"
        "  - split: test\n    path: [data/test-*]\n- config_name: more\n  data_files: b.jsonl\n---\n# A set\n"
    )
    ids = {
        "all": pages_of(tmp_path), "test": pages_of(tmp_path, split="test"), "more": pages_of(tmp_path, config="more"),
    }  # fmt: skip
    assert {name: [p.id for p in found] for name, found in ids.items()} == {
        "all": ["p2", "p0", "p1"], "test": ["p2"], "more": ["p5", "p6"],
    }  # fmt: skip
    with pytest.raises(UsageError, match=r"there is no config 'mroe'\. There are: default, more\. Did you mean more\?"):
        pages_of(tmp_path, config="mroe")
    with pytest.raises(UsageError, match=r"there is no split 'dev'\. There are: train, test\."):
        pages_of(tmp_path, split="dev")


@pytest.mark.slow
def test_a_dataset_saved_to_disk_is_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    train, test = (datasets.Dataset.from_list(rows) for rows in (ROWS[:20], ROWS[20:]))
    datasets.DatasetDict({"train": train, "test": test}).save_to_disk(tmp_path / "set")
    (tmp_path / "set" / "train" / "cache-1f.arrow").write_bytes(as_arrow_stream(ROWS[:3]))  # as `map` leaves it
    assert [p.id for p in pages_of(tmp_path / "set")] == [r["id"] for r in [*ROWS[20:], *ROWS[:20]]]
    assert [p.id for p in pages_of(tmp_path / "set", split="train")] == [r["id"] for r in ROWS[:20]]


# --- storage


def test_pages_of_a_bucket_are_those_of_a_folder(tmp_path: Path, bucket: str) -> None:
    import s3fs

    names = {
        "pages/a.example/1.txt": TEXTS[0].encode(), "pages/a.example/2.html.gz": PACK[".gz"](HTML[1]),
        "rows/r.jsonl.zst": zstd(as_jsonl(ROWS)), "rows.jsonl": as_jsonl(ROWS), "crawl/a.warc.gz": members(
            response(i, html) for i, html in enumerate(HTML)
        ), "columns/r.parquet": as_parquet(ROWS),
    }  # fmt: skip
    system = s3fs.S3FileSystem()
    for name, data in names.items():
        system.pipe_file(f"{bucket.removeprefix('s3://')}/{name}", data)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    for place in ("pages", "rows", "rows.jsonl", "crawl", "columns", "pages/a.example/1.txt"):
        here = pages_of(tmp_path / place, 1000)
        there = pages_of(f"{bucket}/{place}", 1000)
        assert [replace(p, hints=None) for p in there] == [replace(p, hints=None) for p in here], place
        assert here
    made = parts(SourceConfig(f"{bucket}/crawl"), 1000)
    assert len(made) > 3
    assert len({digest(part) for part in made}) == len(made), "ranges of one length in one file are not the same"
    (part,) = parts(SourceConfig(f"{bucket}/rows.jsonl"), 1000)
    old = digest(part)
    system.pipe_file(f"{bucket.removeprefix('s3://')}/rows.jsonl", as_jsonl(ROWS[1:]))
    system.invalidate_cache()
    (part,) = parts(SourceConfig(f"{bucket}/rows.jsonl"), 1000)
    assert digest(part) != old


def test_an_address_that_leads_nowhere_is_told_in_one_line(bucket: str) -> None:
    with pytest.raises(InputError, match=r"nothing there|cannot be listed"):
        pages_of(f"{bucket}-not/pages")
    with pytest.raises(UsageError, match="no storage that fsspec knows"):
        pages_of("nowhere://x/y")


def test_memory_and_other_storages_of_fsspec_are_read() -> None:
    import fsspec

    system = fsspec.filesystem("memory")
    system.pipe_file("/pages/a.txt", TEXTS[0].encode())
    assert [p.text for p in pages_of("memory://pages")] == [TEXTS[0]]


def test_names_with_signs_of_patterns_are_names(tmp_path: Path) -> None:
    for name in ("a[1].txt", "b*.txt", "c?.txt", "..d.txt", "e\n.txt", "x::y.txt", "f%20.txt"):
        (tmp_path / name).write_text(TEXTS[0])
    found = pages_of(tmp_path)
    assert [p.reason for p in found] == [None] * 6  # a name that begins with a dot is passed over
    assert os.sep not in found[0].id


def test_the_window_in_which_a_member_is_sought_is_no_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "_WINDOW", 64)
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(members(response(i, html) for i, html in enumerate(HTML)))
    assert [p.text for p in pages_of(path, 1000)] == TEXTS
