"""Records: what became of each page of a trail, as plain objects for JSON. Offsets count code points, half-open.

A record has `page` (its id), `encoding`, `reason` (why it was set aside, or null), `documents` with `doc_id`, `text`,
`blocks`, `sentences` and `fields`, and `edits`, each with the span in the text that its stage saw.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from pipeline.clean import Trail
from pipeline.document import LISTS
from pipeline.lines import Lines
from pipeline.publish.documents import KINDS, Spans, whole_number
from pipeline.publish.tables import field_batch
from pipeline.publish.told import Placed, Told, fields_of_documents, placed, told_of

Record: TypeAlias = dict[str, Any]
Segmenter: TypeAlias = Callable[[Lines], Spans]


def records(trail: Trail, segmenter: Segmenter | None = None) -> Iterator[Record]:
    """A record for every page of a trail, in order; without a segmenter documents have no blocks and no sentences."""
    edits = edits_by_page(trail)
    documents = _documents_by_page(trail, segmenter)
    for i, page in enumerate(trail.pages):
        aside = trail.aside.get(i)
        record: Record = {"page": page.id, "encoding": page.encoding, "reason": aside.reason if aside else None}
        yield record | {"documents": documents[i], "edits": edits[i]}


def edits_by_page(trail: Trail) -> list[list[Record]]:
    """The edits of each page, layer by layer."""
    out: list[list[Record]] = [[] for _ in trail.pages]
    for layer in trail.layers:
        edits = layer.edits
        page = np.searchsorted(layer.page_start, edits.start, side="right") - 1
        base = layer.page_start[page]
        columns = (
            page.tolist(),
            (edits.start - base).tolist(),
            (edits.end - base).tolist(),
            edits.replacement,
            edits.rule,
        )
        for p, start, end, new, rule in zip(*columns, strict=True):
            out[p].append({"stage": layer.stage, "rule": rule, "start": start, "end": end, "replacement": new})
    return out


def _documents_by_page(trail: Trail, segmenter: Segmenter | None) -> list[list[Record]]:
    docs = placed(trail)
    fields = fields_of_documents(field_batch(trail), docs)
    told = _fields(told_of(docs, fields, [trail.pages[p] for p in docs.page.tolist()]))
    segments = _segments(docs, segmenter(trail.lines)) if segmenter else None
    out: list[list[Record]] = [[] for _ in trail.pages]
    text = trail.lines.text
    for d, (p, ordinal, start, end) in enumerate(zip(*(c.tolist() for c in docs), strict=True)):
        blocks, sentences = segments[d] if segments else ([], [])
        document = {"doc_id": f"{trail.pages[p].id}#{ordinal}", "text": text[start:end], "blocks": blocks}
        out[p].append(document | {"sentences": sentences, "fields": told[d]})
    return out


def _fields(told: Told) -> list[Record]:
    """The fields of each document; lists are there even where they are empty."""
    out: list[Record] = [{} for _ in told.script]
    for name, column in told.single.items():
        for record, value in zip(out, column.to_pylist(), strict=True):
            if value is not None:
                record[name] = value
    for record in out:
        if "date" in record:
            record["published_at"] = record["date"]
        if "views" in record:
            record["views"] = whole_number(record["views"])
    for name, lists in told.many.items():
        for record, values in zip(out, lists.to_pylist(), strict=True):
            record[name] = values
    for record, script, extra in zip(out, told.script.to_pylist(), told.extra.to_pylist(), strict=True):
        if script is not None:
            record["script"] = script
        for pair in extra:
            if pair["name"] in LISTS:
                record.setdefault(pair["name"], []).append(pair["value"])
            else:
                record.setdefault(pair["name"], pair["value"])
    return out


def _segments(docs: Placed, spans: Spans) -> list[tuple[list[Record], list[Record]]]:
    """Blocks and sentences of each document, in positions of its text."""
    out: list[tuple[list[Record], list[Record]]] = [([], []) for _ in docs.page]
    if not len(docs.page):
        return out
    order = np.argsort(spans.start, kind="stable")
    kind, start, end = spans.kind[order], spans.start[order], spans.end[order]
    doc = np.searchsorted(docs.start, start, side="right") - 1
    inside = (doc >= 0) & (end > start)
    inside[inside] &= end[inside] <= docs.end[doc[inside]]
    kind, doc, start, end = kind[inside], doc[inside], start[inside], end[inside]
    base = docs.start[doc]
    for k, d, a, b in zip(kind.tolist(), doc.tolist(), (start - base).tolist(), (end - base).tolist(), strict=True):
        if KINDS[k] == "sentence":
            out[d][1].append({"start": a, "end": b})
        else:
            out[d][0].append({"kind": KINDS[k], "start": a, "end": b})
    return out
