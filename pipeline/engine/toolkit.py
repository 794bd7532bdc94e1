"""What a build is made of, and how its stages fall into passes.

Workers import it by the name of one function, so that a task stays small and needs no pickled rules.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.clean import batches
from pipeline.config import described
from pipeline.corpus import sample
from pipeline.corpus.copies import Copies
from pipeline.corpus.gathered import Gathering
from pipeline.document import Page
from pipeline.engine.batches import ENGINE, Work
from pipeline.lines import Lines
from pipeline.publish.documents import KINDS, Spans, Wanted
from pipeline.publish.passages import Budget
from pipeline.publish.tokens import counter, tokenizer_digest
from pipeline.rule import Selection, Stage


class Toolkit(NamedTuple):
    """The sources, stages and summaries of a build."""

    stages: tuple[Stage, ...]
    parts: Callable[[Any, int], list[Any]]
    read: Callable[[Any], Iterable[Page]]
    digest: Callable[[Any], str]
    segments: Callable[..., Spans]
    count_lines: Callable[[Lines, Sequence[Page]], pa.Table]
    merge_lines: Callable[[Sequence[pa.Table]], pa.Table]
    templates: Callable[[pa.Table, Any], pa.Table]
    templates_of: Callable[[pa.Table], Any]
    fingerprints: Callable[[Lines, Sequence[str], Sequence[str | None]], pa.Table]
    merge_prints: Callable[[Sequence[pa.Table]], pa.Table]
    keepers: Callable[..., pa.Table]
    copies: Callable[[pa.Table, Any], Copies]
    # Grams, by which lines are read together; a toolkit without them reads by those that come with jingwen.
    count_grams: Callable[[Lines], pa.Table] | None = None
    merge_grams: Callable[[Sequence[pa.Table]], pa.Table] = pa.concat_tables
    reading_of: Callable[[pa.Table], Any] = pa.Table.to_pydict
    # Takes fingerprints in while there are more to come; without it `keepers` reads them all.
    gathering: Callable[[Path, float], Gathering] | None = None


@cache
def published() -> Toolkit:
    """The toolkit that jingwen comes with."""
    from pipeline import sources
    from pipeline.corpus import fingerprints, gathered, grams, keepers, line_counts
    from pipeline.stages import STAGES

    return Toolkit(
        STAGES, sources.parts, sources.read, sources.digest, segments_of,
        line_counts.of, line_counts.merge, lambda table, options: line_counts.finish(table, options).to_table(),
        line_counts.Templates.of_table,
        fingerprints.of_lines, fingerprints.merge, keepers.keepers, Copies.of_table,
        grams.of, grams.merge, grams.finish, gathered.Gathering,
    )  # fmt: skip


def segments_of(lines: Lines, options: Any) -> Spans:
    """The segments of a batch: headings and paragraphs, and sentences."""
    from pipeline.stages.segments import segments

    blocks, sentences = segments(lines, options)
    kind = np.where(blocks.heading, KINDS.index("heading"), KINDS.index("paragraph"))
    return Spans(
        np.concatenate((kind, np.full(len(sentences.start), KINDS.index("sentence")))),
        np.concatenate((blocks.start, sentences.start)),
        np.concatenate((blocks.end, sentences.end)),
    )


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides the text of a build, small and picklable: the toolkit by name, options, and which rules run."""

    toolkit: Callable[[], Toolkit]
    options: Mapping[str, Any]
    selection: Selection

    # The stages at which the corpus must be known: passes begin with them.
    TEMPLATES: ClassVar[str] = "templates"
    DUPLICATES: ClassVar[str] = "duplicates"
    EVALUATION: ClassVar[str] = "evaluation"
    # The stage that tells where documents begin.
    BREAKS: ClassVar[str] = "articles"
    # The stages of the second pass that read lines together.
    READERS: ClassVar[tuple[str, ...]] = ("interruptions", "wraps")

    def stages(self, number: int) -> tuple[Stage, ...]:
        """The stages of pass 0 (clean), 1 (shape) or 2 (publish)."""
        every = self.toolkit().stages
        names = [stage.name for stage in every]
        second = names.index(self.DUPLICATES) if self.DUPLICATES in names else len(names)
        first = names.index(self.TEMPLATES) if self.TEMPLATES in names else second
        low, high = list(pairwise((0, first, second, len(names))))[number]
        return every[low:high]

    def work(self, number: int, summaries: Mapping[str, Any]) -> Work:
        """What runs over the batches of a pass."""
        return Work(self.stages(number), self.options, self.selection, summaries)

    def wanted(self) -> Wanted:
        """What a release holds by choice."""
        options = self.options.get("segments")
        if options is None:
            return Wanted()
        tokens = counter(options.tokenizer, tokenizer_digest(options.tokenizer)) if options.tokenizer else None
        return Wanted(tokens, Budget(options.passage_chars, options.passage_tokens))

    @property
    def counts_tokens(self) -> bool:
        """Whether a tokenizer was given."""
        return bool(getattr(self.options.get("segments"), "tokenizer", ""))

    @property
    def evaluation(self) -> bool:
        """Whether a rule runs that needs evaluation sets, and there are any."""
        return bool(getattr(self.options.get(self.EVALUATION), "sets", ())) and self._runs(self.EVALUATION)

    def layers(self) -> list[str]:
        """The names of all layers in order: the stages of each pass, then the engine's own."""
        return [name for number in range(3) for name in (*(s.name for s in self.stages(number)), ENGINE)]

    def numbers(self, number: int) -> dict[str, int]:
        """The layer number of each stage of a pass."""
        first = sum(len(self.stages(n)) + 1 for n in range(number))
        return {name: first + i for i, name in enumerate((*(s.name for s in self.stages(number)), ENGINE))}

    @property
    def templates(self) -> bool:
        """Whether a rule runs that needs the lines of the corpus."""
        return self._runs(self.TEMPLATES)

    @property
    def duplicates(self) -> bool:
        """Whether a rule runs that needs the fingerprints of the corpus."""
        return self._runs(self.DUPLICATES)

    @property
    def grams(self) -> bool:
        """Whether a rule runs that reads lines together, and grams are counted for it."""
        return self.toolkit().count_grams is not None and any(map(self._runs, self.READERS))

    def grams_of(self, texts: Iterable[str]) -> pa.Table:
        """The grams of the texts of a sample, a batch at a time; of a long one its beginning."""
        tools = self.toolkit()
        assert tools.count_grams is not None  # `grams` says so
        counts: list[pa.Table] = []
        for group in batches(Page("", text[: sample.MAX_CHARS]) for text in texts):
            counts.append(tools.count_grams(Lines.of([page.text for page in group])))
            if len(counts) >= 16:
                counts = [tools.merge_grams(counts)]
        return tools.merge_grams(counts)

    def readers(self, grams: pa.Table) -> dict[str, Any]:
        """The summary of those stages."""
        return dict.fromkeys(self.READERS, self.toolkit().reading_of(grams))

    def _runs(self, name: str) -> bool:
        return any(
            self.selection(rule.code, rule.optional)
            for stage in self.toolkit().stages
            if stage.name == name
            for rule in stage.rules
        )

    def chosen(self, name: str) -> Any:
        """The options of a stage: those given, or its defaults; None where there is no such stage."""
        own = self.options.get(name)
        return own if own is not None else next((s.options() for s in self.toolkit().stages if s.name == name), None)

    def codes(self, name: str) -> list[str]:
        """The codes of the rules of a stage that run."""
        rules = [rule for stage in self.toolkit().stages if stage.name == name for rule in stage.rules]
        return [rule.code for rule in rules if self.selection(rule.code)]

    def described(self, number: int) -> list[list[Any]]:
        """Options and selection of the stages of a pass: what its results depend on besides text and code."""
        return [
            [
                stage.name,
                described(self.options.get(stage.name)),
                [rule.code for rule in stage.rules if self.selection(rule.code, rule.optional)],
            ]
            for stage in self.stages(number)
        ]
