"""The plan of a build: its passes over the parts, the keys of their tasks, and the account at the end."""

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import uuid4

from pipeline import mirror
from pipeline.config import Config
from pipeline.engine import code
from pipeline.engine.corpus import Coming, coming, copies_of_corpus, lines_of_corpus, sets_of_evaluation
from pipeline.engine.earlier import against, pinned
from pipeline.engine.engines import Engine, Shared, engine_of, installed
from pipeline.engine.keys import Keys, part_names
from pipeline.engine.places import store_at
from pipeline.engine.progress import Meter, Progress, silent
from pipeline.engine.resume import Standing
from pipeline.engine.store import DamagedError, Store, abandoned, digest_of, owner
from pipeline.engine.tasks import Task, clean_part, publish_part, shape_part
from pipeline.engine.toolkit import Recipe, Toolkit, published
from pipeline.engine.uses import Uses, building, nearest
from pipeline.errors import InputError, IntegrityError, TooManySetAside
from pipeline.lean import turn_to
from pipeline.publish.documents import Stamp
from pipeline.publish.manifest import Content, Counts, Input, Shards
from pipeline.publish.release import Copying, check_place, on_one_disk, release

R = TypeVar("R")
_MARKS, _PROBE = ".marks", "probe"
# Parts that one process has done before workers have begun (0.7 s). A page that changed is of one; its copies are of a
# few more, which go through the last pass alone.
_FEW, _FEW_BYTES = 3, 13_000_000
PASSES = ("digest", "clean", "templates", "shape", "keepers", "publish", "assemble")


@dataclass(frozen=True, slots=True)
class Account:
    """What a build came to. `changed` is false where the release was there already, with the same content.

    `dropped`: pages by (rule, kind of reason); `copies`: how many of them are copies of a page that was kept; `edits`:
    by (stage, rule) the number of edits, the characters they removed and those they put in.
    """

    pages: int
    documents: int
    chars: int
    raw_bytes: int
    dropped: dict[tuple[str, str], int]
    copies: int
    edits: dict[tuple[str, str], tuple[int, int, int]]
    shadowed: dict[str, int]
    path: Path
    version: str
    changed: bool
    tables: dict[str, int] = field(default_factory=dict)


def build(config: Config, progress: Progress = silent, toolkit: Callable[[], Toolkit] = published) -> Account:
    """Build the release that a configuration describes; what an earlier build finished is not done again.

    Raises a JingwenError with a message for the user; the release that was there before stays whole in any case.
    """
    with told(config), engine_of(config.build) as engine, store_at(config.build.store) as store:
        return _Build(config, progress, toolkit, engine, store).run()


@contextmanager
def told(config: Config) -> Iterator[None]:
    """Faults of disk and folder as one clear error."""
    try:
        yield
    except OSError as error:
        place = error.filename or f"{config.build.store} or {config.build.out}"
        remedy = "Look at the path and its rights"
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
            remedy = "Make room, or put [build] store and out on another disk"
        raise InputError(
            f"{place}: {error.strerror or error}. {remedy}; what is finished is kept, and the same command goes on "
            "from there. No release was changed."
        ) from error


def _nothing(_: str) -> None:
    """What there is to do besides, where there is nothing."""


class _Build:
    def __init__(
        self, config: Config, progress: Progress, toolkit: Callable[[], Toolkit], engine: Engine, store: Store
    ) -> None:
        self._against = against(config)
        config = pinned(config)
        self.config = config
        self.recipe = Recipe(toolkit, config.stages, config.rules)
        self.store = store
        self.stamp = Stamp(config.digest(), code.code_version(toolkit().stages))
        self._progress = progress
        self._engine = engine
        self._sizes: dict[int, int] = {}
        self._done = 0  # tasks of the last pass: a step of the corpus frees as much as they did
        # Marks of tasks under way; it has the name of what this process leaves aside.
        self._marks = self.store.root / f"{_MARKS}.{owner()}.{uuid4().hex[:8]}"
        self._wary = False

    def run(self) -> Account:
        """All passes; where finished work turns out to be damaged, it is done again."""
        # What an earlier build was at itself may have ended it: now workers take it, which can be lost.
        self._wary = _ended_at_work(self.store)
        self.store.collect()
        damaged: set[str] = set()
        with building(self.store):
            self._marks.mkdir()
            try:
                while True:
                    try:
                        return self._run()
                    except DamagedError as error:
                        key = error.args[0]
                        if key in damaged:
                            raise
                        damaged.add(key)
                        self.store.discard(key)
            finally:
                mirror.removed(self._marks)
                self.store.collect()  # what workers left that were lost

    def _run(self) -> Account:
        check_place(self.config)
        tools = self.recipe.toolkit()
        parts = self.parts = list(tools.parts(self.config.source, self.config.build.part_bytes))
        if not parts:
            raise InputError(
                f"{self.config.source.path}: there are no pages to read. [source] path names a file or folder of pages."
            )
        self._reach()
        keys = Keys(self.recipe, self.config, self.stamp)
        digests = self._digests()
        clean_keys = keys.clean(self.store, parts, digests)
        cleaned = self._pass("clean", clean_part, clean_keys, [()] * len(parts))
        lines_key = keys.templates(clean_keys)
        how = digest_of(keys.how["templates"])
        lines = self._step(
            "templates", lambda: lines_of_corpus(self._engine, self.recipe, self.store, lines_key, how, clean_keys)
        )
        sets_key = keys.evaluation()
        if sets_key:
            sets_of_evaluation(self.recipe, self.store, sets_key)
        shape_keys = keys.shape(clean_keys, lines["parts"])
        beside = (lines_key, sets_key) if sets_key else (lines_key,)
        standing = self._standing(keys, lines_key, clean_keys, shape_keys)
        pages = sum(result["pages"] for result in cleaned)
        with coming(self._engine, self.recipe, self.store, pages) as prints:
            shaped = self._pass(
                "shape", shape_part, shape_keys, [(k, *beside) for k in clean_keys], standing, prints.take
            )
            copies_key = keys.keepers(shape_keys)
            copies = self._step("keepers", lambda: self._copies(copies_key, shape_keys, prints))
        publish_keys = keys.publish(shape_keys, copies["parts"])
        sources = [(a, b, copies_key) for a, b in zip(clean_keys, shape_keys, strict=True)]
        with self.store.scratch("copies") as folder, Copying(folder, self.store) as copying:
            also = copying.add if self._engine.beside and on_one_disk(self.config, self.store) else _nothing
            done = self._pass("publish", publish_part, publish_keys, sources, also=also)
            counts = _counts(cleaned, [*cleaned, *shaped], done)
            self._check(counts)
            content = self._content(cleaned, digests, counts, publish_keys, done)
            made = self._step("assemble", lambda: release(content, self.store, copying))
        grams = [lines["grams"]] if lines.get("grams") else []
        every = [*clean_keys, *beside, *grams, *shape_keys, copies_key, *publish_keys]
        names = [[name, digest] for name, digest in zip(part_names(parts), digests, strict=True)]
        Uses(made.path, content.digest(), every, keys.how, names).save(self.store)
        return Account(
            counts.pages, counts.documents, counts.chars, counts.raw_bytes,
            {(rule, reason): n for (rule, reason, _), n in counts.dropped.items()},
            sum(n for (_, _, copy), n in counts.dropped.items() if copy), dict(counts.edits), dict(counts.shadowed),
            made.path, made.version, made.changed, content.shards.rows(),
        )  # fmt: skip

    def _content(
        self,
        cleaned: Sequence[dict[str, Any]],
        digests: Sequence[str],
        counts: Counts,
        keys: Sequence[str],
        done: Sequence[dict[str, Any]],
    ) -> Content:
        """What the release holds, from the results of the first and the last pass."""
        inputs = [
            Input(name, digest, result["pages"], result["bytes"])
            for name, digest, result in zip(part_names(self.parts), digests, cleaned, strict=True)
        ]
        shards = Shards({k: r["tables"] for k, r in zip(keys, done, strict=True)})
        versions = code.libraries(self.recipe.counts_tokens, self.config.source.extractor)
        return Content(self.config, self.stamp, counts, inputs, shards, versions)

    def _standing(
        self, keys: Keys, lines_key: str, clean_keys: Sequence[str], shape_keys: Sequence[str]
    ) -> dict[str, Standing]:
        if all(self.store.result(key) is not None for key in shape_keys):
            return {}
        return keys.standing(Uses.every(self.store, lines_key), lines_key, clean_keys)

    def _copies(self, key: str, shape_keys: Sequence[str], prints: Coming) -> dict[str, Any]:
        uses = nearest(Uses.every(self.store), "shape", shape_keys) if self.store.result(key) is None else None
        before = next(iter(uses.of_pass("keepers")), None) if uses is not None else None
        return copies_of_corpus(self._engine, self.recipe, self.store, key, shape_keys, self._against, before, prints)

    def _digests(self) -> list[str]:
        meter = self._meter("digest", len(self.parts))
        digest = self.recipe.toolkit().digest
        return self._engine.read(digest, self.parts, lambda place: meter.done(read=_size(self.parts[place])))

    def _reach(self) -> None:
        """Make sure that workers find the store, the input and the code as they are here."""
        probe = self._marks / _PROBE
        probe.touch()
        mirror.sent(probe)
        files = [part.place.place(part.files[i].name) for part in (self.parts[0], self.parts[-1]) for i in (0, -1)]
        inputs = {path: os.stat(path).st_size for path in files if os.path.exists(path)}
        toolkit = self.recipe.toolkit
        self._engine.reach(
            Shared(self.store.root, mirror.of_store(), probe, tuple(inputs.items()), toolkit, installed(toolkit))
        )

    def _pass(
        self,
        name: str,
        function: Callable[[Task], dict[str, Any]],
        keys: Sequence[str],
        sources: Sequence[tuple[str, ...]],
        standing: Mapping[str, Standing] = MappingProxyType({}),
        also: Callable[[str], object] = _nothing,
    ) -> list[dict[str, Any]]:
        """Run what of a pass is not finished yet; the results of all of it. `also` gets each key that is done, while
        workers are at others.
        """
        meter = self._meter(name, len(keys))
        results: list[dict[str, Any]] = []
        todo: list[int] = []
        for i, key in enumerate(keys):
            found = self.store.result(key)
            results.append(found or {})
            if found is None:
                todo.append(i)
            else:
                self._bytes(i, found)
                meter.kept(found["pages"], _size(self.parts[i]))
        self._done = len(todo)
        # The largest first, so that the workers end together.
        todo.sort(key=lambda i: -_size(self.parts[i]))
        root, marks = self.store.root, self._marks
        tasks = [
            Task(
                self.recipe, root, keys[i], self.parts[i], i, sources[i], self.stamp,
                standing.get(sources[i][0]) if sources[i] else None, marks / keys[i],
            )
            for i in todo
        ]  # fmt: skip

        def note(place: int, result: dict[str, Any]) -> None:
            results[todo[place]] = result
            index = todo[place]
            meter.done(result["pages"], self._bytes(index, result), _size(self.parts[index]))
            also(keys[index])

        self._engine.map(function, tasks, progress=note, small=self._small(todo))
        return results

    def _small(self, todo: Sequence[int]) -> bool:
        """Whether some parts are not worth the start of workers."""
        few = len(todo) <= _FEW and sum(_size(self.parts[i]) for i in todo) <= _FEW_BYTES
        return (few or len(todo) == 1) and not self._wary

    def _bytes(self, index: int, result: dict[str, Any]) -> int:
        """The size of a part's pages, known since the first pass."""
        if "bytes" in result:
            self._sizes[index] = result["bytes"]
        return self._sizes.get(index, 0)

    def _step(self, name: str, make: Callable[[], R]) -> R:
        turn_to(name, self._done)
        meter = self._meter(name, 1)
        made = make()
        meter.done()
        return made

    def _meter(self, name: str, parts: int) -> Meter:
        total = sum(map(_size, self.parts)) if parts == len(self.parts) else 0
        return Meter(self._progress, PASSES.index(name) + 1, len(PASSES), name, parts, total)

    def _check(self, counts: Counts) -> None:
        """Every page in is a document or a dropped page, and not too many are dropped."""
        aside = sum(counts.dropped.values())
        if counts.pages != counts.pages_read or counts.pages_with_documents + aside != counts.pages:
            raise IntegrityError(
                f"{counts.pages_read} pages were read, but {counts.pages_with_documents} gave documents and {aside} "
                "were set aside; the sum must be the same. Nothing was published; please report the configuration."
            )
        lost = sum(n for (_, _, copy), n in counts.dropped.items() if not copy)
        reasons = "; ".join(
            f"{n:,} {rule or 'unread'} {reason}".replace("  ", " ")
            for (rule, reason, _), n in counts.dropped.most_common(5)
        )
        if not counts.pages_read:
            raise InputError(f"{self.config.source.path}: there are no pages in it. Nothing was published.")
        if lost > self.config.build.max_set_aside * counts.pages:
            raise TooManySetAside(
                f"{lost:,} of {counts.pages:,} pages were set aside ({lost / counts.pages:.0%}), copies not counted; "
                f"[build] max_set_aside allows {self.config.build.max_set_aside:.0%}. Nothing was published. "
                f"Reasons: {reasons}. Look at [source] first: a wrong format or field reads like bad pages; or raise "
                "max_set_aside."
            )
        if not counts.documents:
            raise InputError(
                f"No page of {counts.pages:,} gave a document, so there is nothing to publish. Reasons: {reasons}."
            )


def _counts(
    cleaned: Sequence[dict[str, Any]], passes: Sequence[dict[str, Any]], done: Sequence[dict[str, Any]]
) -> Counts:
    """The account, summed over the parts."""
    counts = Counts()
    counts.pages_read = sum(r["pages"] for r in cleaned)
    counts.raw_bytes = sum(r["bytes"] for r in cleaned)
    for result in (*passes, *done):
        counts.shadowed.update(result["shadowed"])
    for result in done:
        counts.pages += result["pages"]
        counts.pages_with_documents += result["kept"]
        counts.documents += result["documents"]
        counts.chars += result["chars"]
        for rule, reason, copy, n in result["dropped"]:
            counts.dropped[rule, reason, copy] += n
        for stage, rule, *sums in result["edits"]:
            n, gone, put = counts.edits.get((stage, rule), (0, 0, 0))
            counts.edits[stage, rule] = (n + sums[0], gone + sums[1], put + sums[2])
    shown = sorted(tuple(example) for result in done for example in result["examples"])
    for _, rule, *example in reversed(shown):  # the least of each rule stays
        counts.examples[rule] = (example[0], example[1], example[2])
    return counts


def _ended_at_work(store: Store) -> bool:
    """Whether a build of this store ended while a task was under way, and left its mark."""
    marks = [path for path in store.root.glob(f"{_MARKS}.*/*") if path.name != _PROBE]
    return any(abandoned(mark.parent.name.split(".")[-2]) for mark in marks)


def _size(part: Any) -> int:
    """Bytes of files that are read for a part; 0 where it does not say."""
    return int(getattr(part, "bytes", 0))
