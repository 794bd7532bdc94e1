"""Forms: what columns rule out no pattern would have found."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lines import Lines
from pipeline.stages.forms import Forms, folded_strings
from pipeline.stages.interruptions.captions import CREDIT, FORM
from pipeline.stages.shape import STARTS

SAMPLES = Path(__file__).parent.parent / "pipeline" / "samples"
TEXTS = [path.read_bytes().decode("utf-8", "replace") for path in sorted(SAMPLES.rglob("*.txt"))]
EACH = """第3条
十、甲
二 是甲
（三）甲
①甲
12.甲
a. 甲
B、甲
•甲
- 甲
附件 1:
附：甲
附1:
注 :
步骤1
步骤 1
问：甲
答 :
## 甲
第十章 甲
2020年1月2日 甲
▲甲
上图:甲
题图为
组图:甲
照片 甲
资料图:甲
资料图片说明
效果图 甲
示意圖 甲
图3 甲
图片：甲
王小川 摄
李一帆、王小川 供图
记者 王小川 摄影报道
（王小川 图）
图源:甲乙
供图/甲乙
摄影:甲乙
资料图片
[资料图片
配图
图片来自网络甲"""
SETS = {"starts": STARTS, "captions": FORM, "credits": CREDIT}


def plain(forms: Forms, lines: Lines) -> list[int]:
    """The bits of each line, every line read."""
    able = ~lines.blank & (lines.length <= forms.max_chars)
    if forms is CREDIT:
        able &= lines.stops <= 1
    texts = lines.strings(np.arange(len(lines)), prefix=forms._prefix)
    return [forms.bits_of(text) if own else 0 for text, own in zip(texts, able.tolist(), strict=True)]


@pytest.mark.parametrize("forms", SETS.values(), ids=SETS)
def test_no_line_of_a_form_is_ruled_out(forms: Forms) -> None:
    """Of the characters of the basic plane with what may stand behind or before them, and of lines of each form."""
    every = [chr(code) for code in range(0x10000) if chr(code).strip() and not 0xD800 <= code < 0xE000]
    alone = [
        char + rest
        for char in [*every, "\U0001d7cf", "\U00020000"]
        for rest in ("、甲", ". 甲", "9年1月1日 ", ":甲乙丙")
    ]
    lines = Lines.of(["\n".join([*alone, *(f"王小川{char}" for char in every)]), EACH, *TEXTS, ""])
    found = plain(forms, lines)
    assert any(found)
    assert forms.of(lines).tolist() == found


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_line_that_a_pattern_describes_is_ruled_out(data: st.DataObject) -> None:
    forms = data.draw(st.sampled_from(list(SETS.values())))
    pattern = data.draw(st.sampled_from([pattern for _, pattern in forms._patterns]))
    lines = Lines.of([data.draw(st.from_regex(pattern)) for _ in range(4)])
    assert forms.of(lines).tolist() == plain(forms, lines)


@given(st.lists(st.text("甲Ａ（ \n體\U0001d7cf", max_size=8), max_size=3), st.sampled_from([None, 2]))
def test_few_lines_are_folded_as_all_are(texts: list[str], prefix: int | None) -> None:
    lines = Lines.of(texts)
    rows = np.arange(len(lines))[::2]
    assert folded_strings(lines, rows, prefix) == lines.strings(rows, prefix=prefix)


def test_each_of_these_lines_has_a_form() -> None:
    lines = Lines.of([EACH])
    assert all(forms.of(lines).any() for forms in SETS.values())
    assert np.logical_or.reduce([forms.of(lines) != 0 for forms in SETS.values()]).all()
