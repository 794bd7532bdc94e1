"""Cleaning a batch: who wins where rules overlap, what restores, where documents begin, what leaves a page."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import Aside, Trail, _ends_closed, advance, batches, clean
from pipeline.document import Field, Page
from pipeline.edit import Edit, Edits, removed
from pipeline.errors import InvariantError
from pipeline.lines import Lines
from pipeline.rule import Context, Found, Rule, Selection, Stage, span_edits
from tests.strategies import pages_of, replacements, texts


def stage(*finders: Callable[[Lines, Context], Found], name: str = "fake", **how: Any) -> Stage:
    """A stage of rules AAA101, BBB101, …"""
    return Stage(name, tuple(Rule(f"{chr(65 + i) * 3}101", f) for i, f in enumerate(finders)), **how)


def coded(code: str, *rows: tuple[int, int] | tuple[int, int, str]) -> Rule:
    """A rule of that code that changes these spans."""

    def find(lines: Lines, context: Context) -> Found:
        start, end = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
        return Found(edits=span_edits(start, end, code, [r[2] if len(r) > 2 else "" for r in rows]))

    return Rule(code, find)


def ran(text: str, *rules: Rule) -> Trail:
    """One page after one stage."""
    return clean(pages_of([text]), [Stage("fake", rules)], {})


def only_layer(trail: Trail) -> list[tuple[int, int, str, str]]:
    """The first layer of the only page, without notes and links."""
    return [e[:4] for e in trail.layers_of(0)[0][1].rows()]


# --- where two rules overlap


def test_the_earlier_rule_wins_and_the_later_keeps_what_is_left() -> None:
    trail = ran("0123456789", coded("AAA101", (3, 5)), coded("BBB101", (1, 8)))
    assert only_layer(trail) == [(1, 3, "", "BBB101"), (3, 5, "", "AAA101"), (5, 8, "", "BBB101")]
    assert trail.text(0) == "089"
    assert trail.shadowed == {"BBB101": 1}
    assert trail.layers[0].shadowed == 1


def test_an_edit_that_puts_something_in_needs_its_whole_span() -> None:
    trail = ran("0123456789", coded("AAA101", (3, 5)), coded("BBB101", (4, 8, "x")))
    assert only_layer(trail) == [(3, 5, "", "AAA101")]
    assert trail.shadowed == {"BBB101": 1}


def test_a_deletion_leaves_an_earlier_insertion_within_it_alone() -> None:
    trail = ran("0123456789", coded("AAA101", (4, 4, "x")), coded("BBB101", (2, 6)))
    assert trail.text(0) == "01x6789"


def test_spans_that_only_touch_shadow_nothing() -> None:
    trail = ran("0123456789", coded("AAA101", (3, 5), (5, 5, "x")), coded("BBB101", (1, 3), (5, 7)))
    assert trail.text(0) == "0x789"
    assert trail.shadowed == {}


@pytest.mark.parametrize("taken", [(0, 2), (7, 9)], ids=["what moves", "where it goes"])
def test_a_move_is_made_whole_or_not_at_all(taken: tuple[int, int]) -> None:
    def moved(lines: Lines, context: Context) -> Found:
        return Found(edits=Edits.of([Edit(1, 3, "", "BBB101", link=1), Edit(8, 8, "12", "BBB101", link=0)]))

    trail = ran("0123456789", coded("AAA101", taken), Rule("BBB101", moved))
    assert only_layer(trail) == [(*taken, "", "AAA101")]
    assert trail.shadowed == {"BBB101": 2}


def test_many_deletions_within_one_edit_cost_no_more_than_their_number() -> None:
    size = 200_000
    start = np.arange(size, dtype=np.int64)

    def singles(lines: Lines, context: Context) -> Found:
        return Found(edits=span_edits(start, start + 1, "BBB101"))

    begin = time.process_time()
    trail = ran("甲" * size, coded("AAA101", (0, size, "乙")), Rule("BBB101", singles))
    assert time.process_time() - begin < 2  # a square of their number before
    assert trail.text(0) == "乙"
    assert trail.shadowed == {"BBB101": size}


def test_a_move_that_nobody_is_in_the_way_of_keeps_its_link() -> None:
    def moved(lines: Lines, context: Context) -> Found:
        return Found(edits=Edits.of([Edit(5, 5, "12", "BBB101", link=1), Edit(1, 3, "", "BBB101", link=0)]))

    trail = ran("012345", coded("AAA101", (0, 1)), Rule("BBB101", moved))
    assert trail.layers_of(0)[0][1].link.tolist() == [-1, 2, 1]
    assert trail.text(0) == "34125"


# --- any stages over any pages


class Plan(NamedTuple):
    """What a made-up rule does: spans as shares of each page, breaks and asides as shares of all rows and pages."""

    cuts: tuple[tuple[float, float, str], ...]
    breaks: tuple[float, ...]
    aside: tuple[float, ...]


shares = st.floats(0, 1, allow_nan=False)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(0, 3))
    cuts = sorted(draw(st.lists(shares, min_size=2 * count, max_size=2 * count)))
    rows = tuple((a, b, draw(replacements)) for a, b in zip(cuts[::2], cuts[1::2], strict=True))
    return Plan(rows, tuple(draw(st.lists(shares, max_size=2))), tuple(draw(st.lists(shares, max_size=1))))


@dataclass(frozen=True)
class Made:
    """A rule that carries out a plan."""

    code: str
    plan: Plan

    def __call__(self, lines: Lines, context: Context) -> Found:
        edits = []
        for low, end in zip(lines.page_start[:-1].tolist(), lines.page_start[1:].tolist(), strict=True):
            size = end - low - 1
            if not size:  # set aside, perhaps: nothing is put into such a page
                continue
            edits += [Edit(low + int(a * size), low + int(b * size), new, self.code) for a, b, new in self.plan.cuts]
        breaks = np.unique([int(share * (len(lines) - 1)) for share in self.plan.breaks]).astype(np.int64)
        aside = {int(share * (lines.pages - 1)): "no text" for share in self.plan.aside}
        return Found(edits=Edits.of(edits), breaks=breaks, aside=aside)


def plan_of(rule: Rule) -> Plan:
    """The plan of a made-up rule."""
    assert isinstance(rule.find, Made)
    return rule.find.plan


@st.composite
def made_stages(draw: st.DrawFn) -> list[Stage]:
    out = []
    for s in range(draw(st.integers(1, 3))):
        codes = [f"{letter * 3}{s + 1}01" for letter in "ABC"[: draw(st.integers(1, 3))]]
        out.append(Stage(f"fake{s}", tuple(Rule(code, Made(code, draw(plans()))) for code in codes)))
    return out


bodies = st.lists(texts, min_size=1, max_size=4)


@given(bodies, made_stages())
def test_every_page_is_restored_whatever_the_stages_did(raw: list[str], stages: list[Stage]) -> None:
    trail = clean(pages_of(raw), stages, {})
    assert [trail.restored(p) for p in range(len(raw))] == raw


@given(bodies, made_stages())
def test_documents_joined_by_line_feeds_are_the_text_of_the_page(raw: list[str], stages: list[Stage]) -> None:
    trail = clean(pages_of(raw), stages, {})
    for p in range(len(raw)):
        text, spans_ = trail.text(p), trail.documents(p)
        if p in trail.aside:
            assert (text, spans_) == ("", []) or (not raw[p] and spans_ == [])
        else:
            assert "\n".join(text[a:b] for a, b in spans_) == text
            assert all(b > a for a, b in spans_) or len(spans_) == 1 or "" in text.split("\n")


@given(bodies, made_stages())
def test_a_page_in_a_batch_fares_as_it_does_alone(raw: list[str], stages: list[Stage]) -> None:
    plain = [
        Stage(s.name, tuple(Rule(r.code, Made(r.code, plan_of(r)._replace(breaks=(), aside=()))) for r in s.rules))
        for s in stages
    ]
    together = clean(pages_of(raw), plain, {})
    for p, text in enumerate(raw):
        alone = clean(pages_of([text]), plain, {})
        assert together.text(p) == alone.text(0)
        assert [(n, e.rows(), t) for n, e, t in together.layers_of(p)] == [
            (n, e.rows(), t) for n, e, t in alone.layers_of(0)
        ]


@given(texts, made_stages())
def test_in_a_stage_the_first_rule_that_wants_a_character_takes_it(raw: str, stages: list[Stage]) -> None:
    plans = [Plan(tuple((a, b, "") for a, b, _ in plan_of(rule).cuts), (), ()) for rule in stages[0].rules]
    rules = [Rule(rule.code, Made(rule.code, plan)) for rule, plan in zip(stages[0].rules, plans, strict=True)]
    want = [""] * len(raw)
    for rule, plan in reversed(list(zip(rules, plans, strict=True))):
        for a, b, _ in plan.cuts:
            low, high = int(a * len(raw)), int(b * len(raw))
            want[low:high] = [rule.code] * (high - low)
    got = [""] * len(raw)
    for e in ran(raw, *rules).layers[0].edits.rows():
        got[e.start : e.end] = [e.rule] * (e.end - e.start)
    differing = [i for i in range(len(raw)) if want[i] != got[i]]
    # The line feed before what is taken from the end of a page goes with it.
    assert differing == [] or (len(differing) == 1 and raw[differing[0]] == "\n" and not want[differing[0]])


# --- pages


def test_edits_that_reach_into_the_next_page_are_refused() -> None:
    with pytest.raises(InvariantError, match=r"AAA101 \[1, 4\) reaches over the end of page 0"):
        clean(pages_of(["ab", "cd"]), [Stage("fake", (coded("AAA101", (1, 4)),))], {})


def test_the_line_feed_between_two_pages_belongs_to_neither() -> None:
    with pytest.raises(InvariantError):
        clean(pages_of(["ab", "cd"]), [Stage("fake", (coded("AAA101", (2, 3)),))], {})


def test_an_insertion_at_the_end_of_a_page_stays_on_it() -> None:
    trail = clean(pages_of(["ab", "cd"]), [Stage("fake", (coded("AAA101", (2, 2, "x"), (3, 3, "y")),))], {})
    assert [trail.text(0), trail.text(1)] == ["abx", "ycd"]
    assert [len(trail.layers_of(p)[0][1]) for p in (0, 1)] == [1, 1]


def test_a_stage_that_finds_nothing_leaves_an_empty_layer() -> None:
    trail = clean(pages_of(["甲", ""]), [stage(lambda lines, context: Found())], {})
    assert trail.layers_of(0)[0][1].rows() == []
    assert [trail.text(p) for p in (0, 1)] == ["甲", ""]
    assert trail.documents(1) == [(0, 0)]


def test_no_stages_and_no_pages() -> None:
    assert clean([], [stage(lambda lines, context: Found())], {}).lines.pages == 0
    assert clean(pages_of(["甲"]), [], {}).text(0) == "甲"


def test_setting_a_page_aside_is_one_edit_that_deletes_all_of_it() -> None:
    def aside(lines: Lines, context: Context) -> Found:
        return Found(aside={1: "too short"})

    trail = clean(
        pages_of(["甲乙", "丙丁", "戊"]), [Stage("fake", (coded("AAA101", (3, 4)), Rule("BBB101", aside)))], {}
    )
    assert [trail.text(p) for p in range(3)] == ["甲乙", "", "戊"]
    assert trail.layers_of(1)[0][1].rows() == [Edit(0, 2, "", "BBB101", "too short")]
    assert trail.aside == {1: Aside("BBB101", "too short")}
    assert trail.documents(1) == []
    assert trail.restored(1) == "丙丁"


def test_the_first_reason_for_setting_a_page_aside_is_kept() -> None:
    first = Stage("one", (Rule("AAA101", lambda lines, context: Found(aside={0: "first"})),))
    second = Stage("two", (Rule("BBB101", lambda lines, context: Found(aside={0: "second"})),))
    assert clean(pages_of(["甲"]), [first, second], {}).aside[0] == Aside("AAA101", "first")
    both = Stage("both", first.rules + second.rules)
    assert clean(pages_of(["甲"]), [both], {}).aside[0] == Aside("AAA101", "first")


def test_a_page_that_could_not_be_read_is_aside_from_the_beginning() -> None:
    trail = clean([Page("p", "", reason="binary")], [stage(lambda lines, context: Found())], {})
    assert trail.aside == {0: Aside("", "binary")}
    assert trail.documents(0) == []


# --- documents


def breaking(*rows: int) -> Rule:
    return Rule("ART101", lambda lines, context: Found(breaks=np.array(rows)))


def test_a_break_begins_another_document() -> None:
    trail = ran("甲\n乙\n丙", breaking(1, 2))
    assert [trail.text(0)[a:b] for a, b in trail.documents(0)] == ["甲", "乙", "丙"]


def test_a_document_that_a_later_stage_takes_out_leaves_no_empty_one_behind() -> None:
    trail = advance(ran("甲\n乙\n丙", breaking(1, 2)), [Stage("later", (coded("AAA101", (2, 4)),))], {})
    assert [trail.text(0)[a:b] for a, b in trail.documents(0)] == ["甲", "丙"]
    trail = advance(ran("甲\n乙\n丙", breaking(1, 2)), [Stage("later", (coded("AAA101", (2, 5)),))], {})
    assert [trail.text(0)[a:b] for a, b in trail.documents(0)] == ["甲"]


def test_lines_that_a_later_stage_joins_are_one_document() -> None:
    trail = advance(ran("甲\n乙\n丙", breaking(1, 2)), [Stage("later", (coded("AAA101", (1, 2)),))], {})
    assert [trail.text(0)[a:b] for a, b in trail.documents(0)] == ["甲乙", "丙"]


# --- lines, fields, selection, summaries


def rows_of(*numbers: int) -> Rule:
    def find(lines: Lines, context: Context) -> Found:
        mask = np.zeros(len(lines), dtype=bool)
        mask[list(numbers)] = True
        return Found(rows=mask, note="why")

    return Rule("AAA101", find)


@pytest.mark.parametrize(
    ("text", "rows", "left"),
    [
        ("甲\n乙\n丙", (1,), "甲\n丙"),
        ("甲\n乙\n丙", (2,), "甲\n乙"),
        ("甲\n乙\n丙", (0, 1, 2), ""),
        ("甲\n\n乙\n\n丙", (0, 2), "\n丙"),
        ("甲\n\n乙\n", (2,), "甲\n"),
        ("甲\n乙\n丙\n丁", (1, 3), "甲\n丙"),
    ],
)
def test_whole_lines_go_with_their_line_feed(text: str, rows: tuple[int, ...], left: str) -> None:
    trail = ran(text, rows_of(*rows))
    assert trail.text(0) == left
    assert trail.restored(0) == text
    assert all(e.note == "why" for e in trail.layers_of(0)[0][1].rows())


def test_blank_lines_between_two_that_go_are_taken_with_them() -> None:
    assert ran("甲\n\n\u3000\n乙\n丙", rows_of(0, 3)).text(0) == "丙"


def test_fields_know_their_rule_stage_and_place_on_the_raw_page() -> None:
    def find(lines: Lines, context: Context) -> Found:
        at = lines.text.index("标题") - int(lines.page_start[1])
        return Found(fields=[Field(1, "title", "标题", at, at + 2, "")])

    stages = [
        Stage("one", (coded("AAA101", (2, 5)),)),
        Stage("two", (coded("BBB101", (4, 4, "！")),)),
        Stage("three", (Rule("CCC101", find),)),
        Stage("four", (coded("DDD101", (2, 3)),)),
    ]
    trail = clean(pages_of(["a", "广告语标题正文"]), stages, {})
    assert trail.text(1) == "题！正文"
    assert trail.fields == [Field(1, "title", "标题", 0, 2, "CCC101", "three")]
    assert trail.raw_fields() == [Field(1, "title", "标题", 3, 5, "CCC101", "three")]


def test_a_rule_sees_the_fields_that_were_found_before_it() -> None:
    seen = []

    def look(lines: Lines, context: Context) -> Found:
        seen.append([f.name for f in context.fields])
        return Found(fields=[Field(0, f"n{len(seen)}", "x", 0, 0, "")])

    clean(pages_of(["甲"]), [stage(look, look), stage(look, name="next")], {})
    assert seen == [[], ["n1"], ["n1", "n2"]]


def test_rules_that_are_not_selected_do_not_run() -> None:
    stages = [Stage("fake", (coded("AAA101", (0, 1)), coded("BBB101", (1, 2))))]
    assert clean(pages_of(["甲乙丙"]), stages, {}, Selection(("BBB",))).text(0) == "甲丙"
    assert clean(pages_of(["甲乙丙"]), stages, {}, Selection(ignore=("BBB101",))).text(0) == "乙丙"


def test_an_optional_rule_runs_only_where_its_code_is_selected() -> None:
    stages = [Stage("one", (Rule("AAA101", coded("AAA101", (0, 1)).find, optional=True),))]
    assert clean(pages_of(["甲乙"]), stages, {}).text(0) == "甲乙"
    assert clean(pages_of(["甲乙"]), stages, {}, Selection(("ALL", "AAA"))).text(0) == "乙"
    assert clean(pages_of(["甲乙"]), stages, {}, Selection(("AAA101",))).text(0) == "乙"
    assert clean(pages_of(["甲乙"]), stages, {}, Selection(("ALL", "AAA"), ignore=("AAA1",))).text(0) == "甲乙"


@pytest.mark.parametrize(
    ("select", "ignore", "runs"),
    [
        (("ALL",), (), True),
        (("ALL",), ("NAV",), False),
        (("NAV101",), ("NAV",), True),
        (("NAV",), ("NAV101",), False),
        (("NAV",), ("NAV",), False),
        (("REL",), (), False),
        ((), (), False),
        (("ALL", "NAV1"), ("NAV",), True),
    ],
)
def test_the_longest_prefix_decides(select: tuple[str, ...], ignore: tuple[str, ...], runs: bool) -> None:
    assert Selection(select, ignore)("NAV101") is runs


def test_a_stage_of_the_corpus_waits_for_its_summary() -> None:
    seen = []

    def look(lines: Lines, context: Context) -> Found:
        seen.append(context.summary)
        return Found()

    corpus = stage(look, name="templates", corpus=True)
    clean(pages_of(["甲"]), [corpus], {})
    assert seen == []
    clean(pages_of(["甲"]), [corpus], {}, summaries={"templates": "lines"})
    assert seen == ["lines"]


def test_a_trail_goes_on_where_it_stopped() -> None:
    one, two = Stage("one", (coded("AAA101", (0, 1)),)), Stage("two", (coded("BBB101", (0, 1)),))
    at_once = clean(pages_of(["甲乙丙"]), [one, two], {})
    in_steps = advance(clean(pages_of(["甲乙丙"]), [one], {}), [two], {})
    assert at_once.text(0) == in_steps.text(0) == "丙"
    assert [x.edits.rows() for x in at_once.layers] == [x.edits.rows() for x in in_steps.layers]
    assert [removed("甲乙丙", at_once.layers[0].edits)] == [["甲"]]


def test_batches_hold_all_pages_in_order() -> None:
    pages = pages_of(["字" * n for n in (5, 1, 9, 0, 3)])
    groups = list(batches(iter(pages), chars=6))
    assert [[len(p.text) for p in g] for g in groups] == [[5, 1], [9], [0, 3]]
    assert list(batches([], 6)) == []


def test_the_first_batch_of_a_stream_can_be_smaller() -> None:
    pages = [Page(str(i), "字" * 3) for i in range(7)]
    assert [len(group) for group in batches(iter(pages), chars=9, first=3)] == [1, 3, 3]


def test_only_three_capitals_and_three_digits_are_a_rule_code() -> None:
    from pipeline.rule import rule

    with pytest.raises(ValueError, match="no rule code"):
        rule("nav1")


def ends_closed_one_by_one(lines: Lines, edits: Edits) -> list[int]:
    """Where edits begin once the ends of pages are closed, page by page."""
    start: list[int] = edits.start.tolist()
    for page in range(lines.pages):
        low, high = int(lines.page_start[page]), int(lines.page_start[page + 1]) - 1
        ending = [i for i in range(len(edits)) if edits.end[i] == high > low]
        if not ending or edits.replacement[ending[-1]]:
            continue
        i = ending[-1]
        while i and edits.end[i - 1] == start[i] and not edits.replacement[i - 1]:
            i -= 1
        alone = not i or edits.end[i - 1] < start[i]
        if alone and edits.end[i] > start[i] > low and lines.text[start[i] - 1] == "\n":
            start[i] -= 1
    return start


@given(st.lists(st.text("甲\n", max_size=6), min_size=1, max_size=3), st.data())
def test_ends_of_pages_are_closed_as_one_by_one(raw: list[str], data: st.DataObject) -> None:
    lines = Lines.of(raw)
    made = []
    for page in range(lines.pages):
        low, high = int(lines.page_start[page]), int(lines.page_start[page + 1]) - 1
        cuts = sorted(data.draw(st.lists(st.integers(low, high), max_size=6)))
        spans = [span for span in pairwise(cuts) if data.draw(st.booleans())]
        made += [Edit(a, b, data.draw(st.sampled_from(["", "", "乙"]))) for a, b in spans]
    edits = Edits.of(made)
    closed = _ends_closed(lines, edits)
    assert closed.start.tolist() == ends_closed_one_by_one(lines, edits)
    assert closed.rows() == [e._replace(start=s) for e, s in zip(edits.rows(), closed.start.tolist(), strict=True)]
