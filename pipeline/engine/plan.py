"""The plan of a build: its passes over the parts, the keys of their tasks, and the account at the end."""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pipeline.config import Config
from pipeline.engine import code, local
from pipeline.engine.corpus import copies_of_corpus, lines_of_corpus
from pipeline.engine.earlier import against, pinned
from pipeline.engine.progress import Meter, Progress, silent
from pipeline.engine.store import Store, digest_of
from pipeline.engine.tasks import Task, clean_part, digest_part, publish_part, shape_part
from pipeline.engine.toolkit import Recipe, Toolkit, published
from pipeline.errors import InputError, IntegrityError, TooManySetAside
from pipeline.publish.documents import Stamp
from pipeline.publish.manifest import Content, Counts, Input, Shards
from pipeline.publish.release import release
from pipeline.sources.files import safe_name

R = TypeVar("R")
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
    with _told(config), local.Local(config.build.workers or local.all_cores()) as engine:
        return _Build(config, progress, toolkit, engine).run()


@contextmanager
def _told(config: Config) -> Iterator[None]:
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


class _Build:
    def __init__(self, config: Config, progress: Progress, toolkit: Callable[[], Toolkit], engine: local.Local) -> None:
        self._against = against(config)
        config = pinned(config)
        self.config = config
        self.recipe = Recipe(toolkit, config.stages, config.rules)
        self.store = Store(Path(config.build.store))
        self.stamp = Stamp(config.digest(), code.code_version(toolkit().stages))
        self._progress = progress
        self._engine = engine
        self._sizes: dict[int, int] = {}

    def run(self) -> Account:
        """All passes."""
        self.store.collect()
        tools = self.recipe.toolkit()
        self.parts = list(tools.parts(self.config.source, self.config.build.part_bytes))
        if not self.parts:
            raise InputError(
                f"{self.config.source.path}: there are no pages to read. [source] path names a file or folder of pages."
            )
        digests = self._digests()
        clean_keys = self._keys("clean", 0, digests, "sources", "corpus")
        cleaned = self._pass("clean", clean_part, clean_keys, [()] * len(self.parts))
        lines_key = self._corpus_key("templates", clean_keys, self.recipe.TEMPLATES)
        lines = self._step("templates", lambda: lines_of_corpus(self.recipe, self.store, lines_key, clean_keys))
        shape_keys = self._keys("shape", 1, [[k, lines["sha256"]] for k in clean_keys], "corpus")
        shaped = self._pass("shape", shape_part, shape_keys, [(k, lines_key) for k in clean_keys])
        copies_key = self._corpus_key("keepers", shape_keys, self.recipe.DUPLICATES)
        copies = self._step("keepers", lambda: self._copies(copies_key, shape_keys))
        upstream = [
            [k, c, self.stamp.config_digest, self.stamp.code_version]
            for k, c in zip(shape_keys, copies["parts"], strict=True)
        ]
        keys = self._keys("publish", 2, upstream, *code.PUBLISH, "stages/segments")
        sources = [(a, b, copies_key) for a, b in zip(clean_keys, shape_keys, strict=True)]
        done = self._pass("publish", publish_part, keys, sources)
        counts = _counts(cleaned, [*cleaned, *shaped], done)
        self._check(counts)
        inputs = [
            Input(_name(part), digest, result["pages"], result["bytes"])
            for part, digest, result in zip(self.parts, digests, cleaned, strict=True)
        ]
        shards = Shards({k: r["tables"] for k, r in zip(keys, done, strict=True)})
        content = Content(self.config, self.stamp, counts, inputs, shards, code.libraries())
        made = self._step("assemble", lambda: release(content, self.store))
        return Account(
            counts.pages, counts.documents, counts.chars, counts.raw_bytes,
            {(rule, reason): n for (rule, reason, _), n in counts.dropped.items()},
            sum(n for (_, _, copy), n in counts.dropped.items() if copy), dict(counts.edits), dict(counts.shadowed),
            made.path, made.version, made.changed, shards.rows(),
        )  # fmt: skip

    def _copies(self, key: str, shape_keys: Sequence[str]) -> dict[str, Any]:
        return copies_of_corpus(self.recipe, self.store, key, shape_keys, self._against)

    def _digests(self) -> list[str]:
        meter = self._meter("digest", len(self.parts))
        tasks = [Task(self.recipe, self.store.root, "digest", part, i) for i, part in enumerate(self.parts)]
        return self._engine.map(digest_part, tasks, progress=lambda i, _: meter.done(read=_size(self.parts[i])))

    def _keys(self, name: str, number: int, upstream: Sequence[object], *folders: str) -> list[str]:
        """The keys of a pass: whatever its results depend on."""
        how = [
            self.recipe.described(number), self._summaries(), self.recipe.numbers(number),
            code.digest(*code.CORE, *folders), code.stages_digest(self.recipe.stages(number)), code.libraries(),
            repr(self.config.stages.get("segments")) if number == 2 else "",
            self.recipe.chosen(self.recipe.DUPLICATES).dates if number == 1 and self.recipe.duplicates else "",
        ]  # fmt: skip
        return [f"{name}-{digest_of(name, how, up)[:32]}" for up in upstream]

    def _summaries(self) -> list[bool]:
        return [self.recipe.templates, self.recipe.duplicates, self.recipe.grams]

    def _corpus_key(self, name: str, upstream: Sequence[str], stage: str) -> str:
        options = repr(self.config.stages.get(stage))
        on = [self._summaries(), self.recipe.codes(stage)]
        stages = code.stages_digest(s for s in self.recipe.toolkit().stages if s.name == stage)
        own = code.digest("corpus", "engine/corpus.py", "engine/earlier.py", "engine/texts.py")
        how = digest_of(name, upstream, options, on, own, stages, code.libraries())
        return f"{name}-{how[:32]}"

    def _pass(
        self,
        name: str,
        function: Callable[[Task], dict[str, Any]],
        keys: Sequence[str],
        sources: Sequence[tuple[str, ...]],
    ) -> list[dict[str, Any]]:
        """Run what of a pass is not finished yet; the results of all of it."""
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
        tasks = [Task(self.recipe, self.store.root, keys[i], self.parts[i], i, sources[i], self.stamp) for i in todo]

        def note(place: int, result: dict[str, Any]) -> None:
            results[todo[place]] = result
            index = todo[place]
            meter.done(result["pages"], self._bytes(index, result), _size(self.parts[index]))

        self._engine.map(function, tasks, progress=note)
        return results

    def _bytes(self, index: int, result: dict[str, Any]) -> int:
        """The size of a part's pages, known since the first pass."""
        if "bytes" in result:
            self._sizes[index] = result["bytes"]
        return self._sizes.get(index, 0)

    def _step(self, name: str, make: Callable[[], R]) -> R:
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


def _size(part: Any) -> int:
    """Bytes of files that are read for a part; 0 where it does not say."""
    return int(getattr(part, "bytes", 0))


def _name(part: Any) -> str:
    """A part by its first and last file: relative to the root of the input, so that no path of a machine is told."""
    names = [piece.name for piece in part.files]
    first = safe_name(names[0])
    if len(names) == 1:
        return f"{first} [{part.files[0].start}:{part.files[0].end}]"
    return f"{first} to {safe_name(names[-1])} ({len(names)} files)"


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
    return counts
