"""Stages over a batch. Where a rule fails its page is set aside with the reason, and the build goes on."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from pipeline.clean import Aside, Trail, advance, groups
from pipeline.errors import InvariantError, JingwenError
from pipeline.lines import Lines
from pipeline.rule import Context, Find, Found, Rule, Selection, Stage

# The layer in which the engine itself sets pages aside, one in each pass, after the stages of the pass.
ENGINE = "engine"
FAILED, UNWRITABLE, LOST = "rule failed", "lone surrogate", "worker lost"
_CODE = re.compile(r"\b[A-Z]{3}\d{3}\b")
_SURROGATES = (0xD800, 0xE000)

# A trail of pages low to high of a batch.
Begin: TypeAlias = Callable[[int, int], Trail]


class Work(NamedTuple):
    """What runs over a batch."""

    stages: Sequence[Stage]
    options: Mapping[str, Any]
    selection: Selection
    summaries: Mapping[str, Any]


class RuleFailedError(Exception):
    """A rule raised; it carries the rule's code."""


def advanced(begin: Begin, count: int, work: Work) -> list[Trail]:
    """The trails of a batch of `count` pages after the stages: one, or one for each page where a rule failed."""
    try:
        trails = [advance(begin(0, count), *work)]
    except InvariantError:
        trails = [_alone(begin, i, work) for i in range(count)]
    except JingwenError:
        raise
    except Exception:  # noqa: BLE001  # a rule may raise anything; each page runs again alone, and the one that fails says so
        trails = [_alone(begin, i, work) for i in range(count)]
    return [_writable(trail) for trail in trails]


def further(trail: Trail, work: Work) -> Trail:
    """A trail after further stages; raises what a rule raises."""
    return _writable(advance(trail, *work))


def _alone(begin: Begin, page: int, work: Work) -> Trail:
    """One page by itself; set aside as it came where a rule fails on it."""
    trail = begin(page, page + 1)
    for group in groups(work.stages):
        try:
            advance(trail, [_named(stage) for stage in group], work.options, work.selection, work.summaries)
        except JingwenError as error:
            if not isinstance(error, InvariantError):
                raise
            return _failed(begin(page, page + 1), group, error)
        except Exception as error:  # noqa: BLE001  # told in the reason of the page
            return _failed(begin(page, page + 1), group, error)
    return trail


def _named(stage: Stage) -> Stage:
    """The same stage; a rule of it that raises says which it was."""
    return replace(stage, rules=tuple(Rule(rule.code, _naming(rule)) for rule in stage.rules))


def _naming(rule: Rule) -> Find:
    def find(lines: Lines, context: Context) -> Found:
        try:
            return rule.find(lines, context)
        except JingwenError:
            raise
        except Exception as error:
            raise RuleFailedError(rule.code) from error

    return find


def _failed(trail: Trail, group: Sequence[Stage], error: Exception) -> Trail:
    if isinstance(error, RuleFailedError) and error.__cause__:
        code, cause = str(error), error.__cause__
    else:
        named = _CODE.search(
            str(error)
        )  # edits that are no layer are found when all have run: the message has the code
        code, cause = named[0] if named else "", error
    stage = next((s for s in group if any(rule.code == code for rule in s.rules)), group[0])
    what = f"{type(cause).__name__}: {cause}".split("\n")[0][:300]
    reason = f"{FAILED}: page {trail.pages[0].id}, {code or 'a rule'} of stage {stage.name}: {what}"
    return set_aside(trail, {0: Aside(code, reason)})


def set_aside(trail: Trail, asides: Mapping[int, Aside]) -> Trail:
    """Set pages aside in a layer of the engine; what is left of them goes, by one edit each."""
    found = Found(aside=asides)  # type: ignore[arg-type]  # an Aside may stand for its reason
    return advance(trail, [Stage(ENGINE, (Rule("", lambda *_: found),))], {})


def _writable(trail: Trail) -> Trail:
    """UTF-8 has no lone surrogates: a page that still holds one cannot be published."""
    low, high = _SURROGATES
    lone = np.flatnonzero((trail.lines.codes >= low) & (trail.lines.codes < high))
    if not len(lone):
        return trail
    pages = np.unique(np.searchsorted(trail.lines.page_start, lone, side="right") - 1).tolist()
    reason = f"{UNWRITABLE}: a character that UTF-8 cannot hold; rule family ENC takes such characters out"
    return set_aside(trail, {p: Aside("", reason) for p in pages})
