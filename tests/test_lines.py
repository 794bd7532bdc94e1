"""Lines: every column equals what a plain loop over characters finds."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.lines import (
    BREAK,
    BULLET,
    CLOSE,
    CLOSERS,
    DIGIT,
    END,
    ENDS,
    HAN,
    LATIN,
    PUNCT,
    SPACE,
    STOP,
    STOPS,
    Lines,
    codes_of,
    kinds,
    text_of,
)

COUNTS = {"han": HAN, "latin": LATIN, "digit": DIGIT, "punct": PUNCT, "space": SPACE}
any_text = st.text(
    st.one_of(
        st.sampled_from("汉字漢ab Ａ１9，。！？”）』】\n\n\n\r\u2028\u2029\u0085\f\u3000\u00a0\t\x00•·-"),
        st.characters(exclude_categories=()),  # lone surrogates included
    ),
    max_size=60,
)
batches = st.lists(any_text, max_size=5)


def plain_lines(texts: list[str]) -> list[tuple[int, int, int, str]]:
    """(page, number in the page, start in the batch, line) for every line, split on U+000A only."""
    out, at = [], 0
    for page, text in enumerate(texts):
        for number, line in enumerate(text.split("\n")):
            out.append((page, number, at, line))
            at += len(line) + 1
    return out


def kind_of(c: str) -> int:
    return int(kinds()[ord(c)]) & 7


def is_space(c: str) -> bool:
    return kind_of(c) == SPACE


def plain_ended(line: str) -> bool:
    for _ in range(3):
        if len(line) > 1 and line[-1] in CLOSERS:
            line = line[:-1]
    return bool(line) and line[-1] in ENDS


@given(batches)
def test_rows_are_the_lines_of_every_page(texts: list[str]) -> None:
    lines = Lines.of(texts)
    want = plain_lines(texts)
    assert lines.pages == len(texts)
    assert len(lines) == len(want)
    assert lines.page.tolist() == [page for page, *_ in want]
    assert lines.row.tolist() == [number for _, number, *_ in want]
    assert lines.start.tolist() == [start for _, _, start, _ in want]
    assert [lines.text[a:b] for a, b in zip(lines.start, lines.end, strict=True)] == [line for *_, line in want]
    for page, text in enumerate(texts):
        assert lines.text[lines.page_start[page] : lines.page_start[page + 1] - 1] == text
        rows = range(lines.first_row[page], lines.end_row[page])
        assert [want[r][0] for r in rows] == [page] * (text.count("\n") + 1)


@given(batches)
def test_counts_equal_a_count_character_by_character(texts: list[str]) -> None:
    lines = Lines.of(texts)
    for row, (*_, line) in enumerate(plain_lines(texts)):
        for name, kind in COUNTS.items():
            assert getattr(lines, name)[row] == sum(kind_of(c) == kind for c in line), name
        assert lines.stops[row] == sum(c in STOPS for c in line)


@given(batches)
@example([" " * 40 + "甲" + "\u3000" * 30, " " * 50 + "\n  乙" + " " * 13 + "\n" + " " * 12 + "丙"])
def test_edges_are_those_of_the_line_without_surrounding_space(texts: list[str]) -> None:
    lines = Lines.of(texts)
    for row, (_, _, start, line) in enumerate(plain_lines(texts)):
        solid = [i for i, c in enumerate(line) if not is_space(c)]
        assert lines.blank[row] == (not solid)
        if not solid:
            assert lines.length[row] == lines.indent[row] == lines.first[row] == lines.last[row] == 0
            continue
        assert (lines.head[row], lines.tail[row]) == (start + solid[0], start + solid[-1] + 1)
        assert lines.length[row] == solid[-1] + 1 - solid[0]
        assert lines.indent[row] == solid[0]
        assert (lines.first[row], lines.last[row]) == (ord(line[solid[0]]), ord(line[solid[-1]]))
        assert lines.string(row) == line[solid[0] : solid[-1] + 1]


@given(batches)
def test_a_line_has_ended_where_a_stop_stands_last_but_closers(texts: list[str]) -> None:
    lines = Lines.of(texts)
    for row in np.flatnonzero(~lines.blank).tolist():
        assert lines.ended[row] == plain_ended(lines.string(row)), lines.string(row)


@pytest.mark.parametrize(
    ("line", "ended"),
    [
        ("他来了。", True),
        ("“他来了。”", True),
        ("（“他来了！”）", True),
        ("（他说：“见《春》。》”）", True),
        ("。》》》》", False),
        ("他说：“来”", False),
        ("”）", False),
        ("他来了。\u3000 ", True),
        ("等等…", True),
    ],
)
def test_closers_behind_a_stop_are_passed_over(line: str, ended: bool) -> None:
    assert Lines.of([line]).ended.tolist() == [ended]


@pytest.mark.parametrize(
    ("line", "bullet"), [("• 首页", True), ("•首页", False), ("•\u3000首页", True), ("• ", False), ("1 首页", False)]
)
def test_a_list_sign_alone_is_no_bullet(line: str, bullet: bool) -> None:
    assert Lines.of([line]).bullet.tolist() == [bullet]


@given(batches)
def test_a_bullet_is_a_list_sign_and_a_space(texts: list[str]) -> None:
    lines = Lines.of(texts)
    for row in range(len(lines)):
        line = lines.string(row)
        want = len(line) > 1 and bool(kinds()[ord(line[0])] & BULLET) and is_space(line[1])
        assert lines.bullet[row] == want


@given(batches, st.sampled_from([1, -1]))
def test_a_neighbour_is_the_nearest_line_of_the_page_that_is_not_blank(texts: list[str], step: int) -> None:
    lines = Lines.of(texts)
    found = lines.neighbour(step)
    for row in range(len(lines)):
        ahead = itertools.takewhile(
            lambda r: 0 <= r < len(lines) and lines.page[r] == lines.page[row],  # noqa: B023  # used at once
            itertools.count(row + step, step),
        )
        assert found[row] == next((r for r in ahead if not lines.blank[r]), -1)


@given(batches)
def test_folding_keeps_every_offset(texts: list[str]) -> None:
    lines = Lines.of(texts)
    assert len(lines.folded) == len(lines.text)
    for seen, folded in zip(lines.text, lines.folded, strict=True):
        assert (seen == "\n") == (folded == "\n")
        assert is_space(seen) == is_space(folded)


@given(any_text)
def test_code_points_and_text_are_one_to_one(text: str) -> None:
    codes = codes_of(text)
    assert codes.tolist() == [ord(c) for c in text]
    assert text_of(codes) == text


@pytest.mark.parametrize(
    ("seen", "folded"), [("來源：ＡＢＣ", "来源:abc"), ("（１２）\u3000漢", "(12) 汉"), ("发㐷\u2028", "发㐷 ")]
)
def test_one_pattern_serves_both_widths_and_scripts(seen: str, folded: str) -> None:
    assert Lines.of([seen]).folded == folded + "\n"


def test_flags_stand_beside_the_kind() -> None:
    table = kinds()
    for chars, flag in ((STOPS, STOP), (ENDS, END), (CLOSERS, CLOSE)):
        assert {chr(c) for c in np.flatnonzero(table & flag).tolist()} == set(chars)
    assert table[0x0A] == BREAK
    assert (np.flatnonzero((table & 7) == BREAK) == [0x0A]).all()


def test_a_batch_of_no_pages_and_a_batch_of_empty_pages() -> None:
    assert len(Lines.of([])) == 0
    empty = Lines.of(["", "", ""])
    assert len(empty) == 3
    assert empty.page.tolist() == [0, 1, 2]
    assert empty.blank.all()
    assert empty.neighbour(1).tolist() == [-1, -1, -1]


@given(st.lists(st.sampled_from([0, 1, 511, 1022, 1023, 1024, 2045, 2046, 2047, 5000]), min_size=1, max_size=8))
def test_counts_of_lines_longer_than_their_bits_are_exact(sizes: list[int]) -> None:
    texts = [("汉" * size + "a1，" * (size // 3) + " " * (size % 5))[:size] for size in sizes]
    lines = Lines.of(["短，", "\n".join(texts), "尾"])
    for column, char in ((lines.han, "汉"), (lines.latin, "a"), (lines.digit, "1"), (lines.stops, "，")):
        assert column[1:-1].tolist() == [text.count(char) for text in texts]
    assert lines.space[1:-1].tolist() == [text.count(" ") for text in texts]
    assert (lines.stops[0], lines.han[-1]) == (1, 1)


def test_what_is_derived_is_computed_once() -> None:
    calls = []

    def total(lines: Lines) -> int:
        calls.append(1)
        return int(lines.han.sum())

    lines = Lines.of(["汉字"])
    assert lines.derived(total) == lines.derived(total) == 2
    assert calls == [1]


@given(batches)
def test_a_part_of_a_batch_has_the_lines_of_its_pages(texts: list[str]) -> None:
    lines = Lines.of(texts)
    part = lines.part(range(1, lines.pages, 2))
    assert part.text == Lines.of(texts[1::2]).text
    assert part.pages == len(texts[1::2])
