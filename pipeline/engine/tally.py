"""What a part comes to: its files, one for each table and split, and its counts, with an edit to show for each rule."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean import Aside, Trail
from pipeline.engine.batches import FAILED, UNWRITABLE
from pipeline.publish import schema
from pipeline.publish.documents import Rows
from pipeline.publish.parquet import Shard
from pipeline.publish.rows import hashes


class SplitShards:
    """The files that a part writes: for each table one, or where its documents fall to several splits, one for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[tuple[str, str], Shard] = {}

    def add(self, rows: Rows) -> None:
        """The rows of a trail."""
        doc_id, split = rows.documents["doc_id"], rows.documents["split"]
        for name, batch in rows._asdict().items():
            table = schema.BY_NAME[name]
            if not table.split or not len(batch):
                self._add(name, schema.SPLITS[0], batch)
                continue
            side = (
                split if name == schema.DOCUMENTS.name else split.take(pc.index_in(batch["doc_id"], value_set=doc_id))
            )
            for one in pc.unique(side).to_pylist():
                self._add(name, one, batch.filter(pc.equal(side, one)))

    def add_pages(self, table: schema.Table, rows: pa.RecordBatch) -> None:
        """Rows of a table about pages and not documents."""
        self._add(table.name, schema.SPLITS[0], rows)

    def _add(self, table: str, split: str, rows: pa.RecordBatch) -> None:
        if (table, split) not in self._open:
            self._open[table, split] = Shard(self._folder / f"{table}-{split}.parquet", schema.BY_NAME[table])
        self._open[table, split].add(rows)

    def close(self) -> dict[str, dict[str, Any]]:
        """Finish the files; by `table-split` what was written, where there were rows."""
        written = {f"{table}-{split}": shard.close() for (table, split), shard in self._open.items()}
        return {name: w._asdict() for name, w in sorted(written.items()) if w}


def kind_of(aside: Aside) -> str:
    """What pages with such a reason are counted under: places, names and numbers, which differ by page, left out.

    >>> kind_of(Aside("QLT101", "too short: 12 characters")), kind_of(Aside("", 'a.jsonl:7: the field "text" is empty'))
    ('too short', 'the field "text" is empty')
    """
    ours = aside.rule or aside.reason.startswith((FAILED, UNWRITABLE))
    reason = aside.reason.split(":")[0] if ours else aside.reason.rpartition(": ")[2]
    return _NUMBER.sub("N", reason)[:120]


class Example(NamedTuple):
    """An edit to show for its rule; the least `draw` is taken, whatever the order of pages. `removed` is cut short."""

    draw: int
    rule: str
    page_id: str
    removed: str
    replacement: str


# What fits on a line of the card.
_EXAMPLE_CHARS = 40


def examples(rows: pa.RecordBatch) -> Iterator[Example]:
    """One edit of each rule; rather one of which a reader sees all."""
    size = pc.utf8_length(pc.utf8_trim_whitespace(rows["removed"])).to_numpy()
    draw = (hashes(rows["page_id"]) ^ hashes(rows["removed"]) ^ hashes(rows["layer"])) >> np.uint64(1)
    draw[(size < 2) | (size > _EXAMPLE_CHARS)] |= np.uint64(1 << 63)
    order = np.argsort(draw, kind="stable")
    codes = rows["rule"].dictionary_encode()
    _, first = np.unique(codes.indices.to_numpy()[order], return_index=True)
    for i in order[first].tolist():
        rule, page_id, gone, put = (rows[n][i].as_py() for n in ("rule", "page_id", "removed", "replacement"))
        yield Example(int(draw[i]), rule, page_id, _short(gone), _short(put))


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

    def edits(self, rows: pa.RecordBatch) -> None:
        """The edits of a batch."""
        if not len(rows):
            return
        table = pa.table(
            {
                "stage": rows.column("stage"),
                "rule": rows.column("rule"),
                "gone": pc.subtract(rows.column("end"), rows.column("start")),
                "put": pc.utf8_length(rows.column("replacement")),
            }
        )
        sums = table.group_by(["stage", "rule"]).aggregate([([], "count_all"), ("gone", "sum"), ("put", "sum")])
        for row in sums.to_pylist():
            total = self._edits.setdefault((row["stage"], row["rule"]), [0, 0, 0])
            for i, value in enumerate((row["count_all"], row["gone_sum"], row["put_sum"])):
                total[i] += value
        for example in examples(rows):
            known = self._examples.get(example.rule)
            self._examples[example.rule] = min(known, example) if known else example

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
