"""Sums over all parts, as tasks: what parts counted is brought together in buckets, and no process holds all of it.

A group of parts is merged by one task, which writes it cut into buckets: a file of Arrow with a record batch for each.
A bucket is finished by one task, which reads its batch of every group. A small corpus is one group and one bucket.
Files are written beside and renamed, so that a task may run twice; they go when the sum is there.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import numpy as np
import pyarrow as pa

from pipeline import mirror
from pipeline.corpus import ids
from pipeline.corpus.line_changes import of_sites
from pipeline.corpus.line_counts import Hashes, keys_of
from pipeline.engine.engines import Engine
from pipeline.engine.files import IDS, LINES, PAGES, load, opened, save
from pipeline.engine.store import Store
from pipeline.engine.toolkit import Toolkit
from pipeline.errors import InputError

T = TypeVar("T")
R = TypeVar("R")

# Parts that one task merges, at most, and the bytes of their files where parts are large: it holds about three times
# as much. A group is a 64th of all, so that a bucket is read from few files, but not less than the first and not more
# than the second.
FAN_IN = 16
LEAST_GROUP_BYTES, GROUP_BYTES = 32 << 20, 256 << 20
# What a bucket holds of a summary, about, while there are no more than MAX_BUCKETS; merging takes three times that.
# Buckets are a power of two, so that the top bits of a hash tell which.
BUCKET_BYTES = 16 << 20
MAX_BUCKETS = 4096
# Line counts of 100,000 pages (61 MB) take 0.4 s to merge; workers begin in 0.7 s.
SMALL_BYTES = 100_000_000


class Changed(NamedTuple):
    """Lines of which templates say something else than earlier ones did, by their keys, and the sites they are of."""

    keys: Hashes
    sites: Hashes

    def stand_in(self, counts: pa.Table) -> bool:
        """Whether any of them is among the line counts of a part."""
        return bool(np.isin(keys_of(of_sites(counts, self.sites)), self.keys).any())


NOTHING = Changed(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint64))


@dataclass(frozen=True, slots=True)
class Group:
    """Some parts of a corpus: the keys of their work, the place of the first, and the file that a task writes."""

    store: Path
    keys: tuple[str, ...]
    first: int
    file: Path
    buckets: int = 1
    # For each part what templates said of it, where that is known.
    said: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call the task in a message."""
        return f"sum over parts {self.first} to {self.first + len(self.keys) - 1}"

    def tables(self, name: str) -> list[pa.Table]:
        """A file of each part's work, whole: raises DamagedError where it is not."""
        return [self.table(key, name) for key in self.keys]

    def table(self, key: str, name: str) -> pa.Table:
        """A file of one part's work, likewise."""
        return load(Store(self.store).checked(key, name))


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket of the files that the groups wrote, and the file that a task writes."""

    files: tuple[Path, ...]
    number: int
    file: Path

    @property
    def name(self) -> str:
        """What to call the task in a message."""
        return f"bucket {self.number} of {self.file.parent.name}"

    def tables(self) -> Iterator[pa.Table]:
        """Its rows in each file."""
        for path in self.files:
            with opened(path) as reader:
                yield pa.Table.from_batches([reader.get_batch(self.number)])


class Sums:
    """The tasks of one step of the corpus; `folder` is for what lies between them."""

    def __init__(self, engine: Engine, store: Store, folder: Path) -> None:
        self._engine, self._store, self._folder = engine, store, folder
        folder.mkdir()

    def check_ids(self, keys: Sequence[str]) -> None:
        """Raise InputError where two pages have one id."""
        buckets = self._buckets(_ids_of, _twice, keys, IDS)
        found = min((place for place in buckets if place is not None), default=None)
        if found is not None:
            part, row = found
            page_id = load(self._store.path(keys[part]) / PAGES)["page_id"][row].as_py()
            raise InputError(
                f'Two pages of the input have the id "{page_id}". An id names one page, in the release and in every '
                "edit; give each page its own (in [source], `id` names the field that holds it), or leave it out and "
                "one is made."
            )

    def templates(
        self, toolkit: Callable[[], Toolkit], options: Any, keys: Sequence[str], sites: Hashes | None = None
    ) -> pa.Table:
        """The lines that sites repeat: all sites, or some."""
        made = self._buckets(partial(_lines_of, toolkit, sites), partial(_templates, toolkit, options), keys, LINES)
        tables = [load(path) for path in made]
        whole = pa.concat_tables(tables)
        return whole.sort_by(whole.column_names[0]) if len(tables) > 1 else whole

    def told(
        self,
        toolkit: Callable[[], Toolkit],
        options: Any,
        templates: Path,
        keys: Sequence[str],
        known: Mapping[str, str] = MappingProxyType({}),
        changed: Changed = NOTHING,
    ) -> list[str]:
        """For each part what templates say of its lines, as a digest.

        `known` is what earlier templates said of some parts, and `changed` the lines of which they said something else:
        a part that has none of these is told what it was.
        """
        groups = [
            replace(group, said=tuple(known.get(key, "") for key in group.keys))
            for group in self._groups(keys, LINES, "told", 1)
        ]
        small = self._small(keys, LINES)
        found = self._engine.map(partial(_told, toolkit, options, templates, changed), groups, small=small)
        return [digest for some in found for digest in some]

    def _groups(self, keys: Sequence[str], name: str, stem: str, buckets: int) -> list[Group]:
        root, folder = self._store.root, self._folder
        shares = shares_of([root / key / name for key in keys])
        return [
            Group(root, tuple(keys[s.start : s.stop]), s.start, folder / f"{stem}-{s.start}.arrow", buckets)
            for s in shares
        ]

    def _small(self, keys: Sequence[str], name: str) -> bool:
        """Whether the files of the parts are read in less time than workers take to begin."""
        return sum(mirror.size(self._store.path(key) / name) for key in keys) < SMALL_BYTES

    def _buckets(
        self, apart: Callable[[Group], object], finish: Callable[[Bucket], R], keys: Sequence[str], name: str
    ) -> list[R]:
        """What `finish` makes of each bucket of what `apart` writes of each group."""
        stem = name.partition(".")[0]
        groups = self._groups(keys, name, stem, buckets_of(self._store.path(key) / name for key in keys))
        small = self._small(keys, name)
        self._engine.map(apart, groups, small=small)
        files = tuple(group.file for group in groups)
        tasks = [Bucket(files, n, self._folder / f"{stem}-bucket-{n}.arrow") for n in range(groups[0].buckets)]
        made = self._engine.map(finish, tasks, small=small)
        for path in files:
            mirror.removed(path)
        return made


def shares_of(paths: Sequence[Path]) -> list[range]:
    """Files in order, shared out to tasks: FAN_IN for each, or fewer where they are large."""
    sizes = [*map(mirror.size, paths)]
    most = min(GROUP_BYTES, max(LEAST_GROUP_BYTES, sum(sizes) // 64))
    shares, low, size = [], 0, 0
    for place, own in enumerate(sizes):
        if place - low >= FAN_IN or (place > low and size + own > most):
            shares.append(range(low, place))
            low, size = place, 0
        size += own
    return [*shares, range(low, len(paths))]


def buckets_of(paths: Iterable[Path]) -> int:
    """Into how many buckets files are cut, so that each is worth a task and fits into memory."""
    size = sum(map(mirror.size, paths))
    return min(MAX_BUCKETS, 1 << max(0, -(-size // BUCKET_BYTES) - 1).bit_length())


def _ids_of(group: Group) -> None:
    tables = [ids.renumbered(t, group.first + i) for i, t in enumerate(group.tables(IDS))]
    whole = pa.concat_tables(tables)
    _write(group.file, _apart(whole, whole["high"].to_numpy(), group.buckets))


def _twice(bucket: Bucket) -> tuple[int, int] | None:
    return ids.twice(pa.concat_tables(bucket.tables()))


def _lines_of(toolkit: Callable[[], Toolkit], sites: Hashes | None, group: Group) -> None:
    tables = group.tables(LINES)
    whole = toolkit().merge_lines(tables if sites is None else [of_sites(table, sites) for table in tables])
    # All lines of a site in one bucket: their share of its pages is reckoned there.
    _write(group.file, _apart(whole, whole["site"].to_numpy(), group.buckets) if group.buckets > 1 else [whole])


def _templates(toolkit: Callable[[], Toolkit], options: Any, bucket: Bucket) -> Path:
    tools = toolkit()
    held: list[pa.Table] = []
    for table in bucket.tables():
        held.append(table)
        if len(held) >= FAN_IN:
            held = [tools.merge_lines(held)]
    _whole(bucket.file, tools.templates(tools.merge_lines(held), options))
    return bucket.file


def _told(toolkit: Callable[[], Toolkit], options: Any, templates: Path, changed: Changed, group: Group) -> list[str]:
    known = toolkit().templates_of(load(templates))
    told = []
    for key, said in zip(group.keys, group.said, strict=True):
        if not said or len(changed.keys):
            table = group.table(key, LINES)
            said = said if said and not changed.stand_in(table) else known.digest(table, options)
        told.append(said)
    return told


def _apart(table: pa.Table, hashed: Hashes, buckets: int) -> list[pa.Table]:
    """The rows of each bucket, in the order in which they stand."""
    if buckets == 1:
        return [table]
    number = (hashed >> np.uint64(65 - buckets.bit_length())).astype(np.int64)
    order = np.argsort(number, kind="stable")
    ends = np.cumsum(np.bincount(number, minlength=buckets))
    ordered = table.take(pa.array(order))
    return [ordered.slice(low, high - low) for low, high in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]


def _write(path: Path, tables: Sequence[pa.Table]) -> None:
    """A file with one record batch for each table."""
    schema = tables[0].schema
    with _aside(path) as aside, pa.OSFile(os.fsencode(aside), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for table in tables:
            rows = table.combine_chunks().to_batches()
            writer.write_batch(rows[0] if rows else pa.RecordBatch.from_pylist([], schema))


def _whole(path: Path, table: pa.Table) -> None:
    with _aside(path) as aside:
        save(aside, table)


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A file beside that takes a file's name when it is written."""
    aside = mirror.made(path).with_name(f".{path.name}.{uuid4().hex[:8]}")
    yield aside
    aside.replace(mirror.own(path))
    mirror.sent(path)
