"""What a part comes to: its files, one for each table and split, and its counts, with an edit to show for each rule."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean import Aside, Trail
from pipeline.engine.batches import FAILED, LOST, UNWRITABLE
from pipeline.lines import Mask
from pipeline.publish import schema
from pipeline.publish.documents import Rows
from pipeline.publish.parquet import Hashed, Shard
from pipeline.publish.rows import Hashes, columns_hashed, hashes

# What gets rows as they are written: their table, the rows, and the hashes of the values of each column.
Seen: TypeAlias = Callable[[schema.Table, pa.RecordBatch, Mapping[str, Hashes]], None]
# Rows of a part that wait: a few batches of pages.
WAITING_BYTES = 16 << 20
# To slice a row group takes as long as to copy so many of its rows, or somewhat longer.
_RUN = 64


class SplitShards:
    """The files that a part writes: for each table one, or where its documents fall to several splits, one for each.

    Rows wait until they are many, since each step costs about as much for one row as for a hundred. `seen` gets them
    then, with the hashes of the values of each column.
    """

    def __init__(self, folder: Path, seen: Seen | None = None) -> None:
        self._folder = folder
        self._seen = seen
        self._open: dict[tuple[str, str], Shard] = {}
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self._sides: list[pa.RecordBatch] = []
        self._bytes = 0

    def add(self, rows: Rows) -> None:
        """The rows of a trail."""
        self._sides.append(rows.documents.select(["doc_id", "split"]))
        for name, batch in rows._asdict().items():
            self._wait(name, batch)

    def add_pages(self, table: schema.Table, rows: pa.RecordBatch) -> None:
        """Rows of a table about pages and not documents."""
        self._wait(table.name, rows)

    def close(self) -> dict[str, dict[str, Any]]:
        """Finish the files; by `table-split` what was written, where there were rows."""
        self._flush()
        written = {f"{table}-{split}": shard.close() for (table, split), shard in self._open.items()}
        return {name: w._asdict() for name, w in sorted(written.items()) if w}

    def _wait(self, name: str, rows: pa.RecordBatch) -> None:
        if len(rows):
            self._waiting.setdefault(name, []).append(rows)
            self._bytes += rows.nbytes
        if self._bytes >= WAITING_BYTES and name == schema.EDITS.name:  # the last of a batch
            self._flush()

    def _flush(self) -> None:
        documents = _joined(self._sides) if self._sides else None
        waiting, self._waiting, self._sides, self._bytes = self._waiting, {}, [], 0
        for name, batches in waiting.items():
            self._put(schema.BY_NAME[name], _joined(batches), documents)

    def _put(self, table: schema.Table, rows: pa.RecordBatch, documents: pa.RecordBatch | None) -> None:
        columns = columns_hashed(rows)
        if self._seen is not None:
            self._seen(table, rows, columns)
        hashed = Hashed.of(rows, table, columns)
        plain = rows.cast(table.schema)
        most_bytes = plain.nbytes
        for split, own in _sides(table, rows, documents):
            shard = self._open.get((table.name, split))
            if shard is None:
                shard = Shard(self._folder / f"{table.name}-{split}.parquet", table)
                self._open[table.name, split] = shard
            if own is None:
                shard.add(plain, hashed, most_bytes)
            else:
                shard.add(_under(plain, own), hashed.under(own), most_bytes)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def _sides(
    table: schema.Table, rows: pa.RecordBatch, documents: pa.RecordBatch | None
) -> Iterator[tuple[str, Mask | None]]:
    """The splits that rows fall to, and which rows: None for all of them. A table about pages is not split."""
    if not table.split or documents is None:
        yield schema.SPLITS[0], None
        return
    names, side = documents["split"].dictionary.to_pylist(), documents["split"].indices.to_numpy()
    if table.name != schema.DOCUMENTS.name:
        ids = rows["doc_id"].dictionary_encode()
        side = side[pc.index_in(ids.dictionary, value_set=documents["doc_id"]).to_numpy()[ids.indices.to_numpy()]]
    found = np.flatnonzero(np.bincount(side)).tolist()
    for code in found:
        yield names[code], side == code if len(found) > 1 else None


def _under(rows: pa.RecordBatch, mask: Mask) -> pa.RecordBatch | pa.Table:
    """The rows that a mask lets through; where few runs make up many rows, they are copied no sooner than written."""
    edges = np.flatnonzero(np.diff(mask.view(np.int8), prepend=0, append=0)).tolist()
    if len(edges) * _RUN > len(rows):
        return rows.filter(pa.array(mask))
    runs = [rows.slice(a, b - a) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return pa.Table.from_batches(runs, rows.schema)


def kind_of(aside: Aside) -> str:
    """What pages with such a reason are counted under: places, names and numbers, which differ by page, left out.

    >>> kind_of(Aside("QLT101", "too short: 12 characters")), kind_of(Aside("", 'a.jsonl:7: the field "text" is empty'))
    ('too short', 'the field "text" is empty')
    """
    ours = aside.rule or aside.reason.startswith((FAILED, UNWRITABLE, LOST))
    reason = aside.reason.split(":")[0] if ours else aside.reason.rpartition(": ")[2]
    return _NUMBER.sub("N", reason)[:120]


class Example(NamedTuple):
    """An edit to show for its rule; the least `draw` is taken, whatever the order of pages. `removed` is cut short."""

    draw: int
    rule: str
    page_id: str
    removed: str
    replacement: str


_MOST = (1 << 64) - 1
# What fits on a line of the card.
_EXAMPLE_CHARS = 40


def examples(rows: pa.RecordBatch, hashed: Mapping[str, Hashes] | None = None) -> Iterator[Example]:
    """One edit of each rule; rather one of which a reader sees all. `hashed` are the hashes of its columns."""
    page, removed, layer = (
        hashes(rows[name]) if hashed is None else hashed[name] for name in ("page_id", "removed", "layer")
    )
    taken, put = rows["removed"], rows["replacement"]
    rules, ids = (rows[name].dictionary_encode() for name in ("rule", "page_id"))
    size = pc.utf8_length(pc.utf8_trim_whitespace(taken)).to_numpy()
    draw = (page ^ removed ^ layer) >> np.uint64(1)
    draw[(size < 2) | (size > _EXAMPLE_CHARS)] |= np.uint64(1 << 63)
    codes = rules.indices.to_numpy()
    least = np.full(len(rules.dictionary), np.uint64(_MOST))
    np.minimum.at(least, codes, draw)
    drawn = np.flatnonzero(draw == least[codes])[::-1]
    first = np.full(len(least), -1, dtype=np.int64)
    first[codes[drawn]] = drawn  # of equal ones the first, which comes last here
    for i in first[first >= 0].tolist():
        gone, new = taken[i].as_py(), put[i].as_py()
        yield Example(int(draw[i]), rules[i].as_py(), ids[i].as_py(), _short(gone), _short(new))


def _short(text: str) -> str:
    return text if len(text) <= _EXAMPLE_CHARS else text[: _EXAMPLE_CHARS - 1] + "…"


_NUMBER = re.compile(r"\d[\d.,]*")


class Tally:
    """Counts what a part came to."""

    def __init__(self) -> None:
        self.pages = self.kept = self.documents = self.chars = 0
        self._dropped: Counter[tuple[str, str, bool]] = Counter()
        self._edits: dict[tuple[str, str], list[int]] = {}
        self._examples: dict[str, Example] = {}

    def add(self, trail: Trail, rows: Rows) -> None:
        """The pages of a trail."""
        self.pages += trail.lines.pages
        self.kept += pc.count_distinct(rows.documents.column("page_id")).as_py()
        self.documents += len(rows.documents)
        self.chars += int(pc.sum(rows.documents.column("n_chars")).as_py() or 0)
        for aside in trail.aside.values():
            self._dropped[aside.rule, kind_of(aside), aside.kept is not None] += 1

    def edits(self, rows: pa.RecordBatch, hashed: Mapping[str, Hashes] | None = None) -> None:
        """Some edits, as a release holds them."""
        if not len(rows):
            return
        stages, rules = (rows[name].dictionary_encode() for name in ("stage", "rule"))
        width = len(rules.dictionary)
        made = stages.indices.to_numpy().astype(np.int64) * width + rules.indices.to_numpy()
        counts = np.bincount(made)
        gone = np.bincount(made, weights=rows["end"].to_numpy() - rows["start"].to_numpy())
        put = np.bincount(made, weights=pc.utf8_length(rows["replacement"]).to_numpy())
        names = [column.dictionary.to_pylist() for column in (stages, rules)]
        for i in np.flatnonzero(counts).tolist():
            total = self._edits.setdefault((names[0][i // width], names[1][i % width]), [0, 0, 0])
            for n, value in enumerate((counts[i], gone[i], put[i])):
                total[n] += int(value)
        for example in examples(rows, hashed):
            known = self._examples.get(example.rule)
            self._examples[example.rule] = min(known, example) if known else example

    def seen(self, table: schema.Table, rows: pa.RecordBatch, hashed: Mapping[str, Hashes]) -> None:
        """Rows that a part is about to write."""
        if table.name == schema.EDITS.name:
            self.edits(rows, hashed)

    def result(self) -> dict[str, Any]:
        """The counts, JSON-able."""
        return {
            "pages": self.pages,
            "kept": self.kept,
            "documents": self.documents,
            "chars": self.chars,
            "dropped": [[*key, count] for key, count in sorted(self._dropped.items())],
            "edits": [[*key, *counts] for key, counts in sorted(self._edits.items())],
            "examples": sorted(self._examples.values()),
        }
