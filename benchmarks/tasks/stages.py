"""Stages one by one over pages in memory: megabytes of UTF-8 a CPU second of each, and what each found.

python -m benchmarks.tasks.stages PAGES.jsonl [--only encoding,script]

Stages that share a text run together and are told by one name. Those that look at the whole corpus get the summary of
these pages, and its making is told as well. `--only`: nothing but these, on the raw text.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.told import tell
from pipeline import config
from pipeline.clean import Trail, advance, batches, groups
from pipeline.engine.toolkit import Toolkit, published
from pipeline.rule import Stage
from pipeline.workbench import Bench

# Summaries by the stage that asks for them.
_TEMPLATES = "templates"


class Clock:
    """CPU seconds by name."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count the seconds of a block under a name."""
        begin = time.process_time()
        yield
        self.spent[name] += time.process_time() - begin


def main() -> None:
    """Run and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pages")
    parser.add_argument("--only", type=lambda words: words.split(","))
    args = parser.parse_args()
    clock, tools, chosen = Clock(), published(), config.default(args.pages)
    with clock.of("reading"):
        made = [list(group) for group in batches(Bench.of(chosen).pages(args.pages))]
    pages = [page for group in made for page in group]
    size = sum(len(page.text.encode("utf-8", "replace")) for page in pages) / 1e6
    known = [stage for stage in tools.stages if args.only is None or stage.name in args.only]
    with clock.of("columns of lines"):
        trails = [Trail.of(group) for group in made]
    edits: Counter[str] = Counter()
    for group in groups(known):
        _run(group, trails, chosen.stages, tools, clock, edits)
    if args.only is None:
        _after(trails, chosen, tools, clock)
    figures = {f"{name} MB/s": size / spent for name, spent in clock.spent.items() if spent > 0}
    tell({"pages": len(pages), **{f"edits of {name}": n for name, n in sorted(edits.items())}}, figures=figures)


def _run(
    group: Sequence[Stage],
    trails: list[Trail],
    options: dict[str, Any],
    tools: Toolkit,
    clock: Clock,
    edits: Counter[str],
) -> None:
    """Run stages that see one text over all batches."""
    name = " + ".join(stage.name for stage in group)
    summaries: dict[str, Any] = {}
    if name == _TEMPLATES:
        with clock.of("lines counted by site"):
            counts = tools.merge_lines([tools.count_lines(trail.lines, trail.pages) for trail in trails])
            summaries[name] = tools.templates_of(tools.templates(counts, options[name]))
    elif group[0].corpus:
        return  # copies are a benchmark of their own
    with clock.of(name):
        for trail in trails:
            advance(trail, group, options, summaries=summaries)
    edits[name] = sum(len(layer.edits) for trail in trails for layer in trail.layers[-len(group) :])


def _after(trails: Sequence[Trail], chosen: config.Config, tools: Toolkit, clock: Clock) -> None:
    """What a build does with the text besides."""
    with clock.of("segments"):
        for trail in trails:
            tools.segments(trail.lines, chosen.stages["segments"])
    with clock.of("fingerprints"):
        for trail in trails:
            texts = [trail.text(i) for i in range(len(trail.pages))]
            tools.fingerprints(texts, [page.id for page in trail.pages], [None] * len(texts))


if __name__ == "__main__":
    main()
