"""Pages of a release in groups: final texts, rows that say what they are, and the edits and fields that belong to them.

A group is small, so that a release of any size passes through a few hundred megabytes; the rows of a page lie in one
file, and files are read in the order of the pages, each about once.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish import schema
from pipeline.publish.parquet import read
from pipeline.publish.read import shards
from pipeline.publish.tables import exact

GROUP_PAGES = 1024


class Group(NamedTuple):
    """Some pages: their ids, their texts after all edits, and the rows of documents or dropped that tell of them."""

    ids: list[str]
    texts: list[str]
    rows: list[list[dict[str, Any]]]
    dropped: bool


def groups(
    release: Path, documents: Sequence[str], dropped: Sequence[str], wanted: Collection[str] | None = None
) -> Iterator[Group]:
    """All pages of a release, those with documents first, each in the order of the files; or only the wanted ones.

    `documents` and `dropped` name the columns that the rows shall have besides page_id and, for dropped pages, text.
    """
    for table, names in ((schema.DOCUMENTS, documents), (schema.DROPPED, dropped)):
        for path in shards(release, table):
            yield from _of_shard(path, table is schema.DROPPED, names, wanted)


def _of_shard(path: Path, dropped: bool, names: Sequence[str], wanted: Collection[str] | None) -> Iterator[Group]:
    columns = list(dict.fromkeys(["page_id", "text", *(["text_bytes"] if dropped else ["ordinal"]), *names]))
    waiting: dict[str, list[dict[str, Any]]] = {}
    with read(path) as file:
        for i in range(file.num_row_groups):
            rows = file.read_row_group(i, columns=columns)
            if wanted is not None:
                rows = rows.filter(pc.is_in(rows["page_id"], value_set=pa.array(sorted(wanted), pa.string())))
            told = rows.drop_columns(["text"]).to_pylist()
            texts = exact(rows["text"], rows["text_bytes"]) if dropped else rows["text"].to_pylist()
            for row, text in zip(told, texts, strict=True):
                row["text"] = text
                if row["page_id"] not in waiting and len(waiting) >= GROUP_PAGES:
                    yield _group(waiting, dropped)
                    waiting = {}
                waiting.setdefault(row["page_id"], []).append(row)
    if waiting:
        yield _group(waiting, dropped)


def _group(waiting: dict[str, list[dict[str, Any]]], dropped: bool) -> Group:
    texts = ["" if dropped else "\n".join(row["text"] for row in rows) for rows in waiting.values()]
    return Group(list(waiting), texts, list(waiting.values()), dropped)


class Shelf:
    """Which file of a table holds the rows of a page, in 16 bytes a page; the file read last is kept."""

    def __init__(self, release: Path, table: schema.Table) -> None:
        self._table = table
        self._paths = shards(release, table)
        hashes, owners = [], []
        for i, path in enumerate(self._paths):
            with read(path) as file:
                ids = file.read(columns=["page_id"])["page_id"].unique().to_pylist()
            hashes.append(np.fromiter(map(hash, ids), dtype=np.int64, count=len(ids)))
            owners.append(np.full(len(ids), i))
        every = np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.int64)
        order = np.argsort(every, kind="stable")
        self._hashes = every[order]
        self._owners = (np.concatenate(owners) if owners else np.zeros(0, dtype=np.int64))[order]
        self._last: tuple[int, pa.Table] | None = None

    def rows_of(self, ids: Sequence[str]) -> pa.Table:
        """All rows of some pages."""
        wanted = np.fromiter(map(hash, ids), dtype=np.int64, count=len(ids))
        low = np.searchsorted(self._hashes, wanted, side="left")
        high = np.searchsorted(self._hashes, wanted, side="right")
        rows = [np.arange(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
        places = np.unique(self._owners[np.concatenate(rows)]).tolist() if rows else []
        found = [self._read(i) for i in places]
        found = [t.filter(pc.is_in(t["page_id"], value_set=pa.array(ids, pa.string()))) for t in found]
        return pa.concat_tables(found) if found else self._table.schema.empty_table()

    def _read(self, i: int) -> pa.Table:
        if self._last is None or self._last[0] != i:
            with read(self._paths[i]) as file:
                self._last = (i, file.read())
        return self._last[1]
