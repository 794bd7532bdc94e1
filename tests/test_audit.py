"""Views of a page: nothing is lost between the raw text and what is shown, and nothing shown can act on a terminal."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audit import view
from pipeline.audit.hunks import Gap, Line, hunks, lines_of, pieces_of
from pipeline.audit.terminal import Style, diff, side_by_side, visible, width_of, wrapped
from pipeline.clean import Trail, advance
from pipeline.edit import Edit, Edits
from pipeline.rule import Context, Found, Rule, Stage
from tests.strategies import History, histories, pages_of, texts

COLOUR = Style(colour=True, width=80)


@given(histories())
def test_pieces_hold_the_raw_text_and_the_final_one(history: History) -> None:
    raw, steps, final = history
    pieces = list(pieces_of(raw, [edits for _, edits in steps]))
    assert "".join(p.text for p in pieces if not p.kind.comes) == raw
    assert "".join(p.text for p in pieces if not p.kind.leaves) == final


@given(histories())
def test_lines_carry_the_numbers_of_the_raw_page(history: History) -> None:
    raw, steps, _ = history
    lines = lines_of(raw, [edits for _, edits in steps])
    numbers = [line.number for line in lines if line.number is not None]
    assert numbers == sorted(set(numbers))
    rows = raw.split("\n")
    for line in lines:
        if line.number is not None:
            begin = next((p.text for p in line.pieces if not p.kind.comes), "").rstrip("\n")
            assert rows[line.number - 1].startswith(begin)


@given(histories(), st.integers(0, 3))
def test_every_change_is_in_a_hunk_and_every_line_is_counted(history: History, context: int) -> None:
    raw, steps, _ = history
    lines = lines_of(raw, [edits for _, edits in steps])
    rows = list(hunks(lines, context))
    shown = [row for row in rows if isinstance(row, Line)]
    assert [line for line in lines if line.changed] == [line for line in shown if line.changed]
    assert len(shown) + sum(row.lines for row in rows if isinstance(row, Gap)) == len(lines)
    assert not any(isinstance(a, Gap) and isinstance(b, Gap) for a, b in pairwise(rows))


@given(histories(), st.booleans())
def test_what_is_shown_holds_no_character_that_acts(history: History, colour: bool) -> None:
    raw, steps, _ = history
    rows = list(hunks(lines_of(raw, [edits for _, edits in steps])))
    style = Style(colour, 60)
    for line in [*diff(rows, style), *side_by_side(rows, style)]:
        bare = re.sub("\x1b\\[[0-9;]*m", "", line) if colour else line
        assert bare == visible(bare)
        assert "\n" not in bare


@given(histories())
def test_colour_changes_no_word_of_a_view_side_by_side(history: History) -> None:
    raw, steps, _ = history
    rows = list(hunks(lines_of(raw, [edits for _, edits in steps])))
    painted = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in side_by_side(rows, COLOUR)]
    assert all(width_of(line) <= COLOUR.width + 12 for line in painted)


@given(texts, st.integers(4, 30))
def test_wrapping_loses_nothing_and_keeps_the_width(text: str, width: int) -> None:
    text = visible(text.replace("\n", ""))
    rows = wrapped(text, width)
    assert "".join(rows) == text
    assert all(width_of(row) <= width or row[0] in "‹⟨" for row in rows)


def test_a_colour_goes_on_over_the_end_of_a_row() -> None:
    assert wrapped("\x1b[31m净文净文\x1b[0m", 4) == ["\x1b[31m净文\x1b[0m", "\x1b[31m净文\x1b[0m"]


def moved() -> list[Edits]:
    return [Edits.of([Edit(0, 0, "乙\n", "COL101", "its place", 1), Edit(4, 6, "", "COL101", "", 0)])]


def test_a_move_is_marked_at_both_ends_with_the_line_of_the_other() -> None:
    assert list(diff(lines_of("甲\n丙\n乙\n", moved()), Style())) == [
        "      ↳ COL101  乙  ◂ from line 3, its place",
        "    1           甲",
        "    2           丙",
        "    3 ↷ COL101  乙  ◂ to line 1",
    ]


def test_a_line_that_two_rules_changed_names_both() -> None:
    layers = [Edits.of([Edit(0, 1, "", "ENC402")]), Edits.of([Edit(1, 2, "丁", "SCR101")])]
    assert list(diff(lines_of("\u200b甲乙", layers), Style())) == [
        "    1 ~         [-‹U+200B›-]⟨ENC402⟩甲[-乙-]{+丁+}⟨SCR101⟩"
    ]


def test_a_line_feed_that_left_is_shown_where_the_line_goes_on() -> None:
    layers = [Edits.of([Edit(1, 3, "", "WRP101")])]
    assert list(diff(lines_of("甲\n\n乙", layers), Style())) == ["    1 ~ WRP101  甲[-↵-][-↵-]", "    3           乙"]


def test_long_lines_are_cut_beside_the_change() -> None:
    (line,) = diff(lines_of("汉" * 500, [Edits.of([Edit(250, 251, "", "AAA101")])]), Style())
    assert line == f"    1 ~ AAA101  {'汉' * 8} … {'汉' * 18}[-汉-]{'汉' * 36} …"


@pytest.mark.parametrize("form", [view.flat, view.staged, view.beside])
def test_every_view_of_a_trail_says_the_page_the_rules_and_the_reason(form: object) -> None:
    def aside(lines: object, context: Context) -> Found:
        return Found(aside={0: "too short"})

    trail = advance(Trail.of(pages_of(["甲\n乙"])), [Stage("quality", (Rule("QLT101", aside),))], {})
    (seen,) = view.seen(trail)
    shown = "\n".join(form(seen, Style()))  # type: ignore[operator]  # one of three functions
    assert shown.startswith("p0  3 → 0 characters\nQLT101 1\nset aside: too short\n")
    assert "甲" in shown
