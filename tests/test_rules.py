"""Every rule against its fixture, and every rule against what holds for all rules."""

import inspect
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.clean import Trail, advance
from pipeline.document import Field, Page
from pipeline.fields import Fields
from pipeline.rule import Rule, Selection, Stage
from pipeline.stages import STAGES
from tests.fixtures import RULES, Case, Values, fixture

EVERY = [(stage, rule) for stage in STAGES for rule in stage.rules]
ON_ONE_PAGE = [(stage, rule) for stage, rule in EVERY if not stage.corpus]
every_rule = pytest.mark.parametrize(("stage", "rule"), EVERY, ids=[rule.code for _, rule in EVERY])
rule_of_a_page = pytest.mark.parametrize(("stage", "rule"), ON_ONE_PAGE, ids=[rule.code for _, rule in ON_ONE_PAGE])

# A page of nothing to remove, to stand beside the case in its batch.
NEIGHBOUR = "雨停了。\n街上的人渐渐多起来，卖豆浆的老人也推着车出来了，车轮压过积水，留下两道浅浅的印子。\n"


def cases(failures: str = "") -> list[object]:
    """All cases of all fixtures, known failures among them: as they are, "marked" as such, or "left out"."""
    found: list[object] = []
    for stage, rule in ON_ONE_PAGE:
        if not (RULES / f"{rule.code}.md").exists():
            continue
        for case in fixture(rule.code):
            if case.known_failure and failures == "left out":
                continue
            marks = [pytest.mark.xfail(strict=True)] if case.known_failure and failures == "marked" else []
            found.append(pytest.param(stage, rule, case, id=f"{rule.code}-{case.name}", marks=marks))
    return found


NAMES = ("stage", "rule", "case")


def ran(stage: Stage, rule: Rule, *texts: str | Page, given: Mapping[int, Values] | None = None) -> Trail:
    """Pages after only that rule, with the fields that it found itself; `given`: what is known of each page before."""
    trail = Trail.of([Page(f"p{i}", t) if isinstance(t, str) else replace(t, id=f"p{i}") for i, t in enumerate(texts)])
    known = [Field(page, name, value, 0, 0, "") for page, values in (given or {}).items() for name, value in values]
    trail.fields += known
    advance(trail, [Stage(stage.name, (rule,), stage.options)], {}, Selection(("ALL", rule.code)))
    assert trail.fields[: len(known)] == known, "a rule changed what was found before it"
    trail.fields = Fields(trail.fields[len(known) :])
    return trail


def ran_case(stage: Stage, rule: Rule, case: Case) -> Trail:
    """The page of a case after only that rule."""
    return ran(stage, rule, case.page(), given={0: case.given})


@pytest.mark.parametrize(NAMES, cases("marked"))
def test_a_rule_finds_what_its_fixture_says(stage: Stage, rule: Rule, case: Case) -> None:
    trail = ran_case(stage, rule, case)
    assert trail.text(0) == case.after
    if case.fields is not None:
        assert [(f.name, f.value) for f in trail.fields] == case.fields
    if "documents" in case.blocks:
        firsts = [trail.text(0)[a:b].split("\n")[0] for a, b in trail.documents(0)]
        assert "\n".join(firsts) == case.blocks["documents"]
    elif case.leaves_alone:
        assert len(trail.documents(0)) == 1
    if "reason" in case.blocks:
        assert trail.aside[0].reason.startswith(case.blocks["reason"])


@pytest.mark.parametrize(NAMES, cases("left out"))
def test_a_rule_finds_nothing_more_when_it_runs_again(stage: Stage, rule: Rule, case: Case) -> None:
    once = ran_case(stage, rule, case)
    if 0 not in once.aside:
        again = ran(stage, rule, once.text(0), given={0: case.given})
        assert again.text(0) == once.text(0)


@pytest.mark.parametrize(NAMES, cases())
def test_what_a_rule_did_is_its_own_and_can_be_undone(stage: Stage, rule: Rule, case: Case) -> None:
    trail = ran_case(stage, rule, case)
    ((name, edits, _),) = trail.layers_of(0)
    assert name == stage.name
    assert set(edits.rule) <= {rule.code}
    assert {f.rule for f in trail.fields} <= {rule.code}
    assert {a.rule for a in trail.aside.values()} <= {rule.code}
    assert trail.restored(0) == case.before


@pytest.mark.parametrize(NAMES, cases())
def test_a_rule_finds_the_same_between_other_pages(stage: Stage, rule: Rule, case: Case) -> None:
    alone = ran_case(stage, rule, case)
    trail = ran(stage, rule, NEIGHBOUR, case.page(), "", case.page(), given={1: case.given, 3: case.given})
    assert trail.text(1) == trail.text(3) == alone.text(0)
    assert trail.text(2) == ""
    assert [f._replace(page=0) for f in trail.fields if f.page == 1] == [f for f in alone.fields if f.page == 0]


@rule_of_a_page
def test_a_rule_has_a_fixture_with_two_cases_that_it_leaves_alone(stage: Stage, rule: Rule) -> None:
    assert (RULES / f"{rule.code}.md").exists(), f"tests/rules/{rule.code}.md is not there"
    found = fixture(rule.code)
    names = [case.name for case in found]
    assert len(set(names)) == len(names), "two cases of one name"
    assert len(found) >= 4, "one realistic case, one made up, two that it must leave alone"
    assert sum(case.leaves_alone for case in found) >= 2
    assert sum(not case.leaves_alone for case in found) >= 2


def test_every_fixture_belongs_to_a_rule() -> None:
    codes = {rule.code for _, rule in EVERY}
    assert {path.stem for path in RULES.glob("*.md")} - {"README"} <= codes


@every_rule
def test_a_rule_has_a_manual_page_and_a_file_of_its_own(stage: Stage, rule: Rule) -> None:
    assert len(rule.manual) >= 80, "what it finds, why, what it leaves alone, before and after"
    assert "." in rule.manual.split("\n\n")[0][-3:]
    assert re.search(r"\bbefore\b", rule.manual, re.IGNORECASE), "an example of before and after"
    path = Path(inspect.getsourcefile(rule.find) or "")
    assert path.stem == rule.find.__name__
    assert path.parent.name == stage.name
    assert not re.match(r"(remove|delete|fix|strip|drop|clean|join|lift)_", rule.find.__name__), (
        "named by what it finds"
    )


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for _, rule in EVERY}) == len(EVERY)
    assert len({rule.name for _, rule in EVERY}) == len(EVERY)
    assert len({stage.name for stage in STAGES}) == len(STAGES)


def seconds(stage: Stage, rule: Rule, text: str, given: Values) -> float:
    """CPU seconds that a rule takes for a page, the better of two runs."""
    times = []
    for _ in range(2):
        begin = time.process_time()
        ran(stage, rule, text, given={0: given})
        times.append(time.process_time() - begin)
    return min(times)


@pytest.mark.parametrize("joint", ["\n", ""], ids=["many lines", "one line"])
@rule_of_a_page
def test_a_rule_takes_linear_time(stage: Stage, rule: Rule, joint: str) -> None:
    found = fixture(rule.code) if (RULES / f"{rule.code}.md").exists() else []
    pages = {case.before.replace("\n", joint): case.given for case in found} | {NEIGHBOUR.replace("\n", joint): []}
    for text, given in pages.items():
        if not text:
            continue
        small = (text + joint) * (20_000 // len(text) + 1)
        # Eight times the text may take eight times the time, three times that for noise; a square would take 64 times,
        # and again when it is measured again.
        runs = ((seconds(stage, rule, small * 8, given), seconds(stage, rule, small, given)) for _ in range(3))
        assert any(large <= max(0.4, 24 * one) for large, one in runs), text[:60]
