"""The rows of a release, from trails that are done: documents, segments, fields and dropped pages of a batch."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean import Trail
from pipeline.corpus.copies import Copies
from pipeline.document import Page
from pipeline.edit import Ints
from pipeline.errors import IntegrityError
from pipeline.lines import Lines
from pipeline.publish import schema
from pipeline.publish.passages import Budget, packed
from pipeline.publish.restore import raw_texts
from pipeline.publish.tables import Cut, Given, exact_columns, strings
from pipeline.publish.tokens import Counter
from pipeline.publish.told import OfDocuments, Placed, fields_of_documents, given_of, placed, told_of

KINDS = ("heading", "paragraph", "sentence")
_SENTENCE = KINDS.index("sentence")
# What stands for a stage at fields that came with a page.
GIVEN = "given"


class Spans(NamedTuple):
    """Segments of a batch: index in KINDS, and positions of the batch; in any order."""

    kind: Ints
    start: Ints
    end: Ints


Segmenter: TypeAlias = Callable[[Lines], Spans]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What all rows of a release have in common."""

    config_digest: str
    code_version: str
    lang: str = "zh"


class Wanted(NamedTuple):
    """What a release holds by choice: counts of tokens, passages to a budget."""

    tokens: Counter | None = None
    passages: Budget = Budget()


class Rows(NamedTuple):
    """The rows of a batch for all tables of a release but one: edits are made from the edits of all passes."""

    documents: pa.RecordBatch
    segments: pa.RecordBatch
    passages: pa.RecordBatch
    fields: pa.RecordBatch
    dropped: pa.RecordBatch


def rows_of(
    trail: Trail,
    given: Sequence[Given],
    edits: pa.RecordBatch,
    fields: pa.RecordBatch,
    copies: Copies,
    segmenter: Segmenter,
    stamp: Stamp,
    wanted: Wanted = Wanted(),  # noqa: B008  # a tuple
) -> Rows:
    """The rows of a finished trail. `edits` and `fields` are those of all passes; `page` is the index in the trail."""
    docs = placed(trail)
    ids = [given[p].page.id for p in docs.page.tolist()]
    doc_ids = [f"{page}#{ordinal}" for page, ordinal in zip(ids, docs.ordinal.tolist(), strict=True)]
    spans = segmenter(trail.lines)
    cut = Cut(trail.lines.text)
    told = fields_of_documents(fields, docs)
    documents = _documents(trail, given, docs, doc_ids, cut, edits, told, copies, spans, stamp, wanted)
    columns = {
        "page_id": coded(fields.column("page"), [g.page.id for g in given]),
        "doc_id": coded(told.doc, doc_ids),
        **{n: fields.column(n) for n in ("name", "value", "stage", "rule")},
        **{n: _places(fields.column(n)) for n in ("start", "end")},
    }
    with_given = _with_given(table_batch(schema.FIELDS, columns), [g.page for g in given], docs, doc_ids)
    segments = _segments(cut, docs, doc_ids, spans)
    passages = _passages(documents["text"], segments, wanted)
    return Rows(documents, segments, passages, with_given, _dropped(trail, given, _raw(trail, given, edits), copies))


def _places(column: pa.Array) -> pa.Array:
    """Places in a page; null for a value that stands nowhere in it."""
    return pc.if_else(pc.less(column, 0), pa.scalar(None, column.type), column)


def _with_given(fields: pa.RecordBatch, pages: Sequence[Page], docs: Placed, doc_ids: Sequence[str]) -> pa.RecordBatch:
    """The rows of fields, and those that came with the pages, in the order of pages."""
    first = np.searchsorted(docs.page, np.arange(len(pages)))
    of_page = [doc_ids[d] if d < len(doc_ids) and docs.page[d] == p else None for p, d in enumerate(first.tolist())]
    told = [(p, name, value) for p, page in enumerate(pages) if page.meta for name, value in given_of(page)]
    if not told:
        return fields
    columns = {
        "page_id": [pages[p].id for p, _, _ in told], "doc_id": [of_page[p] for p, _, _ in told],
        "name": [n for _, n, _ in told], "value": [v for _, _, v in told], "stage": alike(GIVEN, len(told)),
        "rule": pa.nulls(len(told), schema.TEXT),
        "start": pa.nulls(len(told), schema.WHOLE), "end": pa.nulls(len(told), schema.WHOLE),
    }  # fmt: skip
    rows = table_batch(schema.FIELDS, columns)
    both = pa.concat_batches([fields, rows])
    place = {page.id: p for p, page in enumerate(pages)}
    order = np.argsort([place[i] for i in both.column("page_id").to_pylist()], kind="stable")
    return both.take(pa.array(order))


def _documents(
    trail: Trail,
    given: Sequence[Given],
    docs: Placed,
    doc_ids: list[str],
    cut: Cut,
    edits: pa.RecordBatch,
    fields: OfDocuments,
    copies: Copies,
    spans: Spans,
    stamp: Stamp,
    wanted: Wanted,
) -> pa.RecordBatch:
    count = len(doc_ids)
    texts = cut.spans(docs.start, docs.end)
    pages: list[Page] = [given[p].page for p in docs.page.tolist()]
    told = told_of(docs, fields, pages)
    page = edits.column("page").to_numpy()
    size = edits.column("end").to_numpy() - edits.column("start").to_numpy()
    n_edits = np.bincount(page, minlength=len(given))[docs.page]
    gone = np.bincount(page, weights=size, minlength=len(given)).astype(np.int64)[docs.page]
    sentence = np.searchsorted(docs.start, spans.start[spans.kind == _SENTENCE], side="right") - 1
    columns: dict[str, Any] = {
        "doc_id": doc_ids,
        "page_id": [p.id for p in pages],
        "ordinal": docs.ordinal,
        "text": texts,
        "url": [p.url for p in pages],
        "site": [p.site for p in pages],
        **told.single,
        **told.many,
        "views": _of_each(told.single["views"], whole_number, schema.LONG),
        "published_at": _of_each(told.single["date"], _time, schema.TIME),
        "extra": told.extra,
        "lang": alike(stamp.lang, count),
        "script": told.script,
        "encoding": [p.encoding for p in pages],
        "n_chars": docs.end - docs.start,
        "n_tokens": [wanted.tokens(t) for t in texts.to_pylist()] if wanted.tokens else [None] * count,
        "n_sentences": np.bincount(sentence[sentence >= 0], minlength=count)[:count],
        "n_edits": n_edits,
        "removed_chars": gone,
        **_signals(trail.lines, docs),
        "repeated_chars": _repeated_chars(trail.lines, given, docs, copies),
        "dup_cluster": [copies.cluster.get(p.id) for p in pages],
        "split": [copies.split(p.id) for p in pages],
        "config_digest": alike(stamp.config_digest, count),
        "code_version": alike(stamp.code_version, count),
        "raw_digest": [p.digest or None for p in pages],
        "text_digest": [given[p].text_digest for p in docs.page.tolist()],
    }
    return table_batch(schema.DOCUMENTS, columns)


def table_batch(table: schema.Table, columns: Mapping[str, Any]) -> pa.RecordBatch:
    """Columns by name as a record batch of a table: lists of text, NumPy arrays or Arrow arrays."""
    made = []
    for column in table.columns:
        values = columns[column.name]
        if isinstance(values, np.ndarray):
            values = pa.array(values.astype(column.type.to_pandas_dtype(), copy=False), column.type)
        elif not isinstance(values, pa.Array):
            values = strings(values) if column.type == schema.TEXT else pa.array(values, column.type)
        made.append(values.dictionary_encode() if column.coded else values)
    return pa.record_batch(made, schema=table.coded_schema)


def coded(index: Ints | pa.Array, values: Sequence[str]) -> pa.DictionaryArray:
    """A column of texts by their place among `values`; null where that is less than 0."""
    if isinstance(index, np.ndarray):
        index = pa.array(index.astype(np.int32, copy=False), mask=index < 0)
    return pa.DictionaryArray.from_arrays(index, strings(values))


def alike(value: str, count: int) -> pa.DictionaryArray:
    """A column of one text."""
    return coded(np.zeros(count, dtype=np.int32), [value])


def _of_each(texts: pa.StringArray, made: Callable[[str], object], kind: pa.DataType) -> pa.Array:
    """What is made of each text, once where it repeats."""
    found = texts.dictionary_encode()
    return pa.array(map(made, found.dictionary.to_pylist()), kind).take(found.indices)


def _time(date: str) -> datetime | None:
    """A date as a time in the name of UTC: the page's own clock, not converted.

    >>> _time("2024-03-05 08:30"), _time("last week")
    (datetime.datetime(2024, 3, 5, 8, 30, tzinfo=datetime.timezone.utc), None)
    """
    try:
        return datetime.fromisoformat(date).replace(tzinfo=UTC)
    except ValueError:
        return None


def whole_number(value: str) -> int | None:
    """A count as a number, None where it is none: metadata given with a page may say anything.

    >>> whole_number("378"), whole_number("many")
    (378, None)
    """
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else None


def _signals(lines: Lines, docs: Placed) -> dict[str, npt.NDArray[np.float64]]:
    """Quality signals of each document; 0 where it has no characters."""
    first = np.searchsorted(lines.start, docs.start)
    last = np.searchsorted(lines.start, docs.end, side="right")

    def total(column: npt.NDArray[Any]) -> Ints:
        running = np.concatenate(([0], np.cumsum(column.astype(np.int64))))
        return running[last] - running[first]

    filled = total(~lines.blank)
    solid = total(lines.end - lines.start - lines.space)
    return {
        "han_ratio": _share(total(lines.han), solid),
        "stops_ratio": _share(total(lines.stops), solid),
        "ended_ratio": _share(total(lines.ended), filled),
        "mean_line_chars": _share(total(lines.length), filled),
    }


def _share(part: Ints, whole: Ints) -> npt.NDArray[np.float64]:
    return part / np.maximum(whole, 1)


def _segments(cut: Cut, docs: Placed, doc_ids: list[str], spans: Spans) -> pa.RecordBatch:
    doc = np.searchsorted(docs.start, spans.start, side="right") - 1
    inside = np.flatnonzero((doc >= 0) & (spans.end > spans.start))
    inside = inside[spans.end[inside] <= docs.end[doc[inside]]] if len(inside) else inside
    order = inside[np.lexsort((spans.kind[inside], -spans.end[inside], spans.start[inside]))]
    doc, kind, start, end = doc[order], spans.kind[order], spans.start[order], spans.end[order]
    base = docs.start[doc] if len(doc) else start
    columns = {
        "doc_id": coded(doc, doc_ids),
        "ordinal": np.arange(len(doc)) - np.searchsorted(doc, doc),
        "kind": coded(kind, KINDS),
        "start": start - base,
        "end": end - base,
        "text": cut.spans(start, end, kind == _SENTENCE),
    }
    return table_batch(schema.SEGMENTS, columns)


def _passages(texts: pa.Array, segments: pa.RecordBatch, wanted: Wanted) -> pa.RecordBatch:
    rows: list[tuple[str, int, str, int, int, str, int, int | None]] = []
    if any(wanted.passages) and len(segments):
        sentences = segments.filter(pc.equal(segments["kind"].indices, _SENTENCE))
        doc, doc_ids = sentences["doc_id"].indices.to_numpy(), sentences["doc_id"].dictionary.to_pylist()
        start, end = (sentences[name].to_numpy().astype(np.int64) for name in ("start", "end"))
        first = np.searchsorted(doc, np.arange(len(texts) + 1))
        for d, text in enumerate(texts.to_pylist()):
            own = slice(first[d], first[d + 1])
            made = packed(text, start[own], end[own], wanted.passages, wanted.tokens)
            rows += [
                (doc_ids[d], i, "passage", p.start, p.end, text[p.start : p.end], p.end - p.start, p.tokens)
                for i, p in enumerate(made)
            ]
    columns = zip(*rows, strict=True) if rows else [()] * len(schema.PASSAGES.columns)
    named = zip((c.name for c in schema.PASSAGES.columns), map(list, columns), strict=True)
    return table_batch(schema.PASSAGES, dict(named))


def _repeated_chars(lines: Lines, given: Sequence[Given], docs: Placed, copies: Copies) -> Ints:
    """For each document the characters of its paragraphs that other pages have too."""
    rows = np.flatnonzero(copies.lines_of(lines, [g.page.id for g in given], copies.repeated))
    doc = np.searchsorted(docs.start, lines.start[rows], side="right") - 1
    sums: Ints = np.bincount(doc[doc >= 0], weights=lines.length[rows[doc >= 0]], minlength=len(docs.start)).astype(int)
    return sums


def _raw(trail: Trail, given: Sequence[Given], edits: pa.RecordBatch) -> pa.BinaryArray:
    """The raw texts of the pages that are set aside.

    A page that is published is restored with them: a fault of the trail is found while it can still be helped.
    """
    aside = sorted(trail.aside)
    known = [p for p, g in enumerate(given) if g.text_digest is not None]
    tried = next((p for p in known if p not in trail.aside), known[0] if known else None)
    pages = aside if tried is None or tried in trail.aside else [*aside, tried]
    raw = raw_texts([trail.text(p) for p in pages], edits, pages)
    if tried is not None:
        digest = hashlib.sha256(raw[pages.index(tried)].as_py()).hexdigest()
        if digest != given[tried].text_digest:
            raise IntegrityError(
                f"page {given[tried].page.id}: its text and edits do not restore the page as it was read. Nothing was "
                "published; please report the page and the configuration."
            )
    read = [given[p].text_digest is not None for p in aside]
    raw = raw.slice(0, len(aside))
    return raw if all(read) else pc.if_else(pa.array(read, pa.bool_()), raw, None)


def _dropped(trail: Trail, given: Sequence[Given], raw: pa.BinaryArray, copies: Copies) -> pa.RecordBatch:
    rows = [given[p] for p in sorted(trail.aside)]
    texts, text_bytes = exact_columns(raw)
    asides = [trail.aside[p] for p in sorted(trail.aside)]
    columns: dict[str, Any] = {
        "page_id": [g.page.id for g in rows],
        "url": [g.page.url for g in rows],
        "site": [g.page.site for g in rows],
        "rule": [a.rule or None for a in asides],
        "reason": [a.reason for a in asides],
        "kept_page_id": [a.kept for a in asides],
        "kept_release": [copies.of[g.page.id].release if g.page.id in copies.of else None for g in rows],
        "similarity": [a.similarity for a in asides],
        "dup_cluster": [copies.cluster.get(g.page.id) for g in rows],
        "encoding": [g.page.encoding for g in rows],
        "raw_digest": [g.page.digest or None for g in rows],
        "text_digest": [g.text_digest for g in rows],
        "text": texts,
        "text_bytes": text_bytes,
        "raw_bytes": pa.array([g.page.raw for g in rows], pa.binary()),
    }
    return table_batch(schema.DROPPED, columns)
