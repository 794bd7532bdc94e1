"""What patterns need: no line that a pattern matches is ruled out beforehand."""

import gc
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lines import Lines
from pipeline.openings import needs
from pipeline.required import ANY_DIGIT, ANY_SPACE, checked, required
from pipeline.signal import Signals
from pipeline.stages import STAGES  # noqa: F401  # all sets of signals exist once the stages do
from tests import every_pattern

SAMPLES = Path(__file__).parent.parent / "pipeline" / "samples"
TEXTS = [path.read_bytes().decode("utf-8", "replace") for path in sorted(SAMPLES.rglob("*.txt"))]
SETS = [found for found in gc.get_objects() if isinstance(found, Signals)]


def test_there_are_sets_to_test() -> None:
    assert len(SETS) >= 5
    assert max(len(signals.bit) for signals in SETS) >= 20


@pytest.mark.parametrize("signals", SETS, ids=lambda signals: next(iter(signals.bit)))
def test_no_line_that_matches_is_ruled_out(signals: Signals) -> None:
    lines = Lines.of([*TEXTS, "𠀀首页\n", ""])
    rows = np.flatnonzero(~lines.blank & (lines.length <= signals.max_chars))
    possible = signals.possible(lines, rows)
    for text, bits in zip(lines.strings(rows), possible.tolist(), strict=True):
        assert signals.decide(text, bits) == every_pattern.bits_of(signals, text), text
    assert signals.possible(lines, rows[::50]).tolist() == possible[::50].tolist()


@pytest.mark.parametrize(
    ("pattern", "grams"),
    [
        ("首页", "首页"),
        ("甲|乙丙", "甲|乙丙"),
        ("甲?乙", "乙|甲乙"),
        ("(?:首页|首要)点", "页点|要点"),
        ("(?:甲|乙)++丙*", "甲|乙"),
        ("(?=.*页)甲*", "页"),
        ("(?>甲乙)", "甲乙"),
        ("[甲乙]{2}", "甲甲|甲乙|乙甲|乙乙"),
        ("(?:甲乙){1,3}丙", "甲乙"),
        ("x.{0,4}甲", "甲"),
        (r"第\d+", "第"),
        (r"\d+楼?", "a digit"),
        (r"[\d,]", ",|a digit"),
        ("甲?", None),
        ("[^甲]", None),
        (r"\w{3}", None),
        ("(?!甲)乙", "乙"),
        ("(?:甲|乙?)", None),
        ("^$", None),
    ],
)
def test_what_a_pattern_needs(pattern: str, grams: str | None) -> None:
    assert required(pattern) == (None if grams is None else frozenset(grams.split("|")))


@pytest.mark.parametrize(
    ("pattern", "also"),
    [
        (r"举报[甲乙]丙", ("甲丙|乙丙", "甲丙|乙丙")),
        (r"(?:首页|论坛)(?:[\s,]+\w+)+", ("a space|,", "a space|,")),
        (r"^\W*(?:首页|论坛)|^第\d+版", ("首页|论坛|第", "首页|论坛|版")),
    ],
)
def test_what_else_a_pattern_needs(pattern: str, also: tuple[str, ...]) -> None:
    found = needs(pattern)
    assert found is not None
    assert found.also == tuple(frozenset(grams.split("|")) for grams in also)


def test_flags_that_change_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="folded"):
        checked("(?i)abc")


pieces = st.recursive(
    st.sampled_from(["甲", "乙", "a", ".", "[甲丙]", "[^乙]", r"\d", r"[\s甲]", "^", "$"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}"])).map(lambda p: f"(?:{p[0]}){p[1]}"),
    ),
    max_leaves=8,
)


def has(text: str, grams: frozenset[str]) -> bool:
    """Whether a text has one of some grams."""
    classes = {ANY_DIGIT: r"\d", ANY_SPACE: r"\s"}
    return any(re.search(classes[gram], text) if gram in classes else gram in text for gram in grams)


@settings(max_examples=300, deadline=None)
@given(pieces, st.text("甲乙丙a1 ", max_size=8))
def test_a_match_has_the_grams_that_its_pattern_needs(pattern: str, text: str) -> None:
    grams, found = required(pattern), needs(pattern)
    if re.search(pattern, text):
        assert grams is None or has(text, grams)
        assert found is None or has(text, found.opening | found.inside)
        assert found is None or all(has(text, other) for other in found.also)
