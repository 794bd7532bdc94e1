"""The tasks of a build: pure functions from files to files. Each runs anywhere, and twice without harm.

A task carries the key of its work; its result is small and lies in the store with the files it wrote.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean import Trail, batches
from pipeline.corpus import ids, sample
from pipeline.corpus.copies import Copies
from pipeline.corpus.options import DuplicatesOptions
from pipeline.corpus.overlaps import EvaluationSets
from pipeline.document import Page
from pipeline.engine import files
from pipeline.engine.files import (
    EDITS,
    FIELDS,
    GRAMS,
    IDS,
    LINES,
    PAGES,
    PRINTS,
    SAMPLE,
    SETS,
    TEMPLATES,
    opened,
    save,
    writers,
)
from pipeline.engine.resume import Earlier, Standing, UnfitError
from pipeline.engine.store import Store
from pipeline.engine.tally import SplitShards, Tally
from pipeline.engine.toolkit import Recipe, Toolkit
from pipeline.engine.watch import Trouble, Watch
from pipeline.lean import turn_to
from pipeline.publish import schema
from pipeline.publish.documents import Stamp, coded, rows_of
from pipeline.publish.tables import (
    Before,
    Given,
    before,
    by_page,
    edit_batch,
    field_batch,
    page_batch,
    trail_of,
)
from pipeline.rule import Selection
from pipeline.sources.files import safe_name

# A date that can be compared as text; what came with a page may be in any form.
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Task:
    """One part's work in one pass; `sources` are the keys of the work it goes on from.

    `standing` is work of the same pass whose first stages need not be done again; `mark` is where a run says how far it
    is, `trouble` what earlier runs died of.
    """

    recipe: Recipe
    store: Path
    key: str
    part: Any
    index: int
    sources: tuple[str, ...] = ()
    stamp: Stamp | None = None
    standing: Standing | None = None
    mark: Path | None = None
    trouble: Trouble = Trouble()  # noqa: RUF009  # a named tuple

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return f"{self.key.partition('-')[0]} of part {self.index} ({self.part!s:.200})"

    def run(self, make: Callable[["Task", Watch, Path], Mapping[str, Any]]) -> dict[str, Any]:
        """Do the work unless it was done before."""
        turn_to(self.key.partition("-")[0])
        with Watch(self.mark, self.trouble) as watch:
            return Store(self.store).once(self.key, partial(make, self, watch))

    def again(self) -> tuple[Self, bool]:
        """The task after its worker died under it, and whether it will pass over the page that did it."""
        trouble, found = self.trouble.after(self.mark)
        return replace(self, trouble=trouble), found

    def path(self, source: int, name: str) -> Path:
        """A file of the work this one goes on from, whole: raises DamagedError where it is not."""
        return _checked(self.store, self.sources[source], name)


@lru_cache(maxsize=64)
def _checked(store: Path, key: str, name: str) -> Path:
    return Store(store).checked(key, name)


def clean_part(task: Task) -> dict[str, Any]:
    """Read the pages of a part and run the stages before the first step of the corpus."""
    return task.run(_clean)


def shape_part(task: Task) -> dict[str, Any]:
    """Run the stages that need the lines of the corpus, and those after; fingerprint what is left."""
    return task.run(_shape)


def publish_part(task: Task) -> dict[str, Any]:
    """Set copies aside, cut segments, write the Parquet shards of a part."""
    return task.run(_publish)


def text_digest(text: str) -> str:
    """The SHA-256 of a text in UTF-8, lone surrogates passed through."""
    return _sha256(text.encode("utf-8", "surrogatepass"))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _clean(task: Task, watch: Watch, folder: Path) -> dict[str, Any]:
    tools = task.recipe.toolkit()
    work, numbers = task.recipe.work(0, {}), task.recipe.numbers(0)
    pages = size = 0
    shadowed: Counter[str] = Counter()
    counts: list[pa.Table] = []
    named: list[str] = []
    digests: list[bytes] = []
    numbered = False
    places = [f"{safe_name(piece.name)}:" for piece in task.part.files]
    with writers(folder, pages=schema.PASS_PAGES, edits=schema.PASS_EDITS, fields=schema.PASS_FIELDS) as out:
        for group in watch.batches(batches(tools.read(task.part))):
            sums, sizes = zip(*map(_summed, group), strict=True)
            given = [Given(p, None if p.reason is not None else s) for p, s in zip(group, sums, strict=True)]
            trails = watch.advanced(lambda low, high, group=group: Trail.of(group[low:high]), len(group), work)  # type: ignore[misc]  # mypy: lambda with default
            left = _write(out, trails, given, numbers)
            if task.recipe.templates:
                counts += [tools.count_lines(trail.lines, trail.pages) for trail in watch.each(trails)]
                if len(counts) >= 32:
                    counts = [tools.merge_lines(counts)]
            named += [page.id for page in group]
            if task.recipe.grams:
                digests += [sample.digest(text) for rows in left for text in rows["text"].to_pylist()]
            pages += len(group)
            size += sum(sizes)
            numbered = numbered or _tell_line(group, places)
            for trail in trails:
                shadowed.update(trail.shadowed)
                trail.lines.forget()
    save(folder / IDS, ids.of(named))
    if task.recipe.templates:
        save(folder / LINES, tools.merge_lines(counts))
    if task.recipe.grams:
        save(folder / SAMPLE, sample.of(named, digests))
    lines = [piece.line for piece in task.part.files] if numbered else None
    return {"pages": pages, "bytes": size, "shadowed": shadowed, "lines": lines}


def _summed(page: Page) -> tuple[str, int]:
    """The SHA-256 of a page's text in UTF-8, and how many bytes that is."""
    if page.text_bytes:
        return page.digest, page.text_bytes
    data = page.text.encode("utf-8", "surrogatepass")
    return _sha256(data), len(data)


def _tell_line(pages: Sequence[Page], places: Sequence[str]) -> bool:
    """Whether a page shows at which line of its file it stands: in an id that was made for it, or in its reason."""
    told = "\n".join([page.id for page in pages] + [page.reason for page in pages if page.reason])
    return any(place in told for place in places)


def _write(
    out: list[files.Writer],
    trails: list[Trail],
    given: list[Given],
    numbers: Mapping[str, int],
    earlier: pa.RecordBatch | None = None,
) -> list[pa.RecordBatch]:
    """Hand the trails of a batch on; the rows of their pages. `earlier` are those of the pass before."""
    low = _firsts(trails)
    pages = [
        page_batch(t, given[a : a + t.lines.pages], None if earlier is None else earlier.slice(a, t.lines.pages))
        for t, a in zip(trails, low, strict=True)
    ]
    out[0].add(pages)
    out[1].add([edit_batch(t, numbers, a) for t, a in zip(trails, low, strict=True)])
    out[2].add([field_batch(t, a) for t, a in zip(trails, low, strict=True)])
    return pages


def _firsts(trails: list[Trail]) -> list[int]:
    """The first page of each trail in the batch."""
    return list(accumulate((t.lines.pages for t in trails[:-1]), initial=0))


class _Batch(NamedTuple):
    state: Before
    edits: list[pa.RecordBatch]


def _handed_on(task: Task, *edit_sources: int) -> Iterator[_Batch]:
    """The batches that the last pass left, with the edits of the passes asked for."""
    with ExitStack() as stack:
        pages, fields = (stack.enter_context(opened(task.path(edit_sources[-1], name))) for name in (PAGES, FIELDS))
        edits = [stack.enter_context(opened(task.path(source, EDITS))) for source in edit_sources]
        for i in range(pages.num_record_batches):
            yield _Batch(before(pages.get_batch(i), fields.get_batch(i)), [e.get_batch(i) for e in edits])


@lru_cache(maxsize=2)
def templates_of(recipe_toolkit: Callable[[], Toolkit], path: Path) -> Any:
    """The summary of lines that the step of the corpus left in the store; loaded once in a worker."""
    return recipe_toolkit().templates_of(files.load(path))


@lru_cache(maxsize=2)
def readers_of(recipe_toolkit: Callable[[], Toolkit], path: Path) -> dict[str, Any]:
    """The summary of grams, likewise."""
    return Recipe(recipe_toolkit, {}, Selection()).readers(files.load(path))


@lru_cache(maxsize=1)
def _sets_of(path: Path) -> EvaluationSets:
    return EvaluationSets.of_table(files.load(path))


def _shape(task: Task, watch: Watch, folder: Path) -> dict[str, Any]:
    if task.standing is not None and not task.trouble.batches:
        store = Store(task.store)
        found = store.result(task.standing.key)
        try:
            if found is not None:
                with Earlier.opened(store, task.standing, task.recipe, 1) as earlier:
                    return _shaped(task, watch, folder, earlier, earlier.shadowed(found))
        except UnfitError:
            pass  # as if nothing stood
    return _shaped(task, watch, folder, None, Counter())


def _shaped(task: Task, watch: Watch, folder: Path, earlier: Earlier | None, shadowed: Counter[str]) -> dict[str, Any]:
    tools = task.recipe.toolkit()
    summaries = readers_of(task.recipe.toolkit, task.path(1, GRAMS)) if task.recipe.grams else {}
    if task.recipe.templates:
        summaries[task.recipe.TEMPLATES] = templates_of(task.recipe.toolkit, task.path(1, TEMPLATES))
    if task.recipe.evaluation:
        summaries[task.recipe.EVALUATION] = _sets_of(task.path(2, SETS))
    work, numbers = task.recipe.work(1, summaries), task.recipe.numbers(1)
    pages = 0
    prints: list[pa.Table] = []
    with writers(folder, pages=schema.PASS_PAGES, edits=schema.PASS_EDITS, fields=schema.PASS_FIELDS) as out:
        for i, (state, _) in enumerate(watch.batches(_handed_on(task, 0))):
            if earlier is not None:
                trails = [earlier.trail(i, state, work)]
            else:
                trails = watch.advanced(partial(trail_of, state), len(state.given), work)
            _write(out, trails, state.given, numbers, state.pages)
            if task.recipe.duplicates:
                prints += [fingerprints_of(task.recipe, trail) for trail in watch.each(trails)]
            pages += len(state.given)
            for trail in trails:
                shadowed.update(trail.shadowed)
                trail.lines.forget()
    if task.recipe.duplicates:
        save(folder / PRINTS, tools.merge_prints(prints))
    return {"pages": pages, "shadowed": shadowed}


def fingerprints_of(recipe: Recipe, trail: Trail) -> pa.Table:
    """Fingerprints of the pages that are not set aside."""
    dates = {p: page.meta["date"] for p, page in enumerate(trail.pages) if ISO_DATE.match(page.meta.get("date", ""))}
    if recipe.chosen(recipe.DUPLICATES).dates == "read":
        for page, value in trail.fields.named("date"):
            dates.setdefault(page, value)
    pages = range(len(trail.pages))
    found = recipe.toolkit().fingerprints(trail.lines, [page.id for page in trail.pages], [dates.get(p) for p in pages])
    # Of a page that is set aside no text is left.
    return found.filter(pa.array([p not in trail.aside for p in pages])) if trail.aside else found


def fingerprint_rows(prints: pa.Table, kept: Sequence[str], cluster: Mapping[str, str]) -> pa.RecordBatch:
    """Fingerprints of the pages that are published, as a release holds them."""
    own = prints.filter(pc.is_in(prints["page_id"], value_set=pa.array(kept, pa.string()))).combine_chunks()
    clusters = pa.array([cluster.get(page_id) for page_id in own["page_id"].to_pylist()], pa.string())
    columns = {**dict(zip(own.column_names, own.columns, strict=True)), "cluster": pa.chunked_array([clusters])}
    table = pa.table([columns[f.name] for f in schema.FINGERPRINTS.schema], schema=schema.FINGERPRINTS.schema)
    return pa.concat_batches(table.to_batches()) if len(table) else pa.RecordBatch.from_pylist([], table.schema)


def _publish(task: Task, watch: Watch, folder: Path) -> dict[str, Any]:
    recipe = task.recipe
    tools = recipe.toolkit()
    copies = Copies(options=recipe.chosen(recipe.DUPLICATES) or DuplicatesOptions())
    if recipe.duplicates:
        copies = tools.copies(files.load(task.path(2, f"{task.sources[1]}.arrow")), copies.options)
    summaries = {recipe.DUPLICATES: copies} if recipe.duplicates else {}
    work, numbers, names = recipe.work(2, summaries), recipe.numbers(2), recipe.layers()
    account = Tally()
    shards = SplitShards(folder, account.seen)
    kept: list[str] = []
    shadowed: Counter[str] = Counter()
    segmenter, wanted = partial(tools.segments, options=recipe.options.get("segments")), recipe.wanted()
    assert task.stamp is not None
    for state, earlier in watch.batches(_handed_on(task, 0, 1)):
        trails = watch.advanced(partial(trail_of, state), len(state.given), work)
        edits = by_page([*earlier, *(edit_batch(t, numbers, a) for t, a in zip(trails, _firsts(trails), strict=True))])
        for trail, low in zip(watch.each(trails), _firsts(trails), strict=True):
            own = _share(edits, low, low + trail.lines.pages)
            given = state.given[low : low + trail.lines.pages]
            rows = rows_of(trail, given, own, field_batch(trail), copies, segmenter, task.stamp, wanted)
            shards.add(rows)
            kept += rows.documents.column("page_id").unique().to_pylist()
            account.add(trail, rows)
            shadowed.update(trail.shadowed)
            trail.lines.forget()
        shards.add_pages(schema.EDITS, _edit_rows(edits, [g.page.id for g in state.given], names))
    if recipe.duplicates:
        shards.add_pages(schema.FINGERPRINTS, fingerprint_rows(files.load(task.path(1, PRINTS)), kept, copies.cluster))
    tables = shards.close()
    return {**account.result(), "shadowed": shadowed, "tables": tables}


def _share(edits: pa.RecordBatch, low: int, high: int) -> pa.RecordBatch:
    """The edits of pages low to high, counted from low."""
    page = edits.column("page").to_numpy()
    first, last = np.searchsorted(page, [low, high])
    own = edits.slice(first, last - first)
    return own.set_column(0, schema.PASS_EDITS.field(0), pa.array(page[first:last] - np.int32(low))) if low else own


def _edit_rows(edits: pa.RecordBatch, ids: list[str], names: list[str]) -> pa.RecordBatch:
    """Edits as a release holds them."""
    _, layer, ordinal, rule, start, end, taken, put, note, link, raw = edits.columns
    layer = layer.cast(pa.int32())
    columns = [
        coded(edits.column(0), ids), coded(layer, names), layer, ordinal, rule.dictionary_encode(), start, end, taken,
        put, note.dictionary_encode(), link, raw,
    ]  # fmt: skip
    return pa.record_batch(columns, schema=schema.EDITS.coded_schema)
