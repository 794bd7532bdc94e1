"""Stage encoding: the skip is a proof, right text stays as it is, mojibake comes back."""

import re
import time
import unicodedata
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from ftfy import bad_codecs  # noqa: F401  # registers sloppy-windows-1252
from ftfy.badness import BADNESS_RE, MOJIBAKE_CATEGORIES, is_bad
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import Trail, batches, clean
from pipeline.document import Page
from pipeline.edit import apply
from pipeline.stages.encoding import STAGE
from pipeline.stages.encoding.marks import INVISIBLES, mojibake_codes, normal_codes
from pipeline.stages.encoding.settled import composed, settled, trimmed
from pipeline.stages.encoding.utf8_as_latin import repaired

PROSE = Path(__file__).parents[2] / "shared" / "gold" / "prose.parquet"

# Every character that ftfy's test for badness names, and some of each class that it only speaks of: \w, \s, [a-z],
# [A-Z].
NAMED = sorted({c for c in BADNESS_RE.pattern + "".join(MOJIBAKE_CATEGORIES.values()) if c > "\x7f"})
UNMARKED = sorted({*NAMED, *"aZ1 \t.,?!中，“”‘’…—\u3000"} - {chr(c) for c in mojibake_codes()})


def cleaned(*texts: str) -> Trail:
    """Pages after the stage."""
    return clean([Page(f"p{i}", text) for i, text in enumerate(texts)], [STAGE], {})


def test_no_triple_of_unmarked_characters_is_bad_to_ftfy() -> None:
    text = "\n".join("".join(triple) for triple in product(UNMARKED, repeat=3))
    assert not is_bad(text)


@given(st.text(st.sampled_from(UNMARKED) | st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_line_without_a_marked_character_is_a_fixed_point_of_ftfy(line: str) -> None:
    line = re.sub(f"[{''.join(map(re.escape, map(chr, mojibake_codes())))}]", "", line)
    assert repaired(line) == line


@pytest.mark.parametrize("sample", ["\x80", "“¦", "”Á", "”á", "“│", "”€", "”“²", "§”“", "вЂ"])
def test_no_category_of_marked_characters_can_be_spared(sample: str) -> None:
    assert is_bad(sample)
    assert len({chr(c) for c in mojibake_codes()} & set(sample)) == 1


@given(st.text(st.sampled_from("aé中가e\u0301\u0323\u1100\u1161\u11a8\uf900\u212b") | st.characters(), max_size=30))
def test_normal_form_is_reached_and_characters_without_the_mark_are_stable(text: str) -> None:
    text = text.replace("\n", "")
    marked = set(map(chr, normal_codes()))
    rest = "".join(c for c in text if c not in marked)
    assert unicodedata.is_normalized("NFC", rest)
    (rule,) = [r for r in STAGE.rules if r.code == "ENC501"]
    one = type(STAGE)(STAGE.name, (rule,), STAGE.options)
    assert clean([Page("p", text)], [one], {}).text(0) == composed(text, 30)


def test_a_heap_of_combining_marks_costs_no_time() -> None:
    begin = time.process_time()
    cleaned("a" + "\u0301\u0323\u0327" * 60_000 + "\u064b\u0651" * 60_000)
    assert time.process_time() - begin < 3


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_trimmed_edit_is_right_and_shares_no_end_with_what_it_replaces(a: str, b: str, c: str, d: str) -> None:
    old, new = a + b + c, a + d + c
    start, end, put = trimmed(old, new)
    assert old[:start] + put + old[end:] == new
    taken = old[start:end]
    assert not taken or not put or (taken[0] != put[0] and taken[-1] != put[-1])


@given(st.text(st.sampled_from("甲a&;#38amp nbsp ltx<\u00a0\u200b\u00ad\r\f\ufeff\ue123é\u0301\ud83d"), max_size=40))
def test_the_stage_restores_every_page_and_finds_nothing_more_in_what_it_settled(text: str) -> None:
    trail = cleaned(text)
    assert trail.restored(0) == text
    assert settled(settled(text)) == settled(text)


SENTENCE = "来源：青石晚报 2010年5月1日讯：江边的老人（七十岁）看着河水，说“涨了”。"
MISREAD = {
    "GBK as Latin-1": lambda s: s.encode("gbk").decode("latin-1"),
    "GBK as cp1252": lambda s: s.encode("gbk").decode("sloppy-windows-1252"),
    "UTF-8 as Latin-1": lambda s: s.encode().decode("latin-1"),
    "UTF-8 as cp1252": lambda s: s.encode().decode("sloppy-windows-1252"),
}


@pytest.mark.parametrize("how", MISREAD)
def test_a_sentence_that_was_misread_comes_back(how: str) -> None:
    broken = f"好的一行\n{MISREAD[how](SENTENCE)}\n好的一行"
    trail = cleaned(broken)
    assert trail.text(0) == f"好的一行\n{SENTENCE}\n好的一行"
    assert trail.restored(0) == broken


def test_utf8_as_gbk_comes_back_but_for_the_bytes_that_gbk_lost() -> None:
    broken = SENTENCE.encode().decode("gbk", "replace")
    text = cleaned(broken).text(0)
    assert len(text) <= len(SENTENCE) + 2
    assert "江边" in text
    assert text.count("\ufffd") < len(SENTENCE) * 0.4


def test_hostile_lines_cost_linear_time() -> None:
    lines = ["涓 " * 60_000, "涓?" * 60_000, "&" * 100_000, "&am" * 30_000 + "&amp;" + "p;" * 30_000]
    lines += ["\U000e0061" * 60_000, "א\u200f" * 50_000, "é" * 100_000, "Ã©" * 50_000, "\x1b[" * 50_000, "\r" * 100_000]
    for line in lines:
        begin = time.process_time()
        trail = cleaned(line)
        assert time.process_time() - begin < 3, line[:10]
        assert trail.restored(0) == line


def test_invisible_characters_are_all_without_width_or_unassigned() -> None:
    assert {unicodedata.category(chr(c)) for c in INVISIBLES} <= {"Cf", "Cn", "Mn", "So"}
    assert 0x3000 not in INVISIBLES


@pytest.mark.gold
@pytest.mark.skipif(not PROSE.exists(), reason="the gold sets are not beside the checkout")
def test_right_prose_is_never_taken_for_mojibake() -> None:
    from pyarrow import parquet

    rows = parquet.read_table(PROSE, columns=["id", "paragraphs"]).to_pylist()
    pages = [Page(r["id"], "\n".join(r["paragraphs"])) for r in rows]
    changed: Counter[str] = Counter()
    for group in batches(pages):
        trail = clean(group, [STAGE], {})
        (layer,) = trail.layers
        changed.update(layer.edits.rule)
        before = "\n".join([*(p.text for p in group), ""])
        assert apply(before, layer.edits) == trail.lines.text
    # Spaces, invisible and control characters and lone returns do stand in these articles: 3,407 in 11.7 M characters.
    assert set(changed) <= {"ENC401", "ENC402", "ENC403", "ENC404"}, changed
    assert sum(changed.values()) < 4_000, changed
