"""Stages one by one over pages in memory: megabytes of UTF-8 a CPU second of each, and what each found.

python -m benchmarks.tasks.stages PAGES.jsonl [--only encoding,script] [--rules]

What a stage takes is what its rules take to find; laying their edits over the text is told beside it. Columns of lines
that a rule is the first to ask for count as its own. Stages that look at the whole corpus get the summary of these
pages, and its making is told as well. `--only`: nothing but these, on the raw text. `--rules`: CPU seconds a GB of each
rule instead, where they are worth telling.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any

from benchmarks.told import tell
from pipeline import config
from pipeline.clean import Trail, advance, batches, groups
from pipeline.engine.toolkit import Toolkit, published
from pipeline.lines import Lines
from pipeline.rule import Context, Find, Found, Stage
from pipeline.workbench import Bench

# The stage whose summary is made here; copies are a benchmark of their own.
_TEMPLATES = "templates"
_LAID = "edits laid over the text"
# Rules that take less are not told one by one.
_LEAST_S_PER_GB = 1.0


class Clock:
    """CPU seconds by name; those of a block within another count for the inner one only."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inner = 0.0

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count the seconds of a block under a name."""
        outer, self._inner, begin = self._inner, 0.0, time.process_time()
        yield
        whole = time.process_time() - begin
        self.spent[name] += whole - self._inner
        self._inner = outer + whole

    def timed(self, name: str, find: Find) -> Find:
        """A rule's function whose seconds count under a name."""

        @wraps(find)
        def found(lines: Lines, context: Context) -> Found:
            with self.of(name):
                return find(lines, context)

        return found


def main() -> None:
    """Run and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pages")
    parser.add_argument("--only", type=lambda words: words.split(","))
    parser.add_argument("--rules", action="store_true")
    args = parser.parse_args()
    clock, tools, chosen = Clock(), published(), config.default(args.pages)
    with clock.of("reading"):
        made = list(batches(Bench.of(chosen).pages(args.pages)))
    size = sum(len(page.text.encode("utf-8", "replace")) for group in made for page in group) / 1e6
    known = [stage for stage in tools.stages if args.only is None or stage.name in args.only]
    list(Bench.of(chosen).trails(made[0][:5]))  # tables that are loaded at first use are not what is measured
    with clock.of("columns of lines"):
        trails = [Trail.of(group) for group in made]
    edits: Counter[str] = Counter()
    for group in groups([_timed(stage, clock, args.rules) for stage in known]):
        _run(group, trails, chosen.stages, tools, clock, edits)
    counts: dict[str, object] = {"pages": sum(map(len, made))}
    if args.rules:
        codes = {rule.code: f"{rule.code} {rule.name}" for stage in known for rule in stage.rules}
        costs = {codes[code]: spent / size * 1e3 for code, spent in clock.spent.items() if code in codes}
        return tell(counts, figures={name: cost for name, cost in costs.items() if cost >= _LEAST_S_PER_GB})
    if args.only is None:
        _after(trails, chosen, tools, clock)
    figures = {f"{name}, MB/s": size / spent for name, spent in clock.spent.items() if spent > 0}
    return tell(counts | {f"edits of {name}": n for name, n in edits.items()}, figures=figures)


def _timed(stage: Stage, clock: Clock, by_rule: bool) -> Stage:
    """The stage with rules whose seconds are counted under its name, or their own codes."""
    rules = (replace(r, find=clock.timed(r.code if by_rule else stage.name, r.find)) for r in stage.rules)
    return replace(stage, rules=tuple(rules))


def _run(
    group: Sequence[Stage],
    trails: list[Trail],
    options: dict[str, Any],
    tools: Toolkit,
    clock: Clock,
    edits: Counter[str],
) -> None:
    """Run stages that see one text over all batches."""
    summaries: dict[str, Any] = {}
    if group[0].name == _TEMPLATES:
        with clock.of("lines counted by site"):
            counts = tools.merge_lines([tools.count_lines(trail.lines, trail.pages) for trail in trails])
            summaries[_TEMPLATES] = tools.templates_of(tools.templates(counts, options[_TEMPLATES]))
    elif group[0].corpus:
        return
    with clock.of(_LAID):
        for trail in trails:
            advance(trail, group, options, summaries=summaries)
    for trail in trails:
        edits.update({layer.stage: len(layer.edits) for layer in trail.layers[-len(group) :]})


def _after(trails: Sequence[Trail], chosen: config.Config, tools: Toolkit, clock: Clock) -> None:
    """What a build does with the text besides."""
    with clock.of("segments"):
        for trail in trails:
            tools.segments(trail.lines, chosen.stages["segments"])
    with clock.of("fingerprints"):
        for trail in trails:
            tools.fingerprints(trail.lines, [page.id for page in trail.pages], [None] * len(trail.pages))


if __name__ == "__main__":
    main()
