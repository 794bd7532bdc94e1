"""Stage script: equal to OpenCC where OpenCC is right, better where it is not, and simplified text stays as it is."""

import random
from pathlib import Path

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import Trail, batches, clean
from pipeline.document import Page
from pipeline.lines import Lines
from pipeline.stages.script import STAGE, ScriptOptions, script_of
from pipeline.stages.script.conversion import Conversion
from pipeline.stages.script.converted import to_simplified
from pipeline.stages.script.dictionaries import Name, dictionary
from pipeline.stages.script.mends import CHARACTERS, DROPPED, VARIANTS, phrases

GOLD = Path(__file__).parents[2] / "shared" / "gold"
needs_gold = pytest.mark.skipif(not GOLD.exists(), reason="the gold sets are not beside the checkout")

CHAINS: dict[str, tuple[Name, Name]] = {"t2s": ("TSCharacters", "TSPhrases"), "s2t": ("STCharacters", "STPhrases")}


def converted(*texts: str, options: ScriptOptions | None = None) -> Trail:
    """Pages after the stage."""
    pages = [Page(f"p{i}", text) for i, text in enumerate(texts)]
    return clean(pages, [STAGE], {"script": options or ScriptOptions()})


@pytest.mark.parametrize("name", CHAINS)
def test_conversion_without_mends_is_that_of_opencc_also_where_phrases_overlap(name: str) -> None:
    characters, known = (dictionary(part) for part in CHAINS[name])
    ours, theirs = Conversion(characters, known), opencc.OpenCC(name)
    chance = random.Random(7)
    keys, single = list(known), list(characters)
    near = "".join(
        keys if name == "t2s" else chance.sample(keys, 400)
    )  # phrases overlap where their characters meet again
    for _ in range(4_000):
        kinds = chance.choices((keys, near, single, "，。 abc\n-的"), (2, 4, 1, 1), k=chance.randint(1, 14))
        text = "".join(chance.choice(kind) for kind in kinds)
        assert ours.text(text) == theirs.convert(text), text


def test_every_mend_comes_out_as_listed_and_is_still_needed() -> None:
    theirs = opencc.OpenCC("t2s")
    for word, simple in phrases().items():
        assert len(word) == len(simple)
        assert to_simplified().text(word) == simple, word
    assert set(DROPPED) <= set(dictionary("TSPhrases"))
    own = dictionary("TSCharacters")
    assert all(own.get(char, char) != mend for char, mend in CHARACTERS.items()), "a mend that mends nothing"
    assert not {variant for variant, _ in VARIANTS} & set(own), "OpenCC knows this variant by now"
    assert theirs.convert("乾安縣") == "干安县", "OpenCC has mended this by now"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("他於倫敦讀書", "他于伦敦读书"),
        ("對於單位的要求", "对于单位的要求"),
        ("用於坦克上", "用于坦克上"),
        ("於其一生中", "于其一生中"),
        ("顛覆成這樣", "颠覆成这样"),
        ("慰藉著傷者", "慰藉着伤者"),
        ("藉著風勢", "借着风势"),
        ("氾濫的河水和氾水關", "泛滥的河水和氾水关"),
        ("沈先生的語氣很低沈", "沈先生的语气很低沉"),
        ("這項建設計畫很難", "这项建设计划很难"),
        ("設計畫面的人說", "设计画面的人说"),
        ("徐乾學在乾清宮晾乾衣服", "徐乾学在乾清宫晾干衣服"),
    ],
)
def test_known_errors_of_opencc_are_mended(before: str, after: str) -> None:
    assert converted(before).text(0) == after


def test_simplified_pages_are_left_alone_whatever_they_quote() -> None:
    text = (
        "乾安县在吉林省西北部，毕昇是印刷术的发明者。书名叫做《後宮》，里面的於梨华写得很好，我们都觉得这些人说得对。"
    )
    assert converted(text).text(0) == text


def test_a_page_with_both_scripts_is_judged_line_by_line() -> None:
    trail = converted("这里的人们说《後宮》\n\n這裡的人們說話很慢\n他们")
    assert trail.text(0) == "这里的人们说《後宮》\n\n这里的人们说话很慢\n他们"
    assert [f.value for f in trail.fields] == ["mixed"]


def test_pages_of_a_batch_do_not_lend_each_other_their_script() -> None:
    texts = ["國家", "国家", "", "著名的後宮在這裡", "天地人", "看著國家"]
    trail = converted(*texts)
    assert [trail.text(i) for i in range(6)] == ["国家", "国家", "", "著名的后宫在这里", "天地人", "看着国家"]
    assert [trail.restored(i) for i in range(6)] == texts
    assert [(f.page, f.value) for f in trail.fields] == [(0, "Hant"), (1, "Hans"), (3, "Hant"), (5, "Hant")]
    assert script_of(Lines.of(texts)) == ["Hant", "Hans", "none", "Hant", "none", "Hant"]
    assert script_of(Lines.of([])) == []


def test_adjacent_changed_characters_are_one_edit() -> None:
    ((_, edits, removed),) = converted("這裡說話的人們").layers_of(0)
    assert removed == ["這裡說話", "們"]
    assert list(edits.replacement) == ["这里说话", "们"]


def test_direction_and_quotation_marks_are_options() -> None:
    assert converted("他們說「好」", options=ScriptOptions(quotes=True)).text(0) == "他们说“好”"
    assert converted("他們說「好」", options=ScriptOptions(direction="none")).text(0) == "他們說「好」"
    trail = converted("头发发现", "頭髮發現", options=ScriptOptions(direction="s2t"))
    assert [trail.text(0), trail.text(1)] == ["頭髮發現", "頭髮發現"]


@given(st.text(st.sampled_from("這裡国發现著名看於倫敦乾隆安瞭解望藉覆擡牠 \n\u3000「」a，。"), max_size=60))
def test_every_page_is_restored_keeps_its_length_and_is_done_at_once(text: str) -> None:
    trail = converted(text)
    assert trail.restored(0) == text
    assert len(trail.text(0)) == len(text)
    assert trail.shadowed == {}


@pytest.mark.gold
@needs_gold
def test_simplified_prose_is_changed_at_most_once_in_a_million_characters() -> None:
    from pyarrow import parquet

    rows = parquet.read_table(GOLD / "prose.parquet", columns=["id", "paragraphs"]).to_pylist()
    pages = [Page(r["id"], "\n".join(r["paragraphs"])) for r in rows]
    changed = sum(len(layer.edits) for group in batches(pages) for layer in clean(group, [STAGE], {}).layers)
    assert changed <= sum(len(p.text) for p in pages) / 1_000_000


@pytest.mark.gold
@needs_gold
@pytest.mark.parametrize(("name", "floor"), [("script_gsd", 0.99), ("script_opencc", 0.92)])
def test_share_of_traditional_texts_that_come_out_exactly_does_not_fall(name: str, floor: float) -> None:
    from pyarrow import parquet

    rows = [r for r in parquet.read_table(GOLD / f"{name}.parquet").to_pylist() if r.get("config", "t2s") == "t2s"]
    quotes = str.maketrans("「」『』", "“”‘’")
    trail = converted(*(r["input"] for r in rows))
    pairs = [(trail.text(i).strip(), r["expected"].strip()) for i, r in enumerate(rows)]
    assert sum(got.translate(quotes) == want.translate(quotes) for got, want in pairs) >= floor * len(rows)
