"""Bad input of containers: each file ends in pages, in pages with a reason, or in one clear error; never in a crash, a
wait, or a full memory.
"""

import bz2
import gzip
import io
import json
import lzma
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config
from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.engine import plan
from pipeline.errors import InputError
from pipeline.publish.read import shards
from pipeline.publish.schema import DOCUMENTS, DROPPED, FIELDS
from pipeline.sources import compressed, parts, read
from pipeline.sources.compressed import BOMB_BYTES, Fault, unpacked
from pipeline.sources.page import MAX_KEPT_BYTES
from tests.archives import PACK, members, response, zstd

ROOT = Path(__file__).resolve().parent.parent
TEXT = "今年春天，镇上的图书馆换了新的屋顶。工人们把旧瓦片一块一块取下来，在院子里堆成了小山。"
PACKED = [suffix for suffix in PACK if suffix]


def pages_of(path: Path, part_bytes: int = 1 << 20, **settings: Any) -> list[Page]:
    return [page for part in parts(SourceConfig(str(path), **settings), part_bytes) for page in read(part)]


def rows(count: int) -> bytes:
    return "".join(json.dumps({"text": f"{i} {TEXT}"}, ensure_ascii=False) + "\n" for i in range(count)).encode()


def whole(data: bytes, suffix: str) -> bytes:
    return unpacked(io.BytesIO(data), f"a{suffix}").read()


# --- packed files


@pytest.mark.parametrize("suffix", PACKED)
@given(data=st.binary(max_size=3000), sizes=st.lists(st.integers(1, 4000), max_size=4))
def test_packed_bytes_come_back_in_one_member_or_many(suffix: str, data: bytes, sizes: list[int]) -> None:
    assert whole(PACK[suffix](data), suffix) == data
    assert whole(PACK[suffix](data) + PACK[suffix](data[::-1]), suffix) == data + data[::-1]
    stream = unpacked(io.BytesIO(PACK[suffix](data)), f"a{suffix}")
    pieces = [stream.read(size) for size in sizes]
    assert b"".join(pieces) + stream.read() == data


@pytest.mark.parametrize("suffix", PACKED)
def test_a_torn_file_gives_what_came_before_and_a_reason_for_the_rest(tmp_path: Path, suffix: str) -> None:
    data = b"".join(PACK[suffix](rows(1000)) for _ in range(3))
    path = tmp_path / f"a.jsonl{suffix}"
    for cut in (len(data) - 5, len(data) // 2, 20):
        path.write_bytes(data[:cut])
        *before, last = pages_of(path)
        assert all(p.reason is None for p in before)
        assert [p.text.split()[0] for p in before] == [str(i % 1000) for i in range(len(before))]
        assert last.reason is not None
        assert last.reason.endswith("the file ends before its data do")
        assert "and what follows: truncated" in last.reason
        assert cut == 20 or before


@pytest.mark.parametrize("suffix", PACKED)
def test_bytes_that_are_wrong_midway_are_told(tmp_path: Path, suffix: str) -> None:
    data = bytearray(PACK[suffix](rows(2000)))
    for at in range(len(data) // 2, len(data) // 2 + 300):
        data[at] ^= 0x5A
    (tmp_path / f"a.jsonl{suffix}").write_bytes(data)
    found = pages_of(tmp_path)
    assert any(p.reason and "and what follows: broken" in p.reason for p in found)
    (tmp_path / f"a.jsonl{suffix}").write_bytes(b"no packed file at all")
    (page,) = pages_of(tmp_path)
    assert "broken" in (page.reason or "") or "truncated" in (page.reason or "")


def test_zeros_after_the_end_are_padding_and_other_bytes_are_told() -> None:
    for suffix in (".gz", ".bz2", ".xz"):
        assert whole(PACK[suffix](b"abc") + bytes(5000), suffix) == b"abc"
        with pytest.raises(Fault, match="bytes after its end"):
            whole(PACK[suffix](b"abc") + b"garbage that is no member", suffix)


def swallowed(stream: BinaryIO, step: int) -> tuple[str, int]:
    """What a stream says in the end, and how much it gave before."""
    size = 0
    try:
        while piece := stream.read1(step):  # type: ignore[attr-defined]  # it is buffered
            size += len(piece)
    except Fault as fault:
        return str(fault), size
    return "", size


def bombs() -> dict[str, bytes]:
    block = bytes(1 << 20)
    gz = io.BytesIO()
    with gzip.GzipFile(fileobj=gz, mode="wb") as file:
        for _ in range(300):
            file.write(block)
    bz, xz = bz2.BZ2Compressor(), lzma.LZMACompressor(preset=1)
    packed_bz = b"".join([*(bz.compress(block) for _ in range(100)), bz.flush()])
    packed_xz = b"".join([*(xz.compress(block) for _ in range(300)), xz.flush()])
    return {".gz": gz.getvalue(), ".bz2": packed_bz, ".xz": packed_xz, ".zst": zstd(bytes(300 << 20))}


def test_a_bomb_is_stopped_where_it_shows_itself(tmp_path: Path) -> None:
    for suffix, data in bombs().items():
        assert len(data) < 2 << 20
        stream = unpacked(io.BytesIO(data), f"a{suffix}")
        said, size = swallowed(stream, 1 << 20)
        assert "bomb: 64 MiB and more come of less than a 200th" in said
        assert BOMB_BYTES - (2 << 20) <= size <= BOMB_BYTES
        for name in (f"a.txt{suffix}", f"a.html{suffix}", f"b.jsonl{suffix}", f"c.warc{suffix}"):
            (tmp_path / name).write_bytes(data)
            reasons = [p.reason or "" for p in pages_of(tmp_path / name)]
            assert reasons
            assert all("bomb" in r or "more than 64 MB" in r or "broken" in r for r in reasons), (name, reasons)


def test_a_bomb_behind_an_honest_gigabyte_would_be_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "BOMB_BYTES", 1 << 20)
    import random

    honest = random.Random(0).randbytes(3 << 20)
    data = gzip.compress(honest) + gzip.compress(bytes(8 << 20))
    stream = unpacked(io.BytesIO(data), "a.gz")
    said, size = swallowed(stream, 1 << 16)
    assert "bomb" in said
    assert len(honest) < size < len(honest) + (4 << 20)


def test_honest_repetition_is_no_bomb() -> None:
    line = (TEXT * 3 + "\n").encode()
    data = line * (70_000_000 // len(line))
    import random

    rng = random.Random(1)
    varied = b"".join(rng.randbytes(40) + data[i : i + 8000] for i in range(0, len(data), 8000))
    assert len(whole(gzip.compress(varied, 1), ".gz")) == len(varied)


def test_a_window_of_two_gibibytes_is_refused() -> None:
    # A frame whose head asks for a window of 2 GiB: descriptor without a content size, window exponent 31.
    frame = b"\x28\xb5\x2f\xfd" + bytes([0x00, (31 - 10) << 3]) + bytes([0x01, 0x00, 0x00])
    with pytest.raises(Fault, match="needs more than 128 MiB to unpack"):
        whole(frame, ".zst")
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
    with pytest.raises(Fault, match="needs more than 128 MiB to unpack"):
        whole(_xz_with_window(filters), ".xz")


def _xz_with_window(filters: list[dict[str, int]]) -> bytes:
    """A stream of xz that says it needs a dictionary of 1 GiB: a small one, with the size in its head changed."""
    from zlib import crc32

    small = lzma.compress(b"abc", filters=[{**filters[0], "dict_size": 1 << 16}])
    size = (small[12] + 1) * 4  # of the head of the block, its check included
    head = bytearray(small[12 : 12 + size])
    at = head.index(bytes([lzma.FILTER_LZMA2, 1])) + 2
    head[at] = 36  # 1 GiB, in the code of LZMA2
    head[-4:] = crc32(bytes(head[:-4])).to_bytes(4, "little")
    return small[:12] + bytes(head) + small[12 + size :]


# --- lines and records


def test_torn_and_nested_lines_are_pages_with_a_reason_and_their_bytes(tmp_path: Path) -> None:
    deep = b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    lines = [rows(1).rstrip(), deep, b'{"text": "a\\u0000b"}', b"\0\0\0", b'{"text": "torn off in the mid']
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    begin = time.process_time()
    found = pages_of(tmp_path)
    assert time.process_time() - begin < 5
    assert [p.reason is None for p in found] == [True, False, True, False, False]
    assert found[2].text == "a\0b"
    assert "not JSON that can be read" in (found[1].reason or "")
    assert found[4].reason == "a.jsonl:5: not JSON: Unterminated string starting at at character 10"
    assert [p.raw for p in found if p.reason] == [lines[1], lines[3], lines[4]] or found[1].raw == lines[1] + b"\n"


def test_bytes_are_kept_up_to_a_limit(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\x89PNG" + bytes(100))
    (tmp_path / "b.txt").write_bytes(b"\x89PNG" + bytes(MAX_KEPT_BYTES))
    small, large = pages_of(tmp_path)
    assert small.raw == b"\x89PNG" + bytes(100)
    assert large.raw is None
    assert large.digest


def test_html_of_hundred_thousand_levels_is_a_page_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"<div>" * 100_000 + TEXT.encode())
    (tmp_path / "b.html").write_text(f"<p>{TEXT}</p>")
    assert [p.reason for p in pages_of(tmp_path)] == ["HTML nested more than 5000 deep", None]


def error_of(path: Path) -> str | None:
    """What is said of an input that cannot be read at all; each page of another has text or a reason."""
    try:
        found = pages_of(path)
    except InputError as error:
        return str(error)
    assert all((page.reason is None) == bool(page.text) for page in found)
    return None


# --- Parquet


def parquet(table: pa.Table, **how: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **how)
    return out.getvalue()


def test_two_kilobytes_that_hold_gigabytes_are_read_a_page_at_a_time(tmp_path: Path) -> None:
    big = TEXT * 6000  # 800 KB, named 4000 times: 3 GB as text
    table = pa.table({"text": pa.DictionaryArray.from_arrays(pa.array([0] * 4000, pa.int32()), [big])})
    data = parquet(table, compression="zstd", dictionary_pagesize_limit=1 << 22, store_schema=False)
    assert len(data) < 200_000
    path = tmp_path / "a.parquet"
    path.write_bytes(data)
    code = (
        "import sys; from pipeline.sources import parts, read; from pipeline.config import SourceConfig\n"
        "print(sum(len(p.text) for part in parts(SourceConfig(sys.argv[1]), 1 << 24) for p in read(part)))\n"
        "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    size, kilobytes = map(int, done.stdout.split())
    assert size == 4000 * len(big)
    assert kilobytes < 1_200_000  # as text it would be 3 GB


def test_a_footer_that_lies_is_one_clear_error(tmp_path: Path) -> None:
    data = parquet(pa.table({"text": [f"{i} {TEXT}" for i in range(200)]}), compression="none", use_dictionary=False)
    path = tmp_path / "a.parquet"
    length = int.from_bytes(data[-8:-4], "little")
    footer = bytearray(data[-8 - length : -8])
    told = [b"PAR1" + b"\xff" * 300, data[:-8] + (1 << 31).to_bytes(4, "little") + b"PAR1", data[: len(data) // 2]]
    # Every byte of the footer once; of a thousand such files each is read, or refused with one error.
    for at in range(0, length, 3):
        for change in (0x01, 0x80, 0xFF):
            lying = bytearray(footer)
            lying[at] ^= change
            told.append(data[: -8 - length] + bytes(lying) + data[-8:])
    limit = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, bytes_ in enumerate(told):
        path.write_bytes(bytes_)
        said = error_of(path)
        assert said is None or ("a.parquet" in said and "\n" not in said), number
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < limit + 500_000


def test_offsets_that_lead_out_of_their_data_are_not_followed(tmp_path: Path) -> None:
    data = _stream(pa.table({"text": ["abc", "def"]}))
    offsets = b"".join(n.to_bytes(4, "little") for n in (0, 3, 6))
    assert data.count(offsets) == 1
    (tmp_path / "a.arrow").write_bytes(data.replace(offsets, offsets[:8] + (2_000_000_000).to_bytes(4, "little")))
    with pytest.raises(InputError, match="not an Arrow file that can be read"):
        pages_of(tmp_path)


# --- a whole build


def test_every_page_of_a_bad_lot_is_a_document_or_dropped_with_its_reason(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    for i in range(12):
        (pages / f"good{i}.txt").write_text(f"好页之{i}\n" + "".join(f"{TEXT}{i}号{j}。\n" for j in range(3)))
    bad = {
        "a.txt.gz": gzip.compress(TEXT.encode() * 9)[:-9], "b.txt.zst": b"\x28\xb5\x2f\xfd\xff",
        "c.txt": b"\x89PNG\r\n\x1a\n", "d.html": b"<div>" * 100_000, "e.txt": b"",
        "f\n..[x].html": b"<script>1</script>", "g.txt.gz": gzip.compress(bytes(100 << 20)),
    }  # fmt: skip
    for name, data in bad.items():
        (pages / name).write_bytes(data)
    odd = {
        "marks": "渡口的石阶刻着水位，最高一道写着年份，那一年水漫过了石阶，也漫过了船工的门槛。e"
        + "\u0301\u0323" * 70_000,
        "nul": "船工把缆绳收好，锁了门，回家吃饭，比平时晚了一点。\0\n第二天早上他还是六点起床，走到渡口看了看水。",
        "one": "啊" * 60_000,
    }
    for name, text in odd.items():
        (pages / f"{name}.txt").write_text(text, encoding="utf-8")
    (pages / "loop").symlink_to(".")
    made = plan.build(_config(tmp_path, pages))
    assert made.pages == 22
    dropped = {row["page_id"]: row for path in shards(made.path, DROPPED) for row in pq.read_table(path).to_pylist()}
    assert sum(made.dropped.values()) == len(dropped)
    assert made.documents == 22 - len(dropped)
    assert not dropped.keys() & {f"{name}.txt" for name in odd}
    assert {page_id: row["reason"] for page_id, row in dropped.items() if not page_id.startswith("good")} == {
        "a.txt.gz": "truncated gzip: the file ends before its data do", "b.txt.zst": dropped["b.txt.zst"]["reason"],
        "c.txt": "binary file: PNG", "d.html": "HTML nested more than 5000 deep", "e.txt": "empty file",
        "f\\n..[x].html": "HTML without text", "g.txt.gz": "more than 64 MB in one page",
    }  # fmt: skip
    assert dropped["c.txt"]["raw_bytes"] == b"\x89PNG\r\n\x1a\n"
    assert dropped["d.html"]["raw_bytes"] == b"<div>" * 100_000
    assert dropped["f\\n..[x].html"]["raw_bytes"] == b"<script>1</script>"


def _config(tmp_path: Path, path: Path, **source: str) -> config.Config:
    return config.default(
        str(path),
        corpus={"name": "lot"},
        source=source,
        build={"out": str(tmp_path / "out"), "store": str(tmp_path / "store"), "workers": 1},
    )


def test_a_torn_archive_builds_with_what_was_whole(tmp_path: Path) -> None:
    html = [f"<h1>题{i}</h1><p>{TEXT}{i}</p><p>{'又' * 9}，{i}，{TEXT[::-1]}</p>".encode() for i in range(9)]
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(members(response(i, page) for i, page in enumerate(html))[:-30])
    made = plan.build(_config(tmp_path, path))
    assert made.pages == 9
    assert any("the file ends before its data do" in reason for _, reason in made.dropped)


def test_given_metadata_goes_before_what_was_read_and_both_are_told(tmp_path: Path) -> None:
    text = f"渡口昨日停航\n2019年5月2日 来源：青石晚报 作者：王小川\n{TEXT}\n{TEXT[::-1]}，好。\n{TEXT[5:]}\n"
    row = {"id": "a", "text": text, "title": "老渡口停航", "date": "2019/5/3", "authors": ["甲", "乙"], "views": 7}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False))
    made = plan.build(_config(tmp_path, path))
    documents = {r["page_id"]: r for p in shards(made.path, DOCUMENTS) for r in pq.read_table(p).to_pylist()}
    assert documents["a"]["title"] == "老渡口停航"
    assert (documents["a"]["date"], documents["a"]["published_at"].isoformat()) == (
        "2019-05-03",
        "2019-05-03T00:00:00+00:00",
    )
    assert documents["a"]["authors"] == ["甲", "乙"], "and not those that the page names"
    assert documents["a"]["views"] == 7
    assert documents["a"]["source"] == "青石晚报"
    told = [r for p in shards(made.path, FIELDS) for r in pq.read_table(p).to_pylist() if r["page_id"] == "a"]
    titles = [(r["value"], r["stage"], r["rule"], r["start"] is None) for r in told if r["name"] == "title"]
    assert titles == [("渡口昨日停航", "metadata", "MET101", False), ("老渡口停航", "given", None, True)]
    assert {r["doc_id"] for r in told} == {"a#0"}


def test_pages_of_html_come_out_of_a_build_as_out_of_clean(tmp_path: Path) -> None:
    from pipeline.workbench import Bench

    html = (
        "<title>题{i}_青石在线</title><nav><a>首页</a><a>新闻</a></nav><article><h1>题{i}</h1><p>{text}{i}。</p>"
        "<p>{i}，{text}</p></article><aside class='hot'><a>别的新闻标题很长的一条</a><p>{text}</p></aside>"
    )
    rows_ = [{"id": f"p{i}", "html": html.format(i=i, text=TEXT[i:])} for i in range(6)]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows_))
    chosen = _config(tmp_path, path)
    made = plan.build(chosen)
    built = {r["page_id"]: r["text"] for p in shards(made.path, DOCUMENTS) for r in pq.read_table(p).to_pylist()}
    cleaned = {r["page"]: r["documents"] for r in Bench.of(chosen).records([path], corpus=True)}
    assert built
    assert built == {page: docs[0]["text"] for page, docs in cleaned.items() if docs}
    assert not any("别的新闻" in text or "首页" in text for text in built.values())


def test_no_file_of_any_bytes_ends_in_more_than_an_error_of_ours(tmp_path: Path) -> None:
    import random

    rng = random.Random(7)
    valid = {
        "jsonl": rows(3), "csv": b"text,n\na,1\n", "warc": response(1, b"<p>x</p>"),
        "warc.gz": members([response(1, b"x")]), "html": b"<p>x</p>", "txt": b"x",
        "parquet": parquet(pa.table({"text": ["x"]})), "jsonl.zst": zstd(rows(3)),
        "arrow": _stream(pa.table({"text": ["x"]})), "csv.xz": lzma.compress(b"text\nx\n"),
        "html.bz2": bz2.compress(b"x"),
    }  # fmt: skip
    for suffix, data in valid.items():
        for _ in range(25):
            bytes_ = bytearray(data)
            for _ in range(rng.randrange(1, 4)):
                bytes_[rng.randrange(len(bytes_))] = rng.randrange(256)
            if rng.random() < 0.4:
                del bytes_[rng.randrange(len(bytes_)) :]
            path = tmp_path / f"a.{suffix}"
            path.write_bytes(bytes_)
            error_of(path)


def _stream(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()
