"""Pages of a release, opened: raw text, edits of all layers, the row of pieces, fields with the place they came from.

This is all that a page view needs, as plain lists for JSON; a browser joins strings and does no arithmetic.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.audit.archive import Archive
from pipeline.audit.pieces import Piece, pieces, places
from pipeline.edit import Edits, backward
from pipeline.publish.groups import Group
from pipeline.publish.read import pass_edits
from pipeline.publish.restore import restored
from pipeline.stages import STAGES

# What rows of documents and dropped must bring along.
OF_DOCUMENTS = ("doc_id", "site", "url", "title", "encoding", "script", "n_chars", "dup_cluster", "text_digest")
OF_DROPPED = ("site", "url", "encoding", "rule", "reason", "kept_page_id", "similarity", "text_digest")

Json: TypeAlias = dict[str, Any]
Columns: TypeAlias = dict[str, npt.NDArray[Any]]
_PLACE = {stage.name: i for i, stage in enumerate(STAGES)}


class Mark(NamedTuple):
    """An edit of a page as judgements and links name it: stage, layer, ordinal in it; and its rule, note and link.

    `link` is the place, among all edits of the page, of the edit that this one moves text to or from; -1 for none.
    """

    stage: str
    layer: int
    ordinal: int
    rule: str
    note: str
    link: int


class OpenPage(NamedTuple):
    """A page with everything that happened to it. `raw` is None where its bytes could not be read as text."""

    page_id: str
    raw: str | None
    text: str
    told: Json
    marks: list[Mark]
    row: list[Piece]
    fields: list[Json]

    def as_json(self) -> Json:
        """The page for a browser: columns, because objects would repeat their names 50,000 times."""
        return {
            **self.told,
            "id": self.page_id,
            "raw_chars": None if self.raw is None else len(self.raw),
            "chars": len(self.text),
            "marks": [list(column) for column in zip(*self.marks, strict=True)],
            "text": [p.text for p in self.row],
            "put": [p.put for p in self.row],
            "gone": [p.gone for p in self.row],
            "fields": self.fields,
        }


def opened(group: Group, edits: pa.Table, fields: pa.Table) -> Iterator[OpenPage]:
    """The pages of a group, in order; `edits` and `fields` are their rows, in any order."""
    batch = pass_edits(edits, group.ids)
    raws = restored(group.texts, batch)
    marks, layers = _by_page(batch, edits)
    read: dict[str, list[Json]] = {}
    for row in fields.to_pylist():
        read.setdefault(row["page_id"], []).append(row)
    depth = _PLACE | {stage: layer for page in marks.values() for stage, layer, *_ in page}
    for i, (page_id, text, rows) in enumerate(zip(group.ids, group.texts, group.rows, strict=True)):
        unread = rows[0]["text_digest"] is None
        raw = "" if unread else raws[i]
        told = _told_of_dropped(rows[0]) if group.dropped else _told_of_documents(rows)
        own = layers.get(i, {})
        found = read.get(page_id, [])
        spans = _raw_spans(found, depth, own)
        row = pieces(raw, list(own.values()), {position for span in spans for position in span})
        shown = [
            {"name": f["name"], "value": f["value"], "rule": f["rule"], "stage": f["stage"], "from": a, "to": b}
            for f, (a, b) in zip(found, places(row, spans), strict=True)
        ]
        yield OpenPage(page_id, None if unread else raw, text, told, marks.get(i, []), row, shown)


def _by_page(batch: pa.RecordBatch, edits: pa.Table) -> tuple[dict[int, list[Mark]], dict[int, dict[int, Edits]]]:
    """For each page with edits: its marks in order, and its layers by number."""
    stage_of = dict(zip(edits["layer"].to_pylist(), edits["stage"].to_pylist(), strict=True))
    page, layer, ordinal, start, end, link = (
        batch.column(name).fill_null(-1).to_numpy().astype(np.int64)
        for name in ("page", "layer", "ordinal", "start", "end", "link")
    )
    order = np.lexsort((ordinal, layer, page))
    page, layer, ordinal, start, end, link = (c[order] for c in (page, layer, ordinal, start, end, link))
    new, rule, note = (_texts(batch.column(name))[order] for name in ("replacement", "rule", "note"))
    cuts = np.flatnonzero((np.diff(page) != 0) | (np.diff(layer) != 0)) + 1
    marks: dict[int, list[Mark]] = {}
    layers: dict[int, dict[int, Edits]] = {}
    for a, b in zip([0, *cuts.tolist()], [*cuts.tolist(), len(page)], strict=True):
        if a == b:
            continue
        p, number = int(page[a]), int(layer[a])
        own = marks.setdefault(p, [])
        base = len(own)
        layers.setdefault(p, {})[number] = Edits(start[a:b], end[a:b], new[a:b], rule[a:b], note[a:b], link[a:b])
        other = np.where(link[a:b] >= 0, link[a:b] + base, -1).tolist()
        columns = (ordinal[a:b].tolist(), rule[a:b], note[a:b], other)
        own += [Mark(stage_of[number], number, o, r, n, k) for o, r, n, k in zip(*columns, strict=True)]
    return marks, layers


def _texts(column: pa.Array) -> npt.NDArray[np.object_]:
    out = np.empty(len(column), dtype=object)
    out[:] = [text or "" for text in column.to_pylist()]
    return out


def _raw_spans(fields: Sequence[Json], depth: Mapping[str, int], layers: Mapping[int, Edits]) -> list[tuple[int, int]]:
    """The spans of fields in coordinates of the raw page."""
    if not fields:
        return []
    spans = np.array([(f["start"], f["end"]) for f in fields], dtype=np.int64)
    read_at = np.array([depth.get(f["stage"], 0) for f in fields])
    for number in sorted(layers, reverse=True):
        below = read_at > number
        if below.any():
            spans[below] = backward(layers[number], spans[below].ravel()).reshape(-1, 2)
    return [(a, b) for a, b in spans.tolist()]


def _told_of_documents(rows: Sequence[Json]) -> Json:
    first = rows[0]
    return {
        "site": first["site"], "url": first["url"], "encoding": first["encoding"], "script": first["script"],
        "title": first["title"], "cluster": first["dup_cluster"],
        "documents": [[r["doc_id"], r["title"], r["n_chars"]] for r in rows],
    }  # fmt: skip


def _told_of_dropped(row: Json) -> Json:
    names = ("site", "url", "encoding", "rule", "reason", "similarity")
    return {**{name: row[name] for name in names}, "kept": row["kept_page_id"], "title": None, "documents": []}


def of_archive(archive: Archive, ids: Sequence[str]) -> dict[str, OpenPage]:
    """Some pages of a release, by id; those that it does not have are left out."""
    among = "where page_id in (select unnest(?))"
    given = [list(ids)]
    names = ", ".join(dict.fromkeys(["page_id", "ordinal", "text", *OF_DOCUMENTS]))
    kept = archive.ask(f"select {names} from documents {among} order by page_id, ordinal", given)
    names = ", ".join(dict.fromkeys(["page_id", *OF_DROPPED]))
    gone = archive.ask(f"select {names} from dropped {among}", given)
    edits = archive.arrow(f"select * from edits {among}", given)
    fields = archive.arrow(f"select * from fields {among}", given)
    out: dict[str, OpenPage] = {}
    for rows, dropped in ((kept, False), (gone, True)):
        by_id: dict[str, list[Json]] = {}
        for row in rows:
            by_id.setdefault(row["page_id"], []).append(row)
        texts = ["" if dropped else "\n".join(row["text"] for row in own) for own in by_id.values()]
        group = Group(list(by_id), texts, list(by_id.values()), dropped)
        if group.ids:
            out |= {page.page_id: page for page in opened(group, edits, fields)}
    return out
