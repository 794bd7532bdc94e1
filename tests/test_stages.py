"""What holds for all stages together: a page's result is its own, and no line can make a rule slow."""

import dataclasses
import json
import time
from pathlib import Path

import pytest

from pipeline.clean import clean
from pipeline.config import default, load
from pipeline.document import Page
from pipeline.errors import UsageError
from pipeline.stages import STAGES

WRAPPED = (
    "傍晚六点，最后一班轮渡离开青石镇码头，船上坐着十\n"
    "几位老乘客，有人带了相机，有人什么也没带，只是想再坐一次。\n\u3000\u3000\n"
)


@pytest.mark.parametrize("neighbour", ["", "\n\n", "首页\n\n", WRAPPED])
def test_a_page_comes_out_the_same_whatever_page_follows_it(neighbour: str) -> None:
    text = WRAPPED + "问：近来夜里睡不好，半夜两三点就醒，醒了再也睡不着，白天头昏，请问有什么办法可以改善？"
    alone = clean([Page("a", text)], STAGES, {}).text(0)
    assert clean([Page("a", text), Page("b", neighbour)], STAGES, {}).text(0) == alone


PROSE = "码头上的人说，那一年的水涨得早，船都系在柳树上，夜里能听见缆绳响。\n\n" * 3
HOSTILE = [
    "要从一百年前讲起。（记者 王明" + "文" * 60,
    "讲起。（" + "王文文" * 30,
    "1920 -6 -4日" + " " * 100,
    "O301" + " " * 110 + "x",
    "评论 12,, " + "…数:  .,.,,,_1a中:,.31_数: " * 4,
    "_|密码登录" * 18 + "登",
    "返回首页" * 28 + "啊",
    "01010010100001111111111112 " * 4 + "页",
    "【图本网作者/董、" + "\t" * 100 + "中",
]


@pytest.mark.parametrize("line", HOSTILE)
def test_no_line_makes_a_rule_go_back_and_forth(line: str) -> None:
    page = Page("a", f"{line[:120]}\n\n{PROSE}{line[:120]}")
    started = time.process_time()
    clean([page], STAGES, {})
    assert time.process_time() - started < 2.0  # each of these took seconds to hours before its pattern was mended


def test_every_option_takes_its_own_default_from_toml(tmp_path: Path) -> None:
    tables = []
    for name, options in default().stages.items():
        values = {f.name: getattr(options, f.name) for f in dataclasses.fields(options)}
        rows = [f"{k} = {json.dumps(list(v) if isinstance(v, tuple) else v)}" for k, v in values.items()]
        tables += [f"[stages.{name}]", *rows]
    path = tmp_path / "all.toml"
    path.write_text('[corpus]\nname = "a"\n[source]\npath = "."\n' + "\n".join(tables), encoding="utf-8")
    assert load(path).stages == default().stages


def test_a_choice_that_is_none_is_refused_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        '[corpus]\nname = "a"\n[source]\npath = "."\n[stages.script]\ndirection = "t2z"\n', encoding="utf-8"
    )
    with pytest.raises(UsageError, match='takes "t2s" or "s2t" or "none"'):
        load(path)
