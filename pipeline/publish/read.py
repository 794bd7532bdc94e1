"""Reading a release back: its tables, and one page with everything that happened to it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.document import Field
from pipeline.edit import Edit, Edits
from pipeline.errors import UsageError
from pipeline.publish import schema
from pipeline.publish.parquet import read
from pipeline.publish.restore import restored
from pipeline.publish.tables import exact


class ReadLayer(NamedTuple):
    """What one stage did to a page: edits in positions of the text that it saw, and what each removed."""

    stage: str
    edits: Edits
    removed: list[str]


class ReadPage(NamedTuple):
    """One page of a release: its raw text, the layers in order, its documents or the row that says why it has none."""

    page_id: str
    raw: str | None
    layers: list[ReadLayer]
    fields: list[Field]
    documents: list[dict[str, Any]]
    dropped: dict[str, Any] | None

    @property
    def text(self) -> str:
        """The text after all edits: its documents, joined by line feeds."""
        return "\n".join(row["text"] for row in self.documents)


def shards(release: Path, table: schema.Table) -> list[Path]:
    """The files of a table, those of train first; none where it has no rows."""
    return [path for split in schema.SPLITS for path in sorted((release / table.name).glob(f"{split}-*.parquet"))]


def page(release: Path, page_id: str) -> ReadPage:
    """One page; only the row groups that may hold it are read. Raises UsageError where the release has no such page."""
    own = [table for table in schema.TABLES if "page_id" in table.schema.names]
    rows = {table.name: _rows(release, table, page_id) for table in own}
    documents = sorted(rows["documents"].to_pylist(), key=lambda row: int(row["ordinal"]))
    dropped = rows["dropped"].to_pylist()
    if not documents and not dropped:
        raise UsageError(
            f'{release}: there is no page "{page_id}". The ids of its pages are in page_id of documents and dropped.'
        )
    final = "\n".join(row["text"] for row in documents)
    unread = bool(dropped) and dropped[0]["text_digest"] is None
    raw = None if unread else restored([final], pass_edits(rows["edits"], [page_id]))[0]
    fields = [
        Field(
            0,
            row["name"],
            row["value"],
            -1 if row["start"] is None else row["start"],
            -1 if row["end"] is None else row["end"],
            row["rule"] or "",
            row["stage"],
        )
        for row in rows["fields"].to_pylist()
    ]
    return ReadPage(page_id, raw, list(_layers(rows["edits"])), fields, documents, dropped[0] if dropped else None)


def pass_edits(edits: pa.Table, page_ids: Sequence[str]) -> pa.RecordBatch:
    """Edits of a release in the form that `restored` takes: `page` is the index in `page_ids`, others are left out."""
    place = edits["page_id"].combine_chunks()
    index = pc.index_in(place, value_set=pa.array(page_ids, pa.string()))
    edits = edits.append_column("page", pa.chunked_array([index])).filter(pc.is_valid(index)).combine_chunks()
    columns = [edits[f.name].combine_chunks().cast(f.type) for f in schema.PASS_EDITS]
    columns = [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns]
    return pa.record_batch(columns, schema=schema.PASS_EDITS)


def _rows(release: Path, table: schema.Table, page_id: str) -> pa.Table:
    found = [table.schema.empty_table()]
    for path in shards(release, table):
        with read(path) as file:
            column = file.schema_arrow.get_field_index("page_id")
            for i in range(file.num_row_groups):
                told = file.metadata.row_group(i).column(column).statistics
                if told is None or not told.has_min_max or told.min <= page_id <= told.max:
                    rows = file.read_row_group(i)
                    found.append(rows.filter(pc.equal(rows["page_id"], page_id)))
    return pa.concat_tables(found)


def _layers(edits: pa.Table) -> Iterator[ReadLayer]:
    edits = edits.sort_by([("layer", "ascending"), ("ordinal", "ascending")]).combine_chunks()
    taken = exact(edits["removed"], edits["removed_bytes"])
    rows = edits.drop_columns(["removed", "removed_bytes"]).to_pylist()
    layer = np.array([row["layer"] for row in rows], dtype=np.int64)
    for number in np.unique(layer).tolist():
        own = np.flatnonzero(layer == number).tolist()
        made = Edits.of(
            Edit(
                row["start"],
                row["end"],
                row["replacement"],
                row["rule"] or "",
                row["note"] or "",
                -1 if row["link"] is None else row["link"],
            )
            for row in (rows[i] for i in own)
        )
        yield ReadLayer(rows[own[0]]["stage"], made, [taken[i] or "" for i in own])
