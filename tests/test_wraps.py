"""Broken lines: hard sets of known truth, verse and dialogue that must stay, grams, and pages of a million lines."""

import json
import random
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean import clean
from pipeline.corpus import grams
from pipeline.document import Page
from pipeline.lines import Lines
from pipeline.stages import STAGES
from tests.hard_wraps import HERE, SETS, articles, cleaned, made, score, wrapped

# Ends of paragraphs (F1) and paragraphs that come out whole, in each set of tests/hard_wraps.py: these may only rise.
FLOORS: dict[str, list[float]] = json.loads((HERE / "floors.json").read_text(encoding="utf-8"))
BROKEN = [stage for stage in STAGES if stage.name in {"interruptions", "wraps"}]


@pytest.mark.parametrize("name", SETS)
def test_hard_sets_come_out_as_their_truth(name: str) -> None:
    pages = made(name, 40, seed=5)
    got = score(pages, cleaned([page.page for page in pages]))
    f1, whole = FLOORS[name]
    assert got.f1 >= f1, got
    assert got.whole >= whole, got


def test_captions_that_cut_a_paragraph_become_fields() -> None:
    pages = made("captions", 20, seed=3)
    trail = clean([Page(str(i), page.page) for i, page in enumerate(pages)], BROKEN, {})
    found = {(f.page, f.value) for f in trail.fields if f.name == "captions"}
    wanted = {(i, caption) for i, page in enumerate(pages) for caption in page.lifted}
    assert len(found & wanted) >= 0.95 * len(wanted)
    assert len(found - wanted) <= 0.05 * len(wanted)


def works(name: str) -> list[str]:
    return [part.strip("\n") for part in (HERE / f"{name}.txt").read_text(encoding="utf-8").split("%%")]


@pytest.mark.parametrize("between", ["\n", "\n\n"], ids=["close", "apart"])
def test_no_line_of_a_hundred_poems_and_dialogues_is_joined(between: str) -> None:
    pages = [text.replace("\n", between) for text in [*works("verse"), *works("dialogue")]]
    assert len(pages) >= 100
    trail = clean([Page(str(i), page) for i, page in enumerate(pages)], BROKEN, {})
    assert [trail.text(i).split("\n") for i in range(len(pages))] == [
        [line for line in page.split("\n") if line] for page in pages
    ]


def test_a_poem_inside_a_wrapped_text_keeps_its_lines() -> None:
    article, poem = articles()[0], works("verse")[1]
    lines = [line for p in article for line in [*wrapped(p, 60), ""]]
    (text,) = cleaned(["\n".join([*lines, poem, "", *lines])])
    assert poem in text
    assert text.split("\n")[: len(article)] == list(article)


def test_paragraphs_a_line_each_are_left_alone() -> None:
    pages = ["\n".join(article) for article in articles()]
    assert cleaned(pages) == pages


def test_every_join_says_why() -> None:
    pages = [page for name in SETS for page in made(name, 3, seed=9)]
    trail = clean([Page(str(i), page.page) for i, page in enumerate(pages)], BROKEN, {})
    joins = [
        (rule, note)
        for layer in trail.layers
        for rule, note in zip(layer.edits.rule, layer.edits.note, strict=True)
        if rule in {"WRP101", "WRP102", "COL102", "CAP201"}
    ]
    assert len(joins) > 100
    assert all(note for _, note in joins)


def test_spaces_stand_between_han_and_latin_as_the_page_has_them() -> None:
    spaced = "我们先安装 Linux 系统，再安装 Python 解释器，最后把 Linux 重新启动一次，看看 Python 能不能用。" * 4
    for text in (spaced, spaced.replace(" ", "")):
        assert cleaned(["\n".join(wrapped(text, 47))]) == [text]


# ---- doubts


def test_a_fragment_with_two_equal_rests_stays_and_the_doubt_is_told() -> None:
    rest = "，石柱上有一道深深的凹痕，是三百年的缆绳勒出来的，孩子们都去摸过。"
    page = "\n".join(
        [
            "老渡口的最后一夜",
            "傍晚六点，最后一班轮渡离开码头，船上坐着十几位老乘客，有人带了相机，船工把缆绳慢慢解开",
            "山里的图书车",
            "每月的第一个星期三，一辆绿色的面包车会准时开进山里，车门一拉开，里面是四层书。",
            rest,
            "守门的老人说，听见汽笛响，就知道该烧水了，水开了，船也就到了。",
            rest,
        ]
    )
    trail = clean([Page("a", page)], [s for s in STAGES if s.name == "interruptions"], {})
    assert trail.text(0) == page
    assert [f.name for f in trail.fields] == ["doubts"]


# ---- grams


def tables(texts: list[str]) -> list[pa.Table]:
    return [grams.of(Lines.of([text])) for text in texts]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([p for a in articles() for p in a]), min_size=1, max_size=6), st.randoms())
def test_grams_do_not_depend_on_order_or_grouping(texts: list[str], r: random.Random) -> None:
    whole = grams.merge([grams.of(Lines.of(texts))])
    parts = tables(texts)
    r.shuffle(parts)
    cut = r.randint(0, len(parts))
    assert grams.merge([grams.merge(parts[:cut]), grams.merge(parts[cut:])]).equals(whole)


def test_grams_of_nothing_are_none() -> None:
    assert len(grams.of(Lines.of([]))) == len(grams.of(Lines.of(["", "\n\n"]))) == len(grams.merge([])) == 0


def test_a_corpus_teaches_how_its_words_go_on() -> None:
    text = "翡翠鲸鱼从竹楼里游出来，翡翠鲸鱼一共游了七个来回，孩子们围着翡翠鲸鱼看了一个下午。"
    taught, plain = grams.finish(grams.merge(tables([text] * 20))), grams.default()
    assert taught.goes_on("孩子们围着翡翠", "鲸鱼") > max(0.5, plain.goes_on("孩子们围着翡翠", "鲸鱼"))
    assert taught.goes_on("孩子们围着翡翠", "守门的老人") < 0


def test_the_shipped_grams_are_small_and_read() -> None:
    path = Path(grams.__file__).with_name(grams.DEFAULT)
    assert path.stat().st_size < 200_000
    assert grams.default().goes_on("一间小小的陈列", "室里") > grams.default().goes_on("一间小小的陈列", "如果")


def test_a_gram_alone_has_the_place_that_it_has_among_many() -> None:
    counts = np.zeros(1 << grams.BITS, dtype=np.int64)
    table = grams.of(Lines.of(["陈列室里放着一台旧收音机，收音机还能响，孩子们围着收音机听了一个下午。"]))
    counts[table["place"].to_numpy()] = table["count"].to_numpy()
    assert grams.Reading.of_counts(counts).goes_on("收音", "机还") > 0


# ---- bad input

WRAPPED = (
    "\n".join(
        wrapped("傍晚六点，最后一班轮渡离开青石镇码头，船上坐着十几位老乘客，有人带了 camera，只是想再坐一次。" * 3, 52)
    )
    + "\n"
)
CUT = "傍晚六点，最后一班轮渡离开码头，船上坐着十几位老乘客，有人带了相机，有人什么\n\n{}也没带，只想再坐一次。\n\n"
BAD = {
    "lines of one character": "字\n" * 25_000,
    "one line": "这是一句话，说到一半的时候停在了半路上，" * 2_500,
    "lines of a hundred thousand characters": ("这是一句话，说到一半的时候停在" * 1_200 + "\n") * 3,
    "wrapped lines": WRAPPED * 100,
    "paragraphs cut in two": CUT.format("") * 600,
    "captions in paragraphs": CUT.format("\n某处风景\n\n\n") * 500,
    "fragments above titles": CUT.format("某处的风景\n\n") * 500,
    "page numbers": "".join(
        f"傍晚六点，最后一班轮渡离开青石镇码头，船上坐着\n- {i} -\n渡口旧事\n" for i in range(1_000)
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_time_is_linear_in_the_page(name: str) -> None:
    def seconds(text: str) -> float:
        begin = time.process_time()
        clean([Page("a", text)], BROKEN, {})
        return time.process_time() - begin

    small = min(seconds(BAD[name]) for _ in range(2))
    # Eight times the text may take eight times the time, and twice that for noise; a square would take 64 times.
    assert seconds(BAD[name] * 8) <= max(0.4, 16 * small)


def test_a_page_of_a_million_lines_is_a_page() -> None:
    text = "字\n" * 1_000_000
    begin = time.process_time()
    trail = clean([Page("a", text)], BROKEN, {})
    assert time.process_time() - begin < 20
    assert trail.text(0) == text.rstrip("\n")
    assert trail.restored(0) == text
