"""Summaries of the corpus, and the rules that need one: merge order, copies, who is kept, lines that sites repeat."""

import random
import re
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import Aside, clean
from pipeline.corpus import fingerprints, line_counts
from pipeline.corpus.buckets import band_entries, bands, candidates
from pipeline.corpus.copies import Copies
from pipeline.corpus.keepers import keepers
from pipeline.corpus.line_counts import TemplatesOptions
from pipeline.corpus.options import DuplicatesOptions
from pipeline.corpus.shingles import gram_sets, jaccard
from pipeline.corpus.shuffle import Shuffle
from pipeline.document import Page
from pipeline.lines import Lines
from pipeline.rule import Selection, Stage
from pipeline.stages import duplicates, templates
from tests.strategies import texts as hostile_texts

RULES = Path(__file__).parent / "rules"
HAN = [chr(c) for c in range(0x4E00, 0x4E00 + 2000)]


def text_by(pages: Sequence[Page]) -> Callable[[Sequence[str]], list[str]]:
    by_id = {p.id: p.text for p in pages}
    return lambda ids: [by_id[i] for i in ids]


def copies_among(pages: Sequence[Page], options: DuplicatesOptions) -> pa.Table:
    prints = fingerprints.of([p.text for p in pages], [p.id for p in pages], [p.meta.get("date") for p in pages])
    return keepers([prints], text_by(pages), options)


def numbered(bodies: Sequence[str]) -> list[Page]:
    return [Page(f"p{i:06d}", body, site="a.example") for i, body in enumerate(bodies)]


def prose(size: int, seed: int) -> str:
    return "".join(random.Random(seed).choices(HAN, k=size))


def edited(text: str, rate: float, seed: int) -> str:
    r = random.Random(seed)
    return "".join(r.choice(HAN) if r.random() < rate else c for c in text)


# ---- fixtures of the rules


def unescaped(block: str) -> str:
    return re.sub(r"\\(u[0-9a-f]{4}|\\)", lambda m: "\\" if m[1] == "\\" else chr(int(m[1][1:], 16)), block)


def cases(family: str) -> list[object]:
    out: list[object] = []
    for path in sorted(RULES.glob(f"{family}*.md")):
        for part in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name = part.split("\n", 1)[0]
            found = re.findall(r"^```(\w+)\n(.*?)^```", part, flags=re.MULTILINE | re.DOTALL)
            blocks = {key: unescaped(block.removesuffix("\n")) for key, block in found}
            marks = [pytest.mark.xfail(strict=True)] if "(known failure)" in name else []
            out.append(pytest.param(path.stem, blocks, id=f"{path.stem} {name}", marks=marks))
    return out


def run_rule(stage: Stage, code: str, pages: list[Page], summary: object, options: object) -> str:
    trail = clean(pages, [stage], {stage.name: options}, Selection(select=(code,)), {stage.name: summary})
    assert [trail.restored(i) for i in range(len(pages))] == [p.text for p in pages]
    assert {c for layer in trail.layers for c in layer.edits.rule} <= {code}
    return trail.text(0)


@pytest.mark.parametrize(("code", "blocks"), cases("TPL"))
def test_a_template_rule_does_what_its_fixture_says(code: str, blocks: dict[str, str]) -> None:
    pages = numbered([blocks["before"], *blocks["summary"].split("\n----\n")])
    summary = line_counts.finish(line_counts.of(Lines.of([p.text for p in pages]), pages))
    assert run_rule(templates.STAGE, code, pages, summary, None) == blocks["after"]
    again = [Page("p000000", blocks["after"], site="a.example"), *pages[1:]]
    assert run_rule(templates.STAGE, code, again, summary, None) == blocks["after"]


@pytest.mark.parametrize(("code", "blocks"), cases("DUP"))
def test_a_copy_rule_does_what_its_fixture_says(code: str, blocks: dict[str, str]) -> None:
    pages = [Page("z", blocks["before"]), *numbered(blocks["summary"].split("\n----\n"))]
    options = DuplicatesOptions(**tomllib.loads(blocks.get("options", "")))
    summary = Copies.of_table(copies_among(pages, options), options)
    assert run_rule(duplicates.STAGE, code, pages, summary, options) == blocks["after"]


# ---- copies


def test_a_copy_names_its_rule_the_page_kept_and_the_similarity() -> None:
    body = prose(400, 1)
    pages = [Page("a", body), Page("b", body), Page("c", edited(body, 0.01, 2)), Page("d", prose(400, 3))]
    summary = Copies.of_table(copies_among(pages, DuplicatesOptions()), DuplicatesOptions())
    trail = clean(pages, [duplicates.STAGE], {}, summaries={"duplicates": summary})
    assert trail.aside[1] == Aside("DUP101", "exact copy", "a", 1.0)
    assert trail.aside[2].rule == "DUP201"
    assert 0.8 < (trail.aside[2].similarity or 0) < 1
    assert set(trail.aside) == {1, 2}
    assert [trail.text(i) for i in range(4)] == [body, "", "", pages[3].text]


def test_of_equal_texts_the_earliest_then_the_smallest_id_is_kept() -> None:
    def kept(*pages: Page) -> set[str]:
        return set(copies_among(pages, DuplicatesOptions())["kept_page_id"].drop_null().to_pylist())

    assert kept(Page("b", "甲乙"), Page("a", "甲 乙")) == {"a"}
    assert kept(Page("a", "甲乙"), Page("b", "甲乙", meta={"date": "2001-01-01"})) == {"b"}
    dates = {"date": "2001-02-01"}, {"date": "2001-01-01"}
    assert kept(Page("a", "甲乙", meta=dates[0]), Page("b", "甲乙", meta=dates[1])) == {"b"}
    assert kept(Page("c", "甲乙"), Page("b", "甲乙")) == {"b"}


def test_a_page_is_only_dropped_for_a_kept_page_that_it_is_similar_to_itself() -> None:
    text = prose(1500, 4)
    chain = numbered([text[i * 60 : i * 60 + 400] for i in range(16)])  # neighbours 0.74, one further 0.53
    table = copies_among(chain, DuplicatesOptions(similarity=0.7))
    by_id = {p.id: gram_sets([p.text])[0] for p in chain}
    rows = table.to_pylist()
    clusters = {r["page_id"]: r["cluster"] for r in rows}
    kept = {p.id for p in chain} - {r["page_id"] for r in rows if r["kept_page_id"]}
    assert 5 <= len(kept) < 16
    for row in rows:
        if row["kept_page_id"]:
            assert row["cluster"] == clusters[row["kept_page_id"]]
            assert row["kept_page_id"] in kept
            assert row["similarity"] == jaccard(by_id[row["page_id"]], by_id[row["kept_page_id"]]) >= 0.7


def test_the_page_that_most_others_are_similar_to_is_kept() -> None:
    original = prose(600, 5)
    pages = [Page("o", original)] + [Page(f"e{i}", edited(original, 0.04, i) + "。") for i in range(6)]
    table = copies_among(pages, DuplicatesOptions(similarity=0.6))  # to the original 0.7, to one another 0.5
    assert table["kept_page_id"].drop_null().to_pylist() == ["o"] * 6


def test_a_copy_that_is_a_footer_longer_is_not_kept_for_that() -> None:
    body = prose(600, 6)
    table = copies_among([Page("a", body), Page("b", body + "版权所有丙丁网")], DuplicatesOptions())
    assert table["kept_page_id"].to_pylist() == [None, "a"]
    table = copies_among([Page("a", body), Page("b", body + prose(200, 7))], DuplicatesOptions())
    assert table["kept_page_id"].to_pylist() == ["b", None]


def test_pages_without_text_are_copies_of_nothing_and_short_ones_only_of_their_like() -> None:
    assert len(copies_among(numbered(["", "", "\n \u3000", "。"]), DuplicatesOptions())) == 0
    table = copies_among(numbered(["啊", "啊", "啊啊啊啊啊啊", "啊啊啊啊啊啊啊"]), DuplicatesOptions())
    assert table["page_id"].to_pylist() == ["p000000", "p000001"]


def test_no_pages_have_no_copies() -> None:
    assert copies_among([], DuplicatesOptions()).num_rows == 0
    assert fingerprints.merge([]).num_rows == 0
    assert line_counts.finish(line_counts.merge([])).keys.size == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), min_size=1, max_size=14), st.randoms())
def test_copies_do_not_depend_on_the_order_or_the_parts(made: list[tuple[int, int]], r: random.Random) -> None:
    pages = numbered([edited(prose(200, base), 0.01 * change, change) for base, change in made])
    prints = fingerprints.of([p.text for p in pages], [p.id for p in pages])
    whole = keepers([prints], text_by(pages), DuplicatesOptions(similarity=0.6))
    rows = list(range(len(pages)))
    r.shuffle(rows)
    cut = r.randint(0, len(rows))
    parts = [prints.take(pa.array(rows[:cut], pa.int64())), prints.take(pa.array(rows[cut:], pa.int64()))]
    assert keepers(parts, text_by(pages), DuplicatesOptions(similarity=0.6)).equals(whole)
    dropped = {x["page_id"]: x["kept_page_id"] for x in whole.to_pylist() if x["kept_page_id"]}
    assert not set(dropped) & set(dropped.values())


@given(st.lists(hostile_texts, max_size=8))
def test_a_fingerprint_does_not_depend_on_its_neighbours(bodies: list[str]) -> None:
    ids = [f"p{i}" for i in range(len(bodies))]
    apart = [fingerprints.of([body], [key]) for body, key in zip(bodies, ids, strict=True)]
    assert fingerprints.of(bodies, ids).equals(fingerprints.merge(apart).combine_chunks())


def test_equal_slots_estimate_the_jaccard_index_of_short_texts_too() -> None:
    for size in (80, 200, 1000):
        errors = []
        for seed in range(60):
            one = prose(size, seed)
            pair = [one, edited(one, 0.03, seed)]
            raw = fingerprints.of(pair, ["a", "b"])["signature"].to_pylist()
            a, b = (np.frombuffer(x, dtype="<u2") for x in raw)
            errors.append(float((a == b).mean()) - jaccard(*gram_sets(pair)))
        assert abs(float(np.mean(errors))) < 0.03


def test_characters_beyond_the_basic_plane_tell_exact_texts_apart() -> None:
    one, two = "\U00020000" * 3, "\U00020001" * 3
    assert len(copies_among(numbered([one, two]), DuplicatesOptions())) == 0


@pytest.mark.parametrize("similarity", [0.45, 0.5, 0.6, 0.7, 0.8, 0.9])
def test_the_bands_find_pairs_of_the_similarity_asked_for(similarity: float) -> None:
    count, rows = bands(similarity)
    assert count * rows <= fingerprints.SLOTS
    assert 1 - (1 - similarity**rows) ** count >= 0.98


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("identical", lambda n: [prose(300, 1)] * n),
        ("one character, all lengths", lambda n: ["啊" * (60 + i % 997) for i in range(n)]),
        ("small changes", lambda n: [edited(prose(200, 1), 0.02, i) for i in range(n)]),
    ],
)
def test_the_work_on_a_crowd_of_copies_grows_with_their_number(name: str, make: Callable[[int], list[str]]) -> None:
    def seconds(count: int) -> float:
        pages = numbered(make(count))
        prints = fingerprints.of([p.text for p in pages], [p.id for p in pages])
        start = time.process_time()
        table = keepers([prints], text_by(pages), DuplicatesOptions(similarity=0.5))
        spent = time.process_time() - start
        assert 1 <= table["kept_page_id"].null_count <= 3  # the odd page is too far from the one that is kept
        return spent

    assert seconds(4000) < 10 * seconds(1000) + 0.5, name


def test_a_bucket_of_many_is_not_compared_pair_by_pair(tmp_path: Path) -> None:
    signature = np.ones((3000, fingerprints.SLOTS), dtype=np.uint16)
    rows = np.arange(3000)
    shuffle = Shuffle(tmp_path / "bands.entries")
    for entries in band_entries(signature, rows, 0.7):
        shuffle.add(entries)
    shuffle.close()
    found = candidates(shuffle, signature, rows, np.ones(3000, dtype=bool), 0.7)
    assert len(found.crowded) == 3000
    assert len(found.low) < 10_000


def test_a_similarity_that_a_shared_passage_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match=r"similarity is 0\.1"):
        DuplicatesOptions(similarity=0.1)


# ---- lines that sites repeat


def counted(pages: Sequence[Page]) -> pa.Table:
    return line_counts.of(Lines.of([p.text for p in pages]), pages)


line_pages = st.lists(
    st.builds(
        lambda site, rows: (site, "\n".join(rows)),
        st.sampled_from(["", "a", "b"]),
        st.lists(st.sampled_from(["甲乙", "丙丁。", "", "12", "戊" * 40, "己" * 50, "x" * 300]), max_size=6),
    ),
    max_size=12,
)


@given(line_pages, st.randoms())
def test_line_counts_do_not_depend_on_the_order_of_merging(made: list[tuple[str, str]], r: random.Random) -> None:
    pages = [Page(f"p{i}", text, site=site) for i, (site, text) in enumerate(made)]
    whole = counted(pages)
    r.shuffle(pages)
    a, b = sorted(r.randint(0, len(pages)) for _ in range(2))
    x, y, z = (counted(part) for part in (pages[:a], pages[a:b], pages[b:]))
    assert line_counts.merge([x, line_counts.merge([y, z])]).equals(whole)
    assert line_counts.merge([z, line_counts.merge([x, y]), x]).equals(whole)  # a part merged twice does no harm


@given(hostile_texts, hostile_texts)
def test_a_line_has_the_same_hash_wherever_it_stands(before: str, line: str) -> None:
    line = line.replace("\n", "")
    alone = line_counts.line_hashes(Lines.of([line])).line[0]
    assert line_counts.line_hashes(Lines.of([before, "甲\n" + line])).line[-1] == alone


def test_lines_are_compared_without_spaces_width_and_script_and_values_without_figures() -> None:
    rows = ["齊州網 A", "齐州网ａ", "齐州网b", "人气:17", "人气：2301", "周报17期", "周报18期", "周报１７期"]
    a, b, c, d, e, f, g, h = line_counts.line_hashes(Lines.of(["\n".join(rows)])).line.tolist()
    assert a == b != c
    assert d == e
    assert f == h != g


def test_a_line_on_more_pages_than_are_remembered_is_counted_within_its_error() -> None:
    bodies = [prose(40, i) + "\n共同的一行" + ("\n另一行在半数页上" if i % 2 else "") for i in range(1500)]
    pages = numbered(bodies)
    summary = line_counts.finish(line_counts.merge([counted(pages[i : i + 100]) for i in range(0, 1500, 100)]))
    hashes = line_counts.line_hashes(Lines.of(["共同的一行\n另一行在半数页上"])).line
    sites = np.repeat(line_counts.site_hashes(pages[:1]), 2)
    assert summary.shares(sites, hashes) == pytest.approx([1.0, 0.5], abs=0.2)


def test_pages_without_a_site_have_no_templates_unless_the_options_say_so() -> None:
    pages = [Page(f"p{i}", f"丙丁网\n{prose(40, i)}") for i in range(6)]
    table = counted(pages)
    for known, left in ((False, "丙丁网\n" + prose(40, 0)), (True, prose(40, 0))):
        options = TemplatesOptions(unknown_site=known)
        summary = line_counts.finish(table, options)
        trail = clean(pages, [templates.STAGE], {"templates": options}, summaries={"templates": summary})
        assert trail.text(0) == left


def test_templates_come_back_from_their_table() -> None:
    summary = line_counts.finish(counted(numbered([f"丙丁网\n{prose(40, i)}" for i in range(6)])))
    back = line_counts.Templates.of_table(summary.to_table())
    assert len(back.keys) == 1
    assert back.keys.tolist() == summary.keys.tolist()
    assert back.share.tolist() == summary.share.tolist()
