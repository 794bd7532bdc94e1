"""Stage normalisation: what runs unasked, what waits to be named, and that no line makes it slow."""

import time

import pytest

from pipeline.clean import Trail, clean
from pipeline.document import Page
from pipeline.rule import Selection
from pipeline.stages import STAGES
from pipeline.stages.normalisation import STAGE

TEXT = "\u3000\u3000２０１０年的事,他说...算了。 \n通 知 公 告  ！！"


def normalised(text: str, *select: str) -> Trail:
    """A page after the stage."""
    return clean([Page("p", text)], [STAGE], {}, Selection(("ALL", *select)))


def test_only_indents_and_full_width_letters_go_unasked() -> None:
    assert normalised(TEXT).text(0) == "2010年的事,他说...算了。\n通 知 公 告  ！！"
    assert {rule.code for rule in STAGE.rules if not rule.optional} == {"NRM101", "NRM201"}


@pytest.mark.parametrize(
    ("select", "after"),
    [
        (("NRM3",), "2010年的事，他说……算了。\n通 知 公 告  ！"),
        (("NRM301",), "2010年的事,他说……算了。\n通 知 公 告  ！！"),
        (("NRM401", "NRM402"), "2010年的事,他说...算了。\n通知公告！！"),
        (("NRM",), "2010年的事，他说……算了。\n通知公告！"),
    ],
)
def test_the_other_rules_run_one_by_one_where_they_are_named(select: tuple[str, ...], after: str) -> None:
    trail = normalised(TEXT, *select)
    assert trail.text(0) == after
    assert trail.restored(0) == TEXT


def test_the_stage_comes_after_all_that_read_layout_and_before_copies_are_told() -> None:
    names = [stage.name for stage in STAGES]
    assert names.index("wraps") < names.index("quality") < names.index("normalisation") < names.index("duplicates")


@pytest.mark.parametrize(
    "line",
    [
        "汉" + "a" * 50_000 + "@" + "汉" * 60_000 + ",", "汉,`" * 40_000, "汉" + "." * 100_000, "汉 " * 50_000 + "www.",
        "汉(" * 50_000, "汉," + " " * 100_000 + "x", "－" * 100_000 + "汉", "１．" * 50_000, "://汉," * 25_000,
        "，" * 100_000, "汉" + " \u3000\t" * 40_000,
    ],
    ids=lambda line: line[:4],
)  # fmt: skip
def test_hostile_lines_cost_linear_time(line: str) -> None:
    begin = time.process_time()
    trail = normalised(line, "NRM")
    assert time.process_time() - begin < 3
    assert trail.restored(0) == line
