"""The steps of the corpus: what all parts together say. The process that builds shares them out as tasks."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import mirror
from pipeline.config import SourceConfig
from pipeline.corpus import overlaps, sample
from pipeline.corpus.gathered import Gathering, Prints
from pipeline.corpus.proofs import Proofs
from pipeline.corpus.spread import Spread
from pipeline.engine import code
from pipeline.engine.earlier import releases
from pipeline.engine.engines import Engine
from pipeline.engine.files import GRAMS, PAGES, PRINTS, PROOFS, SAMPLE, SETS, load, save
from pipeline.engine.store import DamagedError, Store, digest_of, sha256_of
from pipeline.engine.strings import Strings
from pipeline.engine.sums import Sums, shares_of
from pipeline.engine.templates import Standing, templates_of_corpus
from pipeline.engine.texts import Texts
from pipeline.engine.toolkit import Recipe
from pipeline.errors import UsageError
from pipeline.publish.tables import page_text
from pipeline.stages.duplicates import KINDS

R = TypeVar("R")
# Fingerprints of a million pages: below, one process finds their copies in memory as fast as tasks would.
SPREAD_PAGES = 1_000_000
SPREAD_BYTES = 640 * SPREAD_PAGES
# What a task has in hand: the fingerprints of 100,000 pages, whose entries are about as large.
BUCKET_BYTES = 64_000_000
MAX_BITS = 12
_MADE = "made"


def lines_of_corpus(
    engine: Engine, recipe: Recipe, store: Store, key: str, how: str, cleaned: Sequence[str]
) -> dict[str, Any]:
    """Check that page ids are unique, finish the summary of lines and count grams, where a rule needs them.

    The result tells for each part what the summary says of its own lines, and what the grams are: a part is redone
    where that is something new. `grams` is the key of the work that counted them, if any; `how` is a digest of all that
    the work hangs on besides its parts.
    """

    def make(folder: Path) -> dict[str, Any]:
        sums = Sums(engine, store, folder / "steps")
        told, grams = [""] * len(cleaned), ""
        with _meanwhile(engine.beside and recipe.grams, lambda: _grams(recipe, store, cleaned)) as counted:
            sums.check_ids(cleaned)
            if recipe.templates:
                standing = Standing.of(store, how, cleaned)
                told = templates_of_corpus(sums, recipe, store, folder, cleaned, standing)
        if recipe.grams:
            grams = counted()
            shutil.copy(store.checked(grams, GRAMS), folder)
        shutil.rmtree(folder / "steps")
        mirror.forgotten(folder)
        return {"parts": [said + grams for said in told], "grams": grams, "cleaned": list(cleaned), "how": how}

    return store.once(key, make)


@contextmanager
def _meanwhile(beside: bool, make: Callable[[], R]) -> Iterator[Callable[[], R]]:
    """What gives the result of a function, which runs in the time of the block where workers do what is in it."""
    if not beside:
        yield make
        return
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(make).result


def _grams(recipe: Recipe, store: Store, cleaned: Sequence[str]) -> str:
    """The key of the grams of the sample; they are counted anew only where a text of it is new."""
    pages = sample.drawn(load(store.checked(k, SAMPLE)) for k in cleaned)
    own = digest_of(
        code.digest("corpus", "frequent.py", "lines.py", "engine/toolkit.py"),
        code.libraries(),
        [p.text.hex() for p in pages],
    )
    key = f"grams-{own[:32]}"

    def make(folder: Path) -> dict[str, Any]:
        save(folder / GRAMS, recipe.grams_of(_sampled(store, cleaned, pages)))
        return {}

    store.once(key, make)
    return key


def _sampled(store: Store, cleaned: Sequence[str], pages: Sequence[sample.Drawn]) -> Iterator[str]:
    """The texts of the sample, in order, each as it was when it was drawn."""
    for part, own in groupby(pages, itemgetter(0)):
        path = store.path(cleaned[part]) / PAGES
        texts = load(path)["text"]
        for page in own:
            text = texts[page.row].as_py()
            if sample.digest(text) != page.text:
                raise DamagedError(cleaned[part], str(path))
            yield page_text(text)


class Coming:
    """Fingerprints that are taken in while other parts are still being shaped: this process would only wait."""

    def __init__(self, store: Store, gathering: Gathering | None) -> None:
        self._store, self._gathering = store, gathering
        self._taken: set[str] = set()

    def take(self, key: str) -> None:
        """Take in those of a part that is shaped."""
        if self._gathering is not None:
            self._gathering.add(_Prints(self._store.root, (key,)))
            self._taken.add(key)

    def whole(self, shaped: Sequence[str]) -> Gathering | None:
        """Those of all parts, where any were taken in."""
        if not self._taken:
            return None
        for key in shaped:
            if key not in self._taken:
                self.take(key)
        return self._gathering


@contextmanager
def coming(engine: Engine, recipe: Recipe, store: Store, pages: int) -> Iterator[Coming]:
    """Take fingerprints in as they come, as long as the block lasts, where tasks run beside this process and one
    process finds the copies.
    """
    make = recipe.toolkit().gathering
    if make is None or not recipe.duplicates or not engine.beside or engine.apart or pages > SPREAD_PAGES:
        yield Coming(store, None)
        return
    with store.scratch("prints") as folder:
        yield Coming(store, make(folder, recipe.chosen(recipe.DUPLICATES).similarity))


def copies_of_corpus(
    engine: Engine, recipe: Recipe, store: Store, key: str, shaped: Sequence[str], against: Sequence[str] = (),
    before: str | None = None, taken: Coming | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Find which pages are copies of which; each part gets the rows of its own pages, and is redone only for those.

    `against` are the folders of earlier releases; `before` is the key of the same step of an earlier build, whose
    proofs need not be made again; `taken` are fingerprints that are taken in already.
    """

    def make(folder: Path) -> dict[str, Any]:
        if not recipe.duplicates:
            return {"parts": [""] * len(shaped)}
        tools = recipe.toolkit()
        kinds = [kind for code, kind in KINDS.items() if recipe.selection(code)]
        buckets = folder / "buckets"
        buckets.mkdir()
        earlier = releases(against, buckets)
        size = sum(mirror.size(store.path(k) / PRINTS) for k in shaped)
        spread = Spread(engine.map, buckets, _bits(size)) if engine.apart or size >= SPREAD_BYTES else None
        prints: Any = taken.whole(shaped) if taken is not None and spread is None else None
        if prints is None:
            prints = _Prints(store.root, tuple(shaped))
        paths = [store.path(k) / PAGES for k in shaped]
        texts = Texts(paths, lambda path: store.checked(path.parent.name, path.name), spread is not None)
        proofs, options = Proofs(_proved(store, before)), recipe.chosen(recipe.DUPLICATES)
        # Workers that the passes have begun prove; for this alone none begin.
        run = partial(engine.map, small=True) if engine.beside else None
        copies = tools.keepers(prints, texts, options, earlier, kinds, buckets, spread, proofs, run)
        shutil.rmtree(buckets)
        mirror.forgotten(folder)
        save(folder / PROOFS, proofs.table().replace_schema_metadata({_MADE: _how_proved()}))
        ids = [Strings(store.path(k) / PRINTS, "page_id").whole() for k in shaped]
        at = pc.index_in(pa.chunked_array([c for column in ids for c in column.chunks], pa.string()), copies["page_id"])
        digests, row = [], 0
        for shaped_key, column in zip(shaped, ids, strict=True):
            own = at.slice(row, len(column)).drop_null().to_numpy()
            row += len(column)
            path = folder / f"{shaped_key}.arrow"
            save(path, copies.take(pa.array(np.sort(own))).combine_chunks())
            digests.append(sha256_of(path))
        return {"parts": digests}

    return store.once(key, make)


def _proved(store: Store, key: str | None) -> pa.Table | None:
    """The proofs that an earlier build left, where they are whole and would come out the same."""
    try:
        table = load(store.checked(key, PROOFS)) if key is not None else None
    except DamagedError:
        return None
    same = table is not None and (table.schema.metadata or {}).get(_MADE.encode()) == _how_proved().encode()
    return table if same else None


def _how_proved() -> str:
    """What proofs depend on besides texts: the code, and the libraries."""
    return digest_of(code.digest("corpus", "lines.py"), code.libraries())


def _bits(size: int) -> int:
    """Into how many buckets, as a power of two, the entries of fingerprints of that size are cut."""
    return min(MAX_BITS, (size // BUCKET_BYTES).bit_length())


def sets_of_evaluation(recipe: Recipe, store: Store, key: str) -> dict[str, Any]:
    """The windows of all evaluation sets, as one table."""

    def make(folder: Path) -> dict[str, Any]:
        options, tools = recipe.options[recipe.EVALUATION], recipe.toolkit()
        tables = []
        for path in options.sets:
            parts = tools.parts(SourceConfig(path), 0)
            pages = (page for part in parts for page in tools.read(part))
            tables.append(overlaps.windows_of(pages, options.min_chars, Path(path).name))
            if not len(tables[-1]):
                raise UsageError(
                    f"{path}: no item of this evaluation set has {options.min_chars} letters in a row, so no page "
                    "could share them. [stages.evaluation] min_chars may be lower; or look at the file."
                )
        save(folder / SETS, overlaps.merge(tables))
        return {"sets": len(tables)}

    return store.once(key, make)


@dataclass(frozen=True, slots=True)
class _Prints:
    """The fingerprints of some parts, a part at a time, read and let go: a map would stay in memory."""

    store: Path
    keys: tuple[str, ...]

    def __iter__(self) -> Iterator[pa.Table]:
        for key in self.keys:
            yield pa.ipc.open_file(pa.py_buffer(Store(self.store).loaded(key, PRINTS))).read_all()

    def groups(self) -> list[Prints]:
        """A share for each task."""
        shares = shares_of([self.store / key / PRINTS for key in self.keys])
        return [_Prints(self.store, self.keys[share.start : share.stop]) for share in shares]
