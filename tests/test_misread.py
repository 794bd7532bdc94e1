"""Mojibake: what can be had back comes back, however the text was misread; text of other languages is none."""

import random
import time
from pathlib import Path

import pytest

from pipeline.clean import Trail, clean
from pipeline.document import Page
from pipeline.rule import Selection
from pipeline.stages.encoding import STAGE, EncodingOptions
from pipeline.stages.encoding.utf8_as_latin import pieces, repaired
from tests.misreadings import COMMON, FURTHER, Misreading, broken, fit, restored, sentences

SAMPLES = Path(__file__).parent.parent / "pipeline" / "samples"
MISREADING = Selection(select=("ENC1", "ENC2"))


def cleaned(*texts: str, options: EncodingOptions | None = None) -> Trail:
    """Pages after the rules for misread text alone."""
    pages = [Page(f"p{i}", text) for i, text in enumerate(texts)]
    return clean(pages, [STAGE], {"encoding": options or EncodingOptions()}, MISREADING)


@pytest.fixture(scope="module")
def samples() -> list[str]:
    texts = [path.read_text(encoding="utf-8", errors="ignore") for path in sorted(SAMPLES.rglob("*.txt"))]
    own = [s for s in sentences(texts) if clean([Page("p", s)], [STAGE], {}).text(0) == s]
    assert len(own) > 600
    return random.Random(3).sample(own, 300)


@pytest.mark.parametrize("how", COMMON, ids=lambda how: how.name)
def test_what_can_be_restored_is_restored_and_nothing_else_is_changed(how: Misreading, samples: list[str]) -> None:
    found = restored(samples, how)
    assert found.chars >= 0.995
    assert found.texts >= 0.98
    assert found.wrong <= 0.01 * sum(map(len, samples))


@pytest.mark.parametrize("how", FURTHER, ids=lambda how: how.name)
def test_most_of_what_is_seldom_seen_is_restored_too(how: Misreading, samples: list[str]) -> None:
    assert restored(samples, how).chars >= 0.97


PAGE = (
    "首页\n新闻\n社会\n体育\n\n江边的老人看着河水，谁也没有说话。\n大家都在讨论河堤的修缮。\n孩子们跑来跑去，不知道出了什么事。\n"
    "昨天夜里下了一场大雨。\n\n菏泽\n亳州\n2010-05-01"
)


@pytest.mark.parametrize("how", [how for how in COMMON if how.lost_as != "?"], ids=lambda how: how.name)
def test_short_lines_follow_a_page_that_is_misread_throughout(how: Misreading) -> None:
    (page,) = fit([PAGE], how)
    made = [broken(line, how) for line in page.split("\n")]
    got = cleaned("\n".join(m.shown for m in made)).text(0).split("\n")
    # Of 首页 read as GBK nothing remains that would read better than what stands there.
    whole = [i for i, m in enumerate(made) if "\ufffd" not in m.possible]
    assert len(whole) >= 7
    assert [got[i] for i in whole] == [page.split("\n")[i] for i in whole]


@pytest.mark.parametrize("encoding", ["gbk", "big5"])
def test_one_character_alone_is_no_proof_and_stays(encoding: str) -> None:
    shown = "中".encode(encoding).decode("latin-1")
    assert cleaned(shown).text(0) == shown


@pytest.mark.parametrize(
    "text",
    [
        "La bibliothèque a été fermée cet été, le toit étant à réparer ; « élégant », hélas, naïveté, où ça ?",
        "Größe, Füße, Übermäßig, Öl; Äpfel für fünf Mädchen. Straßenüberführung.",
        "Zażółć gęślą jaźń, skrótów i plików używanych; żółw pożarł mróz.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy; řádků tabulátoru.",
        "図書館の屋根が新しくなりました。ファイルを読み込めません。もうすぐ本を読みに行けます。",
        "도서관의 지붕이 새로 바뀌었습니다. 곧 책을 읽으러 갈 수 있습니다.",
        "Библиотека открылась прошлой весной.",
        "饕餮紋鼎，鏖戰正酣，龃龉不合，魑魅魍魎，鱸鱖鰣鱘，茕茕孑立，踽踽独行。",
        "氕氘氚，锕镤镎钚镅锔锫锎锿镄钔锘铹。",
        "ㄅㄆㄇㄈ，ㄓㄨㄥㄨㄣˊ，注音符號﹐小型標點﹒",
        "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß",
    ],
)
def test_other_languages_and_rare_characters_are_no_mojibake(text: str) -> None:
    assert cleaned(text).text(0) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("来源：鏂伴椈缃戠珯", "来源：新闻网站"),
        ("他们说，鏂伴椈，还没有来。", "他们说，新闻，还没有来。"),
        ("标题 鏂伴椈缃戠珯 2010-05-01 完", "标题 新闻网站 2010-05-01 完"),
        ("他说：“ÐÂÎÅÍøÕ¾”", "他说：“新闻网站”"),
    ],
)
def test_a_misread_part_of_a_right_line_comes_back_alone(before: str, after: str) -> None:
    assert cleaned(before).text(0) == after


def test_random_rare_characters_are_no_mojibake() -> None:
    chance = random.Random(5)
    rows = [bytes((a, b)).decode("gbk", "ignore") for a in range(0xD8, 0xF8) for b in range(0xA1, 0xFF)]
    rows += [bytes((a, b)).decode("cp950", "ignore") for a in range(0xC9, 0xF9) for b in range(0xA1, 0xFF)]
    text = "\n".join("".join(chance.choices(rows, k=chance.randint(1, 40))) for _ in range(2_000))
    assert cleaned(text).text(0) == text


def test_the_edit_says_which_ways_followed_the_first() -> None:
    how = next(how for how in COMMON if len(how.steps) == 2 and how.steps[0][0] == "gbk")
    trail = cleaned(broken("江边的老人看着河水，谁也没有说话。", how).shown)
    ((_, edits, _),) = trail.layers_of(0)
    assert list(edits.rule) == ["ENC201"]
    assert list(edits.note) == ["then gbk as latin"]


def test_losses_beyond_the_option_leave_the_line() -> None:
    how = Misreading("UTF-8 as GBK", (("utf-8", "gbk"),))
    shown = broken("江边的老人看着河水，谁也没有说话。", how).shown
    assert "\ufffd" in cleaned(shown).text(0)
    assert cleaned(shown, options=EncodingOptions(max_lost_share=0)).text(0) == shown


@pytest.mark.parametrize("reading", ["gb18030", "latin-1"])
def test_heaps_of_marks_in_misread_text_are_cut_as_the_option_says(reading: str) -> None:
    right = "江边的老人看着河水，谁也没有说话，大家都在讨论河堤的修缮" + "\u0323" * 9
    shown = right.encode().decode(reading, "replace")
    for most in (2, 7):
        assert cleaned(shown, options=EncodingOptions(max_marks=most)).text(0).count("\u0323") == most


def test_a_long_line_is_cut_for_ftfy_where_no_character_is_and_comes_out_as_if_whole() -> None:
    line = ("Ã©tÃ© Ã\xa0 l'heure, cafÃ© crÃ¨me: " * 700).strip()
    spans = list(pieces(line))
    assert len(spans) > 2
    assert [a for a, _ in spans[1:]] == [b for _, b in spans[:-1]]
    assert cleaned(line).text(0) == repaired(line)


def seconds(text: str) -> float:
    begin = time.process_time()
    cleaned(text)
    return time.process_time() - begin


@pytest.mark.parametrize("how", [COMMON[0], COMMON[4], COMMON[6], COMMON[8], FURTHER[5]], ids=lambda how: how.name)
def test_a_long_line_of_mojibake_takes_linear_time(how: Misreading) -> None:
    (text,) = fit(["江边的老人看着河水慢慢涨起来，谁也没有说话。2010年5月1日，yes! "], how)
    shown = broken(text, how).shown
    small, large = (seconds(shown * (size // len(shown))) for size in (20_000, 320_000))
    assert large <= max(0.5, 40 * small)  # sixteen times the text; a square would take 256 times
