"""Bytes in: encodings declared, detected and verified; lines of several; no byte unaccounted for."""

import base64
import gzip
import random
import time

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.frequent import reads_well
from pipeline.sources.decode import decode
from pipeline.sources.lines_apart import by_lines
from pipeline.stages.script.converted import to_traditional
from tests.passages import GOLD, SIMPLE, TRADITIONAL, needs_gold


@pytest.mark.parametrize(
    ("encoding", "text", "name"),
    [
        ("utf-8", SIMPLE, "utf-8"), ("utf-8-sig", SIMPLE, "utf-8-sig"), ("utf-16", SIMPLE, "utf-16"),
        ("utf-16-le", SIMPLE, "utf-16-le"), ("utf-16-be", SIMPLE, "utf-16-be"),
        ("utf-16-be", "plain ASCII\n", "utf-16-be"), ("utf-16-be", "小学本天大小学大本", "utf-16-be"),
        ("utf-32", SIMPLE, "utf-32"), ("utf-32-be", SIMPLE, "utf-32-be"), ("gb2312", SIMPLE, "gb18030"),
        ("gbk", TRADITIONAL, "gb18030"), ("gb18030", SIMPLE + "𠮷", "gb18030"), ("big5", TRADITIONAL, "big5"),
        ("big5hkscs", TRADITIONAL + "嘅嘢", "big5hkscs"), ("hz", SIMPLE, "hz-gb-2312"),
        ("euc_jp", "図書館の屋根が新しくなりました。もうすぐ本を読みに行けます。", "euc-jp"),
        ("cp949", "도서관의 지붕이 새로 바뀌었습니다. 곧 책을 읽으러 갈 수 있습니다.", "euc-kr"),
        ("ascii", "plain ~{ text", "utf-8"),
    ],
)  # fmt: skip
def test_each_encoding_is_told_from_the_others_and_decoded_whole(encoding: str, text: str, name: str) -> None:
    assert decode(text.encode(encoding)) == (text, name, None, 0)


def test_euc_tw_is_read_though_python_has_no_codec_for_it() -> None:
    data = b"\xc4\xe3\xc5\xc6\xe7\xd9\xe6\xaa\xa1\xa2\xca\xbc\xd4\xaf\xc6\xaa"
    data += b"\xea\xd7\xc6\xa1\xd2\xe0\xd5\xf3\xa1\xa4\x8e\xa2\xa1\xa1"
    assert decode(data) == ("中文電腦，我們去臺北看書。乂", "euc-tw", None, 0)


@pytest.mark.parametrize("cut", [3, 5, 8, 13, 21])
def test_few_characters_suffice_to_tell_gb_from_big5(cut: int) -> None:
    for start in range(0, 60, 3):
        simple, traditional = SIMPLE[start : start + cut], TRADITIONAL[start : start + cut]
        assert decode(traditional.encode("big5") * 2).encoding == "big5"
        assert decode(simple.encode("gbk") * 2).encoding == "gb18030"


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffd{")
        | st.sampled_from("\r\n\t")
    )
)
@example("\r\n\r\r\n\n\u2028\u3000")
@example("\ufeff\ufeff")
def test_utf_8_is_taken_to_the_letter(text: str) -> None:
    rest = text.removeprefix("\ufeff")
    mark = "utf-8-sig" if text != rest else "utf-8"
    if rest:
        assert decode(text.encode("utf-8")) == (rest, mark, None, 0)


@given(st.binary(max_size=400))
def test_no_bytes_lead_to_an_error_or_to_text_that_cannot_be_written(data: bytes) -> None:
    found = decode(data)
    found.text.encode("utf-8")
    assert (found.reason is None) == bool(found.text)
    assert found.undecodable <= 0.01 * len(found.text)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
def test_a_few_stray_bytes_are_kept_as_replacement_characters_and_counted(encoding: str) -> None:
    text = (TRADITIONAL if encoding == "big5" else SIMPLE) * 5
    data = text.encode(encoding)
    assert decode(data + b"\xff") == (text + "\ufffd", encoding, None, 1)
    middle = len(text[:101].encode(encoding))
    found = decode(data[:middle] + b"\xff\n" + data[middle:])
    assert found == (text[:101] + "\ufffd\n" + text[101:], encoding, None, 1)


def test_text_that_is_broken_all_over_is_refused_and_not_garbled() -> None:
    data = b"\xff".join(SIMPLE[i : i + 9].encode() for i in range(0, len(SIMPLE), 9)) * 4
    found = decode(data)
    assert (found.text, found.encoding) == ("", None)
    assert found.reason
    assert found.reason.startswith("no encoding fits: read as utf-8")


def test_pages_of_other_languages_are_not_read_as_chinese() -> None:
    french = "La bibliothèque a été fermée cet été, le toit étant à réparer; elle a été rouverte dès décembre."
    russian = "Библиотека открылась прошлой весной, и её уже посещает множество жителей города."
    for data in (french.encode("cp1252"), russian.encode("koi8-r"), russian.encode("cp1251")):
        assert decode(data).reason


def test_bytes_that_decode_but_read_as_no_language_are_refused() -> None:
    data = "".join(map(chr, range(0x3E00, 0x3E80))).encode("gb18030")
    assert (decode(data).reason or "").endswith("the best, it is no text")


def test_a_common_character_of_taiwan_alone_is_no_rarity() -> None:
    common, rare = "妳祂", "龘靐"
    assert reads_well(common) > reads_well(rare) + 2


def test_what_was_lost_before_it_came_here_is_said() -> None:
    found = decode(("图书馆" + "\ufffd" * 3).encode() * 30)
    assert found.reason == "90 of 180 characters are U+FFFD: decoded wrongly before it came here"
    assert decode((SIMPLE + "\ufffd").encode()).text == SIMPLE + "\ufffd"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"), (b"\xef\xbb\xbf", "empty file"), (b"\xff\xfe", "empty file"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 9, "binary file: PDF"),
        (gzip.compress(SIMPLE.encode() * 9), "binary file: gzip"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary file: PNG"),
        (bytes(range(1, 9)) * 50, "binary file: mostly control characters"),
        (b"\x7fELF\x02\x01\x01" + bytes(99), "binary file: 99 of 106 bytes are NUL"),
        (random.Random(5).randbytes(5000), "binary file: "),
    ],
)  # fmt: skip
def test_what_is_no_text_says_what_it_is(data: bytes, reason: str) -> None:
    found = decode(data)
    assert found.text == ""
    assert found.reason
    assert found.reason.startswith(reason)


def test_one_nul_in_a_page_is_no_reason_to_lose_it() -> None:
    text = SIMPLE * 20 + "\0" + SIMPLE
    assert decode(text.encode()).text == text
    assert decode(text.encode("gb18030")).text == text


def test_a_declared_encoding_decides_where_the_bytes_do_not_and_only_there() -> None:
    readings = {chars: [_reading(chars, name) for name in ("big5", "gb18030")] for chars in map(_big5, TRADITIONAL)}
    close = [chars for chars, (one, other) in readings.items() if len(chars) == 2 and abs(one - other) < 0.4]
    for chars in close:
        assert decode(chars, "Big5").encoding == "big5"
        assert decode(chars, "gb2312").encoding == "gb18030"
    assert close
    assert decode(SIMPLE.encode("gbk"), "big5").encoding == "gb18030"
    assert decode(SIMPLE.encode("gbk"), "no-such-encoding").encoding == "gb18030"


def _big5(char: str) -> bytes:
    return char.encode("big5")


def _reading(data: bytes, name: str) -> float:
    return reads_well(data.decode(name, "surrogateescape"))


FAMILIES = {"gb2312": "gb18030", "gbk": "gb18030", "hz-gb-2312": "hz-gb-2312", "big5hkscs": "big5", "cp950": "big5"}


def _family(name: str | None) -> str:
    name = (name or "none").lower().replace("_", "-")
    return FAMILIES.get(name, name)


# What the five files are whose labels in the set are their names, one of which misleads: three decode strictly as
# nothing else; the first two are GB 18030 as well as Big5 to the letter, and words only in one of them.
NAMED = {
    "big5.txt": "big5",
    "gb18030.txt": "gb18030",
    "10.txt": "gb18030",
    "18.txt": "utf-8",
    "test_sample_gbk_锟斤铐.txt": "utf-8",
}


@needs_gold
@pytest.mark.gold
def test_all_gold_files_are_told_by_their_bytes() -> None:
    rows = pq.read_table(GOLD / "encodings.parquet").to_pylist()
    wrong = []
    for row in rows:
        data = base64.b64decode(row["b64"])
        label = NAMED.get(row["label"], row["label"])
        if row["label"] in NAMED:
            assert row["label"] == row["cite"].rpartition("/")[2]
            data.decode(label)
        if _family(decode(data).encoding) != _family(label):
            wrong.append(row["cite"])
    assert len(rows) == 31
    assert NAMED.keys() <= {row["label"] for row in rows}
    assert not wrong


SIX = ["utf-8", "gb18030", "gbk", "big5", "utf-16", "utf-16-le"]


@needs_gold
@pytest.mark.gold
@pytest.mark.parametrize("encoding", [*SIX, "utf-16-be", "big5hkscs", "hz"])
def test_snippets_of_gold_prose_come_back_as_they_were(encoding: str) -> None:
    rng = random.Random(11)
    texts = ["\n".join(row) for row in pq.read_table(GOLD / "prose.parquet").column("paragraphs").to_pylist()]
    good = 0
    for _ in range(2_000):
        text, size = rng.choice(texts), rng.randint(40, 400)
        start = rng.randrange(max(1, len(text) - size))
        snippet = text[start : start + size]
        if encoding.startswith("big5"):
            snippet = to_traditional().text(snippet)
        snippet = snippet.encode(encoding, "ignore").decode(encoding)
        good += decode(snippet.encode(encoding)).text == snippet
    assert good >= 1_980


# --- several encodings in one file

LINES = [*SIMPLE.replace("，", "，\n").split("\n"), "短句", "plain ASCII", "", "图书馆，二〇一〇年五月"]
OLD_LINES = [
    *TRADITIONAL.replace("，", "，\n").split("\n"),
    "短句",
    "plain ASCII",
    "",
    "圖書館，二〇一〇年五月".replace("〇", "零"),
]


@pytest.mark.parametrize("encodings", [("utf-8", "gbk"), ("gbk", "utf-8"), ("utf-8", "big5"), ("big5", "utf-8")])
@pytest.mark.parametrize("every", [2, 3, 5])
def test_lines_of_another_encoding_are_read_as_such(encodings: tuple[str, str], every: int) -> None:
    lines = OLD_LINES if "big5" in encodings else LINES
    data = b"\n".join(line.encode(encodings[i % every == 0]) for i, line in enumerate(lines * 3))
    found = decode(data)
    assert found.text == "\n".join(lines * 3)
    assert sorted((found.encoding or "").split("+")) == sorted(_family(name) for name in encodings)
    assert found.undecodable == 0


def test_three_encodings_in_one_file_and_a_stray_byte() -> None:
    lines = [SIMPLE.encode(), SIMPLE.encode("gbk"), TRADITIONAL.encode("big5"), SIMPLE.encode() + b"\xff"]
    found = decode(b"\r\n".join(lines))
    assert found.text.split("\r\n") == [SIMPLE, SIMPLE, TRADITIONAL, SIMPLE + "\ufffd"]
    assert found.undecodable == 1
    assert set((found.encoding or "").split("+")) == {"utf-8", "gb18030", "big5"}


def test_a_mark_at_the_head_does_not_speak_for_every_line() -> None:
    found = decode(b"\xef\xbb\xbf" + SIMPLE.encode() + b"\n" + SIMPLE.encode("gbk"))
    assert (found.text, found.encoding) == (f"{SIMPLE}\n{SIMPLE}", "utf-8-sig+gb18030")


@pytest.mark.parametrize("encoding", ["gbk", "big5"])
def test_names_and_rare_words_on_lines_of_their_own_stay_in_the_encoding_of_their_file(encoding: str) -> None:
    rare = ["龜茲", "魑魅魍魎", "鏖戰", "李彧", "饕餮紋", "鴛鴦", "趙翥", "慕容垂"]
    text = "\n".join([TRADITIONAL, *rare, TRADITIONAL])
    assert decode(text.encode(encoding)) == (text, _family(encoding), None, 0)


def test_bytes_that_are_utf_8_by_accident_are_what_was_declared() -> None:
    data = "没路".encode("gbk")
    assert decode(data).encoding == "utf-8"
    assert decode(data, "gbk").text == decode(data, "X-GBK").text == "没路"
    assert decode("naïveté".encode(), "gbk").text == "naïveté"
    assert decode(SIMPLE.encode(), "gbk").text == SIMPLE


# --- no byte unaccounted for


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_every_byte_is_a_part_of_the_text_or_counted(encoding: str) -> None:
    rng = random.Random(23)
    text = (TRADITIONAL if encoding == "big5" else SIMPLE) * 40
    marks = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-32-le": b"\xff\xfe\0\0"}
    counted = 0
    for _ in range(40):
        data = bytearray(text.encode(encoding))
        for _ in range(rng.randint(1, 5)):
            data[rng.randrange(len(data))] = rng.choice([0x80, 0xA0, 0xD8, 0xDC, 0xFF])
        if rng.random() < 0.5:
            data = data[: -rng.randint(1, 3)]
        found = decode(marks.get(encoding, b"") + bytes(data))
        assert found.reason is None
        read = found.text.replace("\ufffd", "")
        size = sum(1 + (c > "\x7f") for c in read) if encoding == "big5" else len(read.encode(encoding))
        assert size + found.undecodable == len(data)
        assert len(read) > 0.98 * len(text)
        counted += found.undecodable
    assert counted > 40


def test_lines_are_told_apart_in_linear_time() -> None:
    def seconds(count: int) -> float:
        data = (SIMPLE.encode() + b"\n" + SIMPLE.encode("gbk") + b"\n") * count
        begin = time.process_time()
        assert decode(data).encoding in ("utf-8+gb18030", "gb18030+utf-8")
        return time.process_time() - begin

    small = min(seconds(100) for _ in range(2))
    assert seconds(1_600) <= max(0.5, 40 * small)


def test_a_text_without_suspects_is_the_one_that_went_in() -> None:
    text = f"{SIMPLE}\n\n{SIMPLE}\n"
    assert by_lines(text.encode("gbk"), text, "gb18030") == (text, "gb18030")
    assert by_lines(b"", "", "gb18030") == ("", "gb18030")
