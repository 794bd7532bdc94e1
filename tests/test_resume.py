"""Going on in the middle of a pass: a changed stage and those after it are done anew, to the bytes of a whole build."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.clean import Trail
from pipeline.config import Config, default
from pipeline.corpus.overlaps import EvaluationOptions
from pipeline.engine.batches import Work
from pipeline.engine.plan import build
from pipeline.engine.resume import Earlier, kept
from pipeline.engine.toolkit import Toolkit, published
from pipeline.lines import Lines
from pipeline.publish.tables import Before
from pipeline.publish.verify import verify
from pipeline.rule import Context, Found, Rule, Selection, Stage
from tests.test_build import STAGES as BUILT
from tests.test_build import bytes_of, config, make_pages, toolkit

SAMPLES = Path(__file__).parent.parent / "pipeline" / "samples"


def settings(home: Path, **rules: list[str]) -> Config:
    where = {"out": str(home / "R"), "store": str(home / "store"), "workers": 1, "part_mb": 0.05}
    return default(SAMPLES, corpus={"name": "sample"}, build=where, rules=rules)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a release of the samples."""
    home = tmp_path_factory.mktemp("begun")
    build(settings(home))
    return home


def of_stage(home: Path, name: str, **options: Any) -> Config:
    made = settings(home)
    return replace(made, stages={**made.stages, name: replace(made.stages[name], **options)})


def examined(home: Path) -> Config:
    """With an evaluation set, of a sentence of one page."""
    (home / "quiz.jsonl").write_text(json.dumps({"text": "最后一班轮渡离开青石镇码头，船上坐着十几位老乘客"}))
    made = settings(home)
    own = EvaluationOptions((str(home / "quiz.jsonl"),), 12)
    return replace(made, stages={**made.stages, "evaluation": own})


# What changes, and how many stages of the second pass stand: templates, interruptions, wraps; then articles.
CHANGES: dict[str, tuple[Callable[[Path], Config], int]] = {
    "interruptions": (lambda home: settings(home, ignore=["CAP"]), 1),
    "wraps": (lambda home: settings(home, ignore=["WRP2"]), 2),
    "articles": (lambda home: settings(home, ignore=["ART102"]), 3),
    "quality": (lambda home: of_stage(home, "quality", min_han=300), 3),
    "normalisation": (lambda home: settings(home, select=["ALL", "NRM3"]), 3),
    "evaluation": (examined, 3),
}


@pytest.mark.parametrize("stage", CHANGES)
def test_a_changed_stage_and_what_follows_give_the_bytes_of_a_whole_build(
    stage: str, begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, stand = CHANGES[stage]
    went_on: list[int] = []
    trail = Earlier.trail

    def seen(self: Earlier, batch: int, state: Before, work: Work) -> Trail:
        went_on.append(len(self._stages))
        return trail(self, batch, state, work)

    monkeypatch.setattr(Earlier, "trail", seen)
    homes = [tmp_path / "resumed", tmp_path / "whole"]
    for home in homes:
        shutil.copytree(begun, home, symlinks=True)
    for path in (homes[1] / "store").glob("shape-*"):
        shutil.rmtree(path)
    made = [build(change(home)).path for home in homes]
    assert made[0].name == made[1].name != "1.0.0"
    assert bytes_of(made[0]) == bytes_of(made[1])
    assert went_on
    assert set(went_on) == {stand}
    if stage == "evaluation":
        assert list(verify(made[0], all=True)) == []


def _fails(lines: Lines, context: Context) -> Found:
    if any(page.id == "p001" for page in context.pages):
        raise ZeroDivisionError("p001")
    return Found()


STAGES = tuple(Stage("articles", (*s.rules, Rule("TST302", _fails))) if s.name == "articles" else s for s in BUILT)


def failing() -> Toolkit:
    """The toolkit of small builds; a rule of its stage of articles fails on one page, and one of hazards on another."""
    return toolkit()._replace(stages=STAGES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(("TST302", "TST901"), ("TST901",), id="fails now"),
        pytest.param(("TST302",), (), id="failed before"),
        pytest.param(("TST401", "TST302", "TST901"), ("TST302", "TST901"), id="never fails"),
    ],
)
def test_a_page_on_which_a_rule_fails_is_as_in_a_whole_build(
    before: tuple[str, ...], after: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfit: list[bool] = []
    trail = Earlier.trail

    def seen(self: Earlier, batch: int, state: Before, work: Work) -> Trail:
        unfit.append(True)
        found = trail(self, batch, state, work)
        unfit[-1] = False
        return found

    monkeypatch.setattr(Earlier, "trail", seen)
    made = []
    for home in (tmp_path / "resumed", tmp_path / "whole"):
        home.mkdir()
        own = config(home, make_pages(home / "pages.jsonl", 20))
        build(replace(own, rules=Selection(ignore=before)), toolkit=failing)
        if home.name == "whole":
            shutil.rmtree(home / "store")
        made.append(bytes_of(build(replace(own, rules=Selection(ignore=after)), toolkit=failing).path))
    assert made[0] == made[1]
    assert unfit
    assert any(unfit) == ("TST302" not in after or "TST901" not in before)


def test_what_stands_ends_where_something_differs_and_before_documents_are_told_apart() -> None:
    stages = [s for s in published().stages if s.name in ("templates", "interruptions", "wraps", "articles", "quality")]
    how: dict[str, Any] = {"core": "c", **{f"stage {s.name}": {"options": 1} for s in stages}}
    assert kept(stages, how, {**how, "dates of fingerprints": "read"}) == 3
    assert kept(stages, how, {**how, "stage wraps": {"options": 2}}) == 2
    assert kept(stages, how, {**how, "core": "d"}) == 0
    assert kept(stages, {}, how) == 0
    page = [s for s in published().stages if s.group]
    of_page = {f"stage {s.name}": 1 for s in page}
    assert len(page) > 2
    assert kept(page, of_page, {**of_page, f"stage {page[-1].name}": 2}) == 0


def test_work_that_is_damaged_is_not_gone_on_from(begun: Path, tmp_path: Path) -> None:
    homes = [tmp_path / "damaged", tmp_path / "whole"]
    for home in homes:
        shutil.copytree(begun, home, symlinks=True)
    for path in (homes[0] / "store").glob("shape-*/edits.arrow"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    made = [bytes_of(build(settings(home, ignore=["ART102"])).path) for home in homes]
    assert made[0] == made[1]
