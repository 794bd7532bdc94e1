"""Quick ways held equal to the plain ones that they stand for."""

import gc
import re
import sys
from importlib import import_module
from itertools import pairwise, product
from math import log
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus import fingerprints, grams, line_counts, passages
from pipeline.corpus.pairs import components
from pipeline.corpus.shingles import GRAM, gram_hashes, plain_codes
from pipeline.engine.tally import Tally
from pipeline.held import _words
from pipeline.lean import _WithoutPandas, run_lean
from pipeline.lines import ENDS, Lines, codes_of, fold_table, kinds
from pipeline.openings import is_word
from pipeline.publish import schema
from pipeline.publish.rows import RowsDigest, hashes
from pipeline.publish.tables import Cut, writable
from pipeline.stages.having import having
from pipeline.stages.metadata import credits as reading
from pipeline.stages.metadata import dates
from pipeline.stages.metadata.people import ROLE, ROLED, SAID
from pipeline.stages.prose import prose
from pipeline.stages.segments import sentences
from pipeline.stages.shape import shape
from pipeline.stages.wraps import evidence, openings, regions
from pipeline.stages.wraps.layout import most_frequent
from pipeline.stages.wraps.measure import columns
from pipeline.stages.wraps.rows import Rows

PIECES = (
    "2020-07-01", "2020年7月1日", " 08:50", "二〇二〇年七月一日", "民国112年4月15日", "dec 28, 2013", "28 dec 2013",
    "12/28/2013", "24-5-13 17:07", "来源:", "来源：", "青石晚报", "作者:", "记者 王小川", "通讯员",
    "（李一帆 摄）", "浏览:378", "3,162 阅读", "评论(2)", "责任编辑:", "关键词: 灯塔,渡口", "《蓝杏》2003年第4期",
    "posted on ", "by ", "in ", " ", "\u3000", "/", "|", "甲乙", "电", "综合报道", "字体", "-",
)  # fmt: skip
LINES_OF_PIECES = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@given(LINES_OF_PIECES)
def test_dates_are_those_of_every_form_tried(text: str) -> None:
    found: list[dates.Date] = []
    for form in dates._FORMS:
        for date in dates._read(form, text.lower()):
            if all(date.end <= d.start or date.start >= d.end for d in found):
                found.append(date)
    assert dates.dates(text.lower()) == sorted(found)


@given(LINES_OF_PIECES)
def test_keys_counts_and_roles_are_those_of_the_patterns_alone(text: str) -> None:
    folded = Lines.of([text]).folded.removesuffix("\n")
    plain = re.compile(
        rf"(?:(?<![\w])(?P<key>{reading._WORDS})|(?P<glued>{reading._GLUED})){reading._END}"
        r"|\b(?P<word>posted on|posted|in|by)\s(?=\S)"
    )
    keys = [(m.span(), m.groups()) for m in reading._KEY.finditer(folded)]
    assert keys == [(m.span(), m.groups()) for m in plain.finditer(folded)]
    assert reading._KEYED.search(folded) or not keys
    assert (reading._COUNTED.search(folded) and reading._FIGURE.search(folded)) or not reading._COUNT.search(folded)
    assert "《" in folded or not reading._ISSUE.search(folded)
    assert ROLED.search(folded) or not (SAID.search(folded) or ROLE.search(folded))


@given(LINES_OF_PIECES, st.data())
def test_what_is_accounted_for_is_struck_out(text: str, data: st.DataObject) -> None:
    covered = bytearray(data.draw(st.binary(min_size=len(text), max_size=len(text))).translate(bytes([0, 1] * 128)))
    free = "".join("\0" if taken else c for c, taken in zip(text, covered, strict=True))
    assert reading._free(text, covered) == free
    rest = reading._CONTROL.sub("", free.replace("\0", " "))
    assert reading._left(text, covered) == len(re.sub(r"[\W_]", "", rest))


@given(st.lists(st.text("责責编編甲\n ", max_size=12), min_size=1, max_size=3))
def test_lines_have_what_a_look_at_each_finds(texts: list[str]) -> None:
    lines = Lines.of(texts)
    every = "\n".join([*texts, ""]).split("\n")[:-1]
    assert having(lines, "责编").tolist() == [bool(re.search("[责責编編]", line)) for line in every]


SIGNS = '甲乙说道a b　。！？!?…”’」』"（）()《》[]；\n:'


@given(st.lists(st.text(SIGNS, max_size=30), min_size=1, max_size=3))
def test_sentences_end_where_the_rules_for_ends_say(texts: list[str]) -> None:
    """Sign by sign: no cut inside brackets that match, none before a closing sign, every line begins one anew."""
    lines = Lines.of(texts)
    found = sentences(lines)
    text = lines.text
    covered = "".join(text[a:b] for a, b in zip(found.start.tolist(), found.end.tolist(), strict=True))
    assert re.sub(r"\s", "", covered) == re.sub(r"\s", "", text)
    for end in found.end.tolist():
        line_end = text.index("\n", end)
        if text[end:line_end].strip():  # a cut within a line
            line_start = text.rfind("\n", 0, end) + 1
            line = text[line_start:line_end]
            depth = sum(text[line_start:end].count(c) for c in "《（(【〈〔[") - sum(
                text[line_start:end].count(c) for c in "》）)】〉〕]"
            )
            matched = sum(map(line.count, "《（(【〈〔[")) == sum(map(line.count, "》）)】〉〕]"))
            assert depth <= 0 or not matched
            assert text[end] not in "”’」』）)】》〉〕]。！？!?"


@given(st.integers(1, 30), st.data())
def test_components_are_those_of_joining_pair_by_pair(count: int, data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=40))
    label = list(range(count))
    for one, other in pairs:
        label = [min(label[one], label[other]) if x in (label[one], label[other]) else x for x in label]
    order = sorted(set(label))
    low, high = (np.array([p[i] for p in pairs], dtype=np.int64) for i in range(2))
    assert components(low, high, count).tolist() == [order.index(x) for x in label]


def test_line_counts_merged_by_ranges_of_keys_are_those_merged_at_once() -> None:
    rng = np.random.default_rng(7)

    def table(rows: int) -> pa.Table:
        site = rng.integers(0, 5, rows).astype(np.uint64)
        line = rng.integers(0, 200, rows).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return line_counts._least(site, line, rng.integers(0, 1 << 32, rows).astype(np.uint32))

    tables = [table(3000) for _ in range(4)]
    at_once = line_counts.merge(tables)
    whole = pa.concat_tables(tables)
    assert at_once.equals(line_counts._least(*(whole[name].to_numpy() for name in line_counts.SCHEMA.names)))
    line_counts._MERGED_AT_ONCE, kept = 100, line_counts._MERGED_AT_ONCE
    try:
        assert line_counts.merge(tables).equals(at_once)
    finally:
        line_counts._MERGED_AT_ONCE = kept


def test_tables_of_the_basic_plane_say_what_those_of_all_planes_say() -> None:
    codes = np.arange(0x110000, dtype=np.uint32)
    fold = fold_table()
    weight = line_counts._weights_of(codes)
    assert (weight == line_counts._weight(codes)).all()
    assert (weight[codes[::977]] == line_counts._weights_of(codes[::977])).all()
    assert ((weight == 0) == np.isin(kinds()[fold] & 7, [4, 6])).all()


@given(st.lists(st.none() | st.text("甲乙a", max_size=3), max_size=40), st.integers(0, 300))
def test_texts_are_hashed_alike_whether_they_repeat_or_not(few: list[str | None], others: int) -> None:
    column = pa.array([*few, *(f"{i}丙" for i in range(others))], pa.string())
    alone = [hashes(column.slice(i, 1))[0] for i in range(len(column))]
    assert hashes(column).tolist() == alone
    assert hashes(pa.concat_arrays([column] * 3)).tolist() == alone * 3
    digest = RowsDigest()
    digest.add(pa.table({"a": column}))
    assert digest.rows == len(column)


@given(st.text("a\u00e9甲\U0001f600\n", max_size=30), st.lists(st.integers(0, 30), max_size=12), st.booleans())
def test_spans_cut_as_a_column_are_those_cut_one_by_one(text: str, cuts: list[int], lone: bool) -> None:
    text = text + "\ud800" if lone else text
    ends = sorted(min(cut, len(text)) for cut in cuts)
    outer = list(zip(ends[::2], ends[1::2], strict=False))
    inner = [(a + (b - a) // 2, b) for a, b in outer]
    spans = sorted([*((a, -b, 0) for a, b in outer), *((a, -b, 1) for a, b in inner)])
    start, end, within = (np.array([row[i] for row in spans], dtype=np.int64) for i in range(3))
    plain = [writable(text[a:b]) for a, b in zip(start.tolist(), (-end).tolist(), strict=True)]
    assert Cut(text).spans(start, -end, within == 1).to_pylist() == plain
    assert Cut(text).spans(start, -end).to_pylist() == plain
    assert Cut(text).spans(start[::-1], -end[::-1]).to_pylist() == plain[::-1]


EDIT_ROWS = st.lists(
    st.fixed_dictionaries({
        "page_id": st.sampled_from("pqr"), "stage": st.sampled_from(["one", "two"]), "layer": st.integers(0, 1),
        "rule": st.sampled_from(["AAA101", "AAA102", "BBB101"]), "start": st.integers(0, 5), "end": st.integers(5, 50),
        "removed": st.text("甲 \u3000\n", max_size=50), "replacement": st.sampled_from(["", "乙", "丙丁"]),
    }),
    max_size=30,
)  # fmt: skip


@given(EDIT_ROWS)
def test_edits_counted_by_number_are_those_counted_one_by_one(rows: list[dict[str, Any]]) -> None:
    batch = pa.RecordBatch.from_pylist(
        [dict.fromkeys(schema.EDITS.schema.names) | r for r in rows], schema.EDITS.schema
    )
    tally = Tally()
    tally.edits(batch)
    told = tally.result()
    counts: dict[tuple[str, str], list[int]] = {}
    best: dict[str, tuple[int, int]] = {}
    page, removed, layer = (hashes(batch[name]).tolist() for name in ("page_id", "removed", "layer"))
    for i, row in enumerate(rows):
        total = counts.setdefault((row["stage"], row["rule"]), [0, 0, 0])
        total[:] = (a + b for a, b in zip(total, (1, row["end"] - row["start"], len(row["replacement"])), strict=True))
        hidden = not 2 <= len(row["removed"].strip()) <= 40
        draw = (page[i] ^ removed[i] ^ layer[i]) >> 1 | hidden << 63
        best[row["rule"]] = min(best.get(row["rule"], (draw, i)), (draw, i))
    assert told["edits"] == [[*key, *total] for key, total in sorted(counts.items())]
    shown = sorted((draw, rule, rows[i]["page_id"]) for rule, (draw, i) in best.items())
    assert [example[:3] for example in told["examples"]] == shown


def test_a_process_of_ours_does_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    before, objects = list(sys.meta_path), gc.get_threshold()
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "")
    known = sys.modules.pop("pandas", None)
    try:
        run_lean()
        assert sys.meta_path[0] is _WithoutPandas
        run_lean()
        assert sys.meta_path.count(_WithoutPandas) == 1
        with pytest.raises(ModuleNotFoundError, match="without pandas"):
            import_module("pandas")
    finally:
        sys.meta_path[:] = before
        gc.set_threshold(*objects)
        if known is not None:
            sys.modules["pandas"] = known


@given(st.lists(st.text("甲乙丙丁", max_size=40), min_size=1, max_size=6), st.integers(1, 60))
def test_slots_keep_the_least_hash_of_each_text_alone(texts: list[str], step: int) -> None:
    start = np.cumsum([0, *map(len, texts)])
    all_grams = gram_hashes(codes_of("".join(texts)).astype("<u2"))
    least = np.full((len(texts), fingerprints.SLOTS), 0xFFFFFFFF, dtype=np.uint32)
    for text, (low, high) in enumerate(pairwise(start.tolist())):
        for hashed in all_grams[low : max(low, high - GRAM + 1)].tolist():
            slot = hashed >> 57
            least[text, slot] = min(least[text, slot], hashed >> 25 & 0xFFFFFFFF, 0xFFFFFFFE)
    expected = fingerprints._densified(least).astype("<u2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fingerprints, "_SLICE", step)
        assert fingerprints._signatures(all_grams, start).tolist() == expected.tolist()


@given(st.text("灯塔的光a1，。 ", min_size=2, max_size=9), st.text("灯塔的光a1，。 ", min_size=2, max_size=9))
def test_what_the_grams_say_is_what_each_chance_says(above: str, below: str) -> None:
    model = grams.default()
    signs = grams._signs()
    u = [int(s) for s in signs[codes_of(above)][::-1] if s][:2]
    v = [int(s) for s in signs[codes_of(below)] if s][:2]

    def seen(*gram: int) -> float:
        return float(model.seen[grams._place(*(np.array([sign], dtype=np.uint32) for sign in gram))[0]])

    def chance(sign: int, *before: int) -> float:
        found = (seen(sign) + 0.5) / (model.total + 0.5 * grams._UNSEEN)
        for size in range(1, len(before) + 1):
            known = before[:size][::-1]
            found = (seen(*known, sign) + grams._TRUST * found) / (seen(*known) + grams._TRUST)
        return log(found)

    expected = 0.0
    if u and v:
        expected = chance(v[0], *u) - chance(v[0], grams._SENTENCE)
    if u and len(v) > 1:
        expected += chance(v[1], v[0], u[0]) - chance(v[1], v[0], grams._SENTENCE)
    assert model.goes_on(above, below) == pytest.approx(grams._CALIBRATION * expected)


titles = import_module("pipeline.stages.articles.article_title")
TALE = "周三上午，清河水库开闸放水，两岸的人都来看水。"
ROWS = (
    "", TALE, TALE[:-1] + "（王小川）", "（王小川）", "责任编辑：李一帆", "山村来了图书车",
    "——记渡口的灯", "记者 王小川", "报",
)  # fmt: skip
CLOSED = (TALE, "（王小川）", "山村来了图书车", TALE)


@given(st.lists(st.one_of(st.sampled_from(ROWS).map(lambda row: (row,)), st.just(CLOSED)), max_size=8))
def test_titles_are_those_that_a_look_at_every_line_finds(parts: list[tuple[str, ...]]) -> None:
    rows = [row for part in parts for row in part]
    lines = Lines.of(["\n".join(rows), TALE])
    expected: list[tuple[int, int, int]] = []
    for row in range(len(lines)):
        likely = 5 <= lines.length[row] <= 40 and lines.stops[row] <= 1 and not lines.ended[row]
        above = int(lines.neighbour(-1)[row])
        if not likely or prose(lines)[row] or above < 0 or (expected and row <= max(expected[-1])):
            continue
        head = titles._head(lines, row)
        if head and titles._begins(lines, head, above):
            expected.append(head)
    assert titles.heads(lines) == expected


@given(st.lists(st.tuples(st.sampled_from([20.0, 40.0, 41.0, 52.0]), st.booleans()), max_size=3))
def test_the_way_through_regions_is_the_cheapest_of_all(others: list[tuple[float, bool]]) -> None:
    lines = [(20.0, True)] * 3 + others + [(40.0, True)] * 3
    width, broken = np.array([w for w, _ in lines]), np.array([b for _, b in lines])
    found, way = regions.region_of(width, broken)
    assert len(found) >= 2

    def cost(path: tuple[int, ...]) -> float:
        total = regions._PASS * sum(a != b for a, b in pairwise(path))
        for (wide, off), mode in zip(lines, (found[i] for i in path), strict=True):
            short = wide < mode - max(regions._SHORT_COLUMNS, regions._SHORT_SHARE * mode)
            total += regions._LONG if wide > mode + regions._OVER else regions._SHORT * (short and off)
        return total

    assert cost(tuple(way.tolist())) == min(map(cost, product(range(len(found)), repeat=len(lines))))


LONG_LINES = st.lists(st.lists(st.sampled_from("甲乙丙丁"), max_size=4).map("\n".join), max_size=5)


@given(LONG_LINES)
def test_the_body_of_a_page_is_that_of_its_two_least_long_lines(pages: list[str]) -> None:
    lines = Lines.of(
        [page.replace("甲", "甲" * 30).replace("乙", "甲乙" * 20).replace("丙", "丙" * 29) for page in pages]
    )
    line = line_counts.line_hashes(lines).line
    plain = []
    for low, high in zip(lines.first_row.tolist(), lines.end_row.tolist(), strict=True):
        long = sorted({int(line[row]) for row in range(low, high) if lines.han[row] >= line_counts.LONG_LETTERS})
        every = sum(int(line[row]) for row in range(low, high) if not lines.blank[row])
        plain.append((sum(long[:2]) if long else every) & (1 << 64) - 1)
    mixed = line_counts._mixed(np.array(plain, dtype=np.uint64)) >> np.uint64(32)
    assert line_counts._bodies(lines, line).tolist() == mixed.tolist()


@given(
    st.lists(
        st.lists(st.sampled_from(["渡口的灯", "亮了", "。", "！”", " ", "，", "\n"]), max_size=30).map("".join),
        max_size=4,
    )
)
def test_passages_are_the_long_lines_and_sentences_of_each_page(pages: list[str]) -> None:
    found = fingerprints.of(pages, [str(i) for i in range(len(pages))])
    for text, long, some in zip(pages, found["paragraphs"], found["sentences"], strict=True):
        lines = [re.sub(r"\s", "", line) for line in text.split("\n")]
        # A sentence runs over lines; a line without any stop stands for itself.
        runs = "".join(line if re.search(r"[。！，]", line) else f"\n{line}\n" for line in lines)
        parts = [part for run in runs.split("\n") for part in re.findall(r"[^。！]*[。！]|[^。！]+", run)]
        for own, least, hashes_of in ((lines, 40, long), (parts, 12, some)):
            solid = {part for part in own if len(part) >= least}
            alone = {_passage(part) for part in solid}
            assert sorted(np.array(hashes_of.as_py(), dtype=np.int64).view(np.uint64).tolist()) == sorted(alone)


def _passage(text: str) -> int:
    """The hash of a passage by itself."""
    total = passages.running_sum(plain_codes(codes_of(text)))
    return int(passages.span_hashes(total, np.array([0]), np.array([len(text)]))[0])


def test_characters_of_words_are_those_that_begin_one() -> None:
    assert _words().tolist() == [is_word(chr(code)) for code in range(len(_words()))]
    assert not any(is_word(chr(code)) for code in range(len(_words()), sys.maxunicode + 1))


BRACKETED = st.lists(st.text("甲a（()）“”。 \u3000\n", max_size=30), min_size=1, max_size=3)


@given(BRACKETED)
def test_what_stands_in_lines_is_what_a_look_at_each_shows(pages: list[str]) -> None:
    lines = Lines.of(pages)
    texts = [lines.string(row) for row in range(len(lines))]
    assert shape(lines).inner_ends.tolist() == [sum(char in ENDS for char in text[:-2]) for text in texts]
    rows = Rows.of(lines, np.ones(lines.pages, dtype=bool))
    plain = [
        any(
            re.search(rf"{re.escape(a)}[^{re.escape(a + b)}]*$", texts[rows.row[i]])
            and re.search(rf"^[^{re.escape(a + b)}]*{re.escape(b)}", texts[rows.row[i + 1]])
            for a, b in evidence._PAIRS
        )
        for i in rows.upper.tolist()
    ]
    assert (evidence.of_brackets(lines, rows) > 0).tolist() == plain
    own = [lines.text[lines.start[row] : lines.tail[row]] for row in rows.row.tolist()]
    assert columns(lines, rows.row).tolist() == [sum(1 + (char >= "\u2e80") for char in text) for text in own]


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=12), min_size=1, max_size=4))
def test_the_most_frequent_value_of_a_page_is_the_least_of_those(pages: list[list[int]]) -> None:
    page = np.repeat(np.arange(len(pages)), [len(values) for values in pages])
    found = most_frequent(page, np.concatenate([np.array(values) for values in pages]))
    assert found.tolist() == [min(set(values), key=lambda v: (-values.count(v), v)) for values in pages]


OPENINGS = st.from_regex(openings._OPENING) | st.text("甲渡说示他但，:·a", max_size=20)


@given(st.lists(OPENINGS, min_size=1, max_size=4), st.lists(st.integers(0, 60), max_size=6))
def test_openings_are_those_that_the_pattern_finds_anywhere(texts: list[str], places: list[int]) -> None:
    lines = Lines.of(["。".join(texts)])
    at = [0, *(place for place in places if place < len(lines.codes))]
    found = [openings._OPENING.match(lines.text, place, place + openings._CHARS) for place in at]
    kinds_of = {"back": openings.BACK, "speaker": openings.SPEAKER}
    plain = [kinds_of[str(match.lastgroup)] if match else openings.OTHER for match in found]
    assert openings._kinds(lines, np.array(at)).tolist() == plain
