"""What is found for all lines of a batch at once equals what a plain loop finds line by line and page by page."""

import gc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lines import Lines, Mask, among, codes_of
from pipeline.rule import Context, span_edits
from pipeline.signal import Signals
from pipeline.stages import (
    STAGES,  # noqa: F401  # all sets of signals exist once the stages do
    title_signs,
)
from pipeline.stages import body as body_module
from pipeline.stages.body import body
from pipeline.stages.evidence import AROUND, FEATURES, NEAR, WIDE, evidence
from pipeline.stages.forest import Column, Forest, Tree
from pipeline.stages.lexicon import ABOUT, CONTROLS, FURNITURE, HARD_TAIL, MENUS
from pipeline.stages.line_model import model
from pipeline.stages.prose import prose
from pipeline.stages.tail import COMMENTS, FOOT, STORIES, tails
from pipeline.stages.thread import thread_pages
from pipeline.stages.title import title_rows
from tests import every_pattern

SAMPLES = Path(__file__).parent.parent / "pipeline" / "samples"
TEXTS = [path.read_bytes().decode("utf-8", "replace") for path in sorted(SAMPLES.rglob("*.txt"))]
SETS = [found for found in gc.get_objects() if isinstance(found, Signals)]


@pytest.fixture(scope="module")
def lines() -> Lines:
    return Lines.of([*TEXTS, "", "\n", "\u3000\n首页\n"])


@given(st.text(max_size=20), st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cn"]), max_size=6))
def test_among_finds_what_membership_finds(text: str, chars: str) -> None:
    assert among(codes_of(text), chars).tolist() == [char in chars for char in text]


@pytest.mark.parametrize("signals", SETS, ids=lambda signals: next(iter(signals.bit)))
def test_a_column_of_signals_has_what_every_pattern_finds_in_every_line(signals: Signals, lines: Lines) -> None:
    able = ~lines.blank & (lines.length <= signals.max_chars)
    able &= signals._where(lines) if signals._where else True
    plain = [
        every_pattern.bits_of(signals, lines.strings(np.array([row]))[0]) if able[row] else 0
        for row in range(len(lines))
    ]
    assert signals.of(lines).tolist() == plain
    lines._cache.pop(signals._column)
    assert signals.of(lines).tolist() == plain  # now from what it kept


def test_bodies_begin_where_a_look_at_every_page_says(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [
        "站内公告，请看这里。\n首页\n来源：甲 2020-07-01\n" + "渡口的船在清晨来了，人们都上船去。" * 4,
        "",
        "首页\n论坛",
    ]
    several = Lines.of([*pages, *TEXTS])
    start = body(several).start.tolist()
    monkeypatch.setattr(body_module, "_noticed", lambda own, apart, w, start: np.ones(len(start), dtype=bool))
    several.forget()
    assert body(several).start.tolist() == start


def test_lines_touched_are_those_of_which_an_edit_takes_something() -> None:
    lines = Lines.of(["甲乙\n\n丙丁戊\n己", "庚辛\n壬"])
    for spans in ([], [(0, 1)], [(1, 6), (7, 8)], [(2, 3)], [(3, 4), (9, 13)], [(4, 4), (15, 16)]):
        taken = [span_edits(np.array([a]), np.array([b]), "NAV101") for a, b in spans]
        plain = [
            any(a < end and b > start for a, b in spans) for start, end in zip(lines.start, lines.end, strict=True)
        ]
        assert Context([], None, taken=taken).touched(lines).tolist() == plain


def walked(tree: Tree, row: int, columns: list[Column]) -> list[tuple[int, int]]:
    """The nodes that a row passes, each with the one below."""
    node, out = 0, []
    while node >= 0:
        asked = columns[tree.feature[node]][row] <= np.float32(tree.threshold[node])
        below = tree.left[node] if asked else tree.right[node]
        out.append((node, below))
        node = below
    return out


def test_tables_of_trees_give_what_walking_them_gives(lines: Lines) -> None:
    columns = [column[::7] for column in evidence(lines).columns]
    odds, shares = model().odds(columns), model().shares(columns)
    for row in range(len(columns[0])):
        total, share = model().bias, np.zeros(len(FEATURES), dtype=np.float32)
        for tree in model().trees:
            path = walked(tree, row, columns)
            total += tree.value[~path[-1][1]]
            for node, below in path:
                share[tree.feature[node]] += (tree.mean[below] if below >= 0 else tree.value[~below]) - tree.mean[node]
        assert odds[row] == pytest.approx(total, abs=1e-9)
        assert shares[:, row].tolist() == share.tolist()


def test_trees_of_any_form_are_summed_together() -> None:
    stump = Tree([0], [1.5], [-1], [-2], [0.25, -1.0], [0.0])
    chain = Tree([1, 0, 1], [0.0, 2.0, 3.0], [1, -1, -3], [-4, 2, -2], [1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0])
    forest = Forest([stump, chain, stump, chain, chain])
    columns = [np.array(values, dtype=np.float32) for values in ([1.0, 2.0, 3.0, 1.0], [0.0, -1.0, 9.0, 1.0])]
    assert forest.sums(columns).tolist() == [3 * 1.0 + 2 * 0.25, 3 * 1.0 - 2.0, 3 * 4.0 - 2.0, 3 * 4.0 + 2 * 0.25]
    assert Forest([]).sums(columns).tolist() == [0.0] * 4
    with pytest.raises(ValueError, match="more than 8"):
        Forest([Tree([0] * 9, [0.0] * 9, [*range(1, 9), -1], [-2] * 9, [0.0, 0.0], [0.0] * 9)])


def test_windows_of_the_evidence_hold_the_lines_around_on_the_same_page(lines: Lines) -> None:
    found = evidence(lines)
    column = dict(zip(FEATURES, found.columns, strict=True))
    page = lines.page[found.rows]
    stops, length = lines.stops[found.rows], lines.length[found.rows]
    own = prose(lines)[found.rows]
    for i in range(len(found.rows)):
        same = np.flatnonzero(page == page[i])
        for reach in (NEAR, AROUND, WIDE):
            near = same[abs(same - i) <= reach]
            want = stops[near].sum() / max(length[near].sum(), 1)
            assert column[f"stops within {reach} lines"][i] == np.float32(want)
        above, below = same[(same < i) & own[same]], same[(same > i) & own[same]]
        assert column["lines since prose"][i] == (min(i - above[-1], 60) if len(above) else 99)
        assert column["lines to prose"][i] == (min(below[0] - i, 60) if len(below) else 99)
        assert column["prose above"][i] == len(above)
        assert column["line above: stops"][i] == (stops[i - 1] if i - 1 in same else -1)
        assert column["line below: stops"][i] == (stops[i + 1] if i + 1 in same else -1)


def plain_tail(lines: Lines, page: int, hard: Mask, soft: Mask, about: Mask) -> tuple[int, list[int]]:
    """The row at which the tail of a page begins, -1 for none, and the rows spared in it."""
    start, end = int(body(lines).end[page]), int(lines.end_row[page])
    if body(lines).weight[page] <= 0:
        return -1, []
    for row in range(start, end):
        if about[row] or not (hard[row] or (soft[row] and hard[row : min(row + 13, end)].any())):
            continue
        while row - 1 >= start and not lines.blank[row - 1] and lines.stops[row - 1] == 0 and lines.han[row - 1] >= 16:
            row -= 1
        solid = [r for r in range(row, end) if not lines.blank[r]][:12]
        return row, [r for r in solid if about[r] and not prose(lines)[r]]
    return -1, []


def test_tails_of_all_pages_are_those_of_each(lines: Lines) -> None:
    threads = thread_pages(lines)[lines.page]
    about = ABOUT.has(lines, "editor", "tags", "source", "author", "views")
    stories = FURNITURE.has(lines, "other stories", "next story")
    comments = FURNITURE.has(lines, "comments") & ~threads
    item = lines.bullet & ~lines.ended & (lines.length <= 60)
    soft = (item | FURNITURE.has(lines, "contact", "panel", "widget")) & ~threads
    hard = FURNITURE.has(lines, *MENUS, *HARD_TAIL)
    hard |= FURNITURE.has(lines, *(c for c in CONTROLS if c != "widget")) & ~threads
    hard &= ~(threads & FURNITURE.has(lines, "comments", "thread control", "share"))
    found = tails(lines)
    plain = [plain_tail(lines, page, hard, soft, about) for page in range(lines.pages)]
    assert found.row.tolist() == [row for row, _ in plain]
    assert np.flatnonzero(found.spared).tolist() == [r for _, rows in plain for r in rows]
    assert (found.row >= 0).sum() >= 3
    for page, row in enumerate(found.row.tolist()):
        if row >= 0:
            opens = STORIES if stories[row : row + 3].any() else COMMENTS if comments[row : row + 3].any() else FOOT
            assert found.kind[page] == opens


def test_a_title_is_the_same_where_every_candidate_is_held_against_the_text(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = title_rows(lines).tolist()
    assert sum(row >= 0 for row in few) >= 10
    monkeypatch.setattr(title_signs, "_ROUNDING", 1e9)
    assert title_rows(Lines.of([*TEXTS, "", "\n", "\u3000\n首页\n"])).tolist() == few
