"""What patterns need: no line that a pattern matches is ruled out beforehand."""

import gc
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lines import Lines
from pipeline.required import ANY_DIGIT, checked, required
from pipeline.signal import Signals
from pipeline.stages import STAGES  # noqa: F401  # all sets of signals exist once the stages do

SAMPLES = Path(__file__).parent.parent / "pipeline" / "samples"
TEXTS = [path.read_bytes().decode("utf-8", "replace") for path in sorted(SAMPLES.rglob("*.txt"))]
SETS = [found for found in gc.get_objects() if isinstance(found, Signals)]


def test_there_are_sets_to_test() -> None:
    assert len(SETS) >= 5
    assert max(len(signals.bit) for signals in SETS) >= 20


@pytest.mark.parametrize("signals", SETS, ids=lambda signals: next(iter(signals.bit)))
def test_no_line_that_matches_is_ruled_out(signals: Signals) -> None:
    lines = Lines.of([*TEXTS, "𠀀首页\n", ""])
    everything = sum(signals.bit.values())
    solid = np.flatnonzero(~lines.blank)
    for rows in (solid, solid[::50]):  # of all lines, and of so few that only they are looked at
        for text, possible in zip(lines.strings(rows), signals.possible(lines, rows).tolist(), strict=True):
            seen = text[: signals.max_chars]
            assert signals.decide(seen, possible) == signals.decide(seen, everything), text


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


def test_flags_that_change_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="folded"):
        checked("(?i)abc")


pieces = st.recursive(
    st.sampled_from(["甲", "乙", "a", ".", "[甲丙]", "[^乙]", r"\d", "^", "$"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}"])).map(lambda p: f"(?:{p[0]}){p[1]}"),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(pieces, st.text("甲乙丙a1", max_size=8))
def test_a_match_has_a_gram_that_its_pattern_needs(pattern: str, text: str) -> None:
    grams = required(pattern)
    if re.search(pattern, text) and grams is not None:
        assert any(gram in text or (gram == ANY_DIGIT and re.search(r"\d", text)) for gram in grams)
