"""Pages cleaned without a build: read, run in batches, handed back as trails, nothing written.

This is what `jingwen clean` and a notebook use. Stages that need the whole corpus run only where asked for; then all
pages are held in memory.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Self

from pipeline.clean import FIRST_CHARS, Trail, advance, batches
from pipeline.config import Config
from pipeline.corpus import sample
from pipeline.document import Page
from pipeline.engine.batches import Work, advanced
from pipeline.engine.earlier import releases
from pipeline.engine.tasks import fingerprints_of
from pipeline.engine.toolkit import Recipe, Toolkit, published
from pipeline.errors import UsageError, meant
from pipeline.record import Record, records
from pipeline.stages.duplicates import KINDS

SEGMENTS = "segments"
# Parts are read one after the other; their size only bounds what a reader holds at a time.
_PART_BYTES = 16_000_000


class Bench(NamedTuple):
    """Everything that decides what becomes of pages: configuration, the stages that run, whether segments are made."""

    config: Config
    tools: Toolkit
    segments: bool = True

    @classmethod
    def of(cls, config: Config, names: Sequence[str] | None = None, tools: Toolkit | None = None) -> Self:
        """All stages, or those of these names; raises UsageError for a name that is none."""
        tools = tools or published()
        if names is None:
            return cls(config, tools)
        known = [*(stage.name for stage in tools.stages), SEGMENTS]
        for name in names:
            if name not in known:
                raise UsageError(f'There is no stage "{name}". Stages: {", ".join(known)}.{meant(name, known)}')
        chosen = tuple(stage for stage in tools.stages if stage.name in names)
        return cls(config, tools._replace(stages=chosen), SEGMENTS in names)

    def pages(self, path: str | Path) -> Iterator[Page]:
        """The pages of a file or folder, in order, each id once."""
        for part in self.tools.parts(replace(self.config.source, path=str(path)), _PART_BYTES):
            yield from self.tools.read(part)

    def run(self, paths: Iterable[str | Path], corpus: bool = False) -> Iterator[Trail]:
        """The trails of all pages of some inputs, in order."""
        pages = (page for path in paths for page in self.pages(path))
        return self.trails_of_corpus(pages) if corpus else self.trails(pages)

    def records(self, paths: Iterable[str | Path], corpus: bool = False) -> Iterator[Record]:
        """What became of all pages of some inputs, as objects for JSON, in order."""
        cut = partial(self.tools.segments, options=self.config.stages[SEGMENTS]) if self.segments else None
        for trail in self.run(paths, corpus):
            yield from records(trail, cut)

    def trails(self, pages: Iterable[Page]) -> Iterator[Trail]:
        """The trails of all pages, in order, by the stages that look at one page."""
        work = Work(self.tools.stages, self.config.stages, self.config.rules, {})
        for group in batches(pages, first=FIRST_CHARS):
            yield from advanced(partial(_begun, group, []), len(group), work)

    def trails_of_corpus(self, pages: Iterable[Page]) -> Iterator[Trail]:
        """The same with the stages that look at all pages together: repeated lines of a site, copies."""
        tools = self.tools
        recipe = Recipe(lambda: tools, self.config.stages, self.config.rules)
        done = [recipe.work(0, {})]
        trails = [
            trail for group in batches(pages) for trail in advanced(partial(_begun, group, []), len(group), done[0])
        ]
        summaries: dict[str, Any] = {}
        if recipe.templates:
            counts = tools.merge_lines([tools.count_lines(trail.lines, trail.pages) for trail in trails])
            options = self.config.stages[Recipe.TEMPLATES]
            summaries[Recipe.TEMPLATES] = tools.templates_of(tools.templates(counts, options))
        if recipe.grams:
            every = [(trail, p) for trail in trails for p in range(trail.lines.pages)]
            chosen = sample.least(sample.ranks(trail.pages[p].id for trail, p in every))
            summaries |= recipe.readers(recipe.grams_of(every[i][0].text(every[i][1]) for i in chosen.tolist()))
        trails = _further(trails, done, recipe.work(1, summaries))
        if recipe.duplicates and trails:
            prints = tools.merge_prints([fingerprints_of(recipe, trail) for trail in trails])
            texts = {trail.pages[p].id: (trail, p) for trail in trails for p in range(trail.lines.pages)}
            options = self.config.stages[Recipe.DUPLICATES]
            kinds = [kind for code, kind in KINDS.items() if recipe.selection(code)]
            with TemporaryDirectory(prefix="jingwen-") as folder:
                earlier = releases(options.against, Path(folder))
                found = tools.keepers([prints], partial(_texts, texts), options, earlier, kinds, Path(folder))
            summaries[Recipe.DUPLICATES] = tools.copies(found, options)
        yield from _further(trails, done, recipe.work(2, summaries))


def _begun(pages: Sequence[Page], done: Sequence[Work], low: int, high: int) -> Trail:
    """A trail that has seen what is done, from the raw pages."""
    trail = Trail.of(pages[low:high])
    for work in done:
        advance(trail, *work)
    return trail


def _further(trails: Sequence[Trail], done: list[Work], work: Work) -> list[Trail]:
    """Trails after one more pass, which is then done; a page on which a rule fails begins anew, alone."""

    def begin(trail: Trail, low: int, high: int) -> Trail:
        return trail if high - low == trail.lines.pages else _begun(trail.pages, done, low, high)

    out = [further for trail in trails for further in advanced(partial(begin, trail), trail.lines.pages, work)]
    done.append(work)
    return out


def _texts(texts: Mapping[str, tuple[Trail, int]], page_ids: Sequence[str]) -> list[str]:
    return [trail.text(page) for trail, page in map(texts.__getitem__, page_ids)]
