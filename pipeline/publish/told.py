"""What is told of each document: where it stands on its page, and its fields, found on the page or given with it."""

import collections
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean import Trail
from pipeline.document import CLOSING, LISTS, WHOLE_PAGE, Page
from pipeline.edit import Ints
from pipeline.lines import Mask
from pipeline.publish.tables import strings

# Fields with a column of their own; all others go to `extra`.
SINGLE = ("title", "subtitle", "original_title", "source", "editor", "date", "page_number", "section", "views")
MANY = (
    "authors", "reporters", "correspondents", "photographers", "translators", "tags", "captions", "overlaps",
)  # fmt: skip
_KNOWN = frozenset({*SINGLE, *MANY})


class Placed(NamedTuple):
    """The documents of a trail: their page, their place on it, and their span in the batch."""

    page: Ints
    ordinal: Ints
    start: Ints
    end: Ints


def placed(trail: Trail) -> Placed:
    """Where the documents of a trail stand."""
    start = trail.lines.page_start
    kept = np.ones(len(start) - 1, dtype=bool)
    kept[list(trail.aside)] = False
    page_of = np.searchsorted(start, trail.breaks, side="right") - 1
    inside = (page_of < len(kept)) & (trail.breaks > start[page_of])
    inside[inside] &= kept[page_of[inside]]
    pages = np.concatenate((np.flatnonzero(kept), page_of[inside]))
    begins = np.concatenate((start[:-1][kept], trail.breaks[inside]))
    order = np.argsort(begins, kind="stable")
    pages, begins = pages[order], begins[order]
    last = np.append(pages[1:] != pages[:-1], True) if len(pages) else np.zeros(0, dtype=bool)
    following = np.append(begins[1:], 0) - 1
    ends = np.where(last, start[pages + 1] - 1, following)
    return Placed(pages, np.arange(len(pages)) - np.searchsorted(pages, pages), begins, ends)


def given_of(page: Page) -> Iterator[tuple[str, str]]:
    """The values that came with a page and have a column of their own; a list has a value a line."""
    for name, value in sorted(page.meta.items()):
        if name in SINGLE:
            yield name, value
        elif name in MANY:
            yield from ((name, one) for one in value.split("\n"))


class OfDocuments(NamedTuple):
    """Fields as columns, each with the index of its document: -1 where its page has none or its document has gone.

    `left` says that the document it was read in has gone and left it to this one.
    """

    doc: Ints
    name: pa.StringArray
    value: pa.StringArray
    left: Mask


def fields_of_documents(fields: pa.RecordBatch, docs: Placed) -> OfDocuments:
    """The documents of fields.

    What a document that has gone said of the whole page is taken for said by the first that is left.
    """
    names = fields.column("name")
    page = fields.column("page").to_numpy().astype(np.int64)
    first = np.searchsorted(docs.page, page)
    count = np.searchsorted(docs.page, page, side="right") - first
    found = np.where(count > 0, first, -1)
    at = fields.column("at").to_numpy()
    for i in np.flatnonzero(at < 0).tolist():
        if names[i].as_py() not in WHOLE_PAGE:
            found[i] = -1
    for i in np.flatnonzero((count > 1) & (at >= 0)).tolist():
        low, high = int(first[i]), int(first[i] + count[i])
        begins = docs.start[low:high] - docs.start[low]
        side = "left" if names[i].as_py() in CLOSING else "right"
        found[i] = low + max(0, int(np.searchsorted(begins, at[i], side=side)) - 1)  # type: ignore[call-overload]  # a str of two
    return OfDocuments(found, names, fields.column("value"), at < 0)


class Told(NamedTuple):
    """By name a column of values, or of lists, with a row for each document; `extra` holds names and values."""

    single: dict[str, pa.StringArray]
    many: dict[str, pa.ListArray]
    extra: pa.ListArray
    script: pa.StringArray


def told_of(docs: Placed, fields: OfDocuments, pages: Sequence[Page]) -> Told:
    """What fields and given metadata say of each document.

    What came with a page goes before what was read on it: who gives a title or a date knows it. On a page of several
    articles it is the other way round, since what is given speaks of the whole page.
    """
    said = _Said.of(docs, fields, pages)
    of = said.by_name()
    single = {name: said.firsts(of.pop(name, _NONE)) for name in SINGLE}
    many = {name: said.lists(of.pop(name, _NONE)) for name in MANY}
    script = of.pop("script", _NONE)
    script = said.firsts(script[pc.not_equal(said.value.take(pa.array(script)), "").to_numpy(zero_copy_only=False)])
    return Told(single, many, said.pairs(of), script)


_NONE = np.zeros(0, dtype=np.int64)


class _Said(NamedTuple):
    """What is said of so many documents, in the order in which it counts: the first value goes before the others."""

    docs: int
    doc: Ints
    name: pa.DictionaryArray
    value: pa.StringArray

    @classmethod
    def of(cls, docs: Placed, fields: OfDocuments, pages: Sequence[Page]) -> Self:
        """What fields and given metadata say."""
        count, page = len(docs.page), docs.page.tolist()
        # What a document has of its own goes before what one that has gone left to it.
        row = np.concatenate([np.flatnonzero((fields.doc >= 0) & (fields.left == left)) for left in (False, True)])
        doc = fields.doc[row]
        if len(set(page)) < count:
            more = _shared(page, doc.tolist(), row.tolist(), fields.name)
            doc = np.array([*doc, *(d for d, _ in more)], dtype=np.int64)
            row = np.array([*row, *(i for _, i in more)], dtype=np.int64)
        name, value = fields.name.take(pa.array(row)), fields.value.take(pa.array(row))
        given = [(d, *told) for d, own in enumerate(pages) if own.meta for told in given_of(own)]
        others = [(d, *told) for d, own in enumerate(pages) if own.meta for told in sorted(own.meta.items())]
        others = [told for told in others if told[1] not in _KNOWN]
        if not given and not others:
            return cls(count, doc, name.dictionary_encode(), value)
        of_page = collections.Counter(page)
        settled = [told for told in given if of_page[page[told[0]]] == 1]
        behind = [told for told in given if of_page[page[told[0]]] > 1]
        known = {told[:2] for told in settled}
        kept = np.array([pair not in known for pair in zip(doc.tolist(), name.to_pylist(), strict=True)], dtype=bool)
        columns = [[*column] for column in zip(*settled, *behind, *others, strict=True)]
        place = np.concatenate((np.arange(len(settled)) + len(doc), np.flatnonzero(kept)))
        place = np.append(place, np.arange(len(settled), len(columns[0])) + len(doc))
        name = pa.concat_arrays([name, strings(columns[1])]).take(pa.array(place))
        value = pa.concat_arrays([value, strings(columns[2])]).take(pa.array(place))
        return cls(count, np.append(doc, columns[0])[place], name.dictionary_encode(), value)

    def by_name(self) -> dict[str, Ints]:
        """The rows of each name, in order."""
        code = self.name.indices.to_numpy()
        order = np.argsort(code.astype(np.min_scalar_type(len(self.name.dictionary))), kind="stable")
        parts = np.split(order, np.searchsorted(code[order], np.arange(1, len(self.name.dictionary))))
        return dict(zip(self.name.dictionary.to_pylist(), parts, strict=False))

    def firsts(self, rows: Ints) -> pa.StringArray:
        """The first value of each document among some rows; null where it has none."""
        if not len(rows):
            return pa.nulls(self.docs, pa.string())
        first = np.full(self.docs, -1)
        first[self.doc[rows][::-1]] = rows[::-1]
        return self.value.take(pa.array(first, mask=first < 0))

    def lists(self, rows: Ints) -> pa.ListArray:
        """The values of each document among some rows, each once."""
        if not len(rows):
            return pa.ListArray.from_arrays(np.zeros(self.docs + 1, dtype=np.int32), pa.nulls(0, pa.string()))
        rows = self._distinct(rows, self._values(rows))
        return pa.ListArray.from_arrays(self._offsets(rows), self.value.take(pa.array(rows)))

    def pairs(self, rows: Mapping[str, Ints]) -> pa.ListArray:
        """Names and values of each document: of most names the first value, of lists all, each once."""
        kept = [self._distinct(own, self._values(own) if name in LISTS else own * 0) for name, own in rows.items()]
        some = self._in_order(np.sort(np.concatenate([_NONE, *kept])))
        columns = [column.take(pa.array(some)) for column in (self.name.cast(pa.string()), self.value)]
        return pa.ListArray.from_arrays(self._offsets(some), pa.StructArray.from_arrays(columns, ["name", "value"]))

    def _values(self, rows: Ints) -> Ints:
        """A number for each value, equal where they are."""
        numbers: Ints = self.value.take(pa.array(rows)).dictionary_encode().indices.to_numpy().astype(np.int64)
        return numbers

    def _distinct(self, rows: Ints, number: Ints) -> Ints:
        """The rows that are the first of their document and their number, document by document."""
        pair = pa.array(self.doc[rows] * (int(number.max()) + 1) + number).dictionary_encode().indices.to_numpy()
        new = np.diff(np.maximum.accumulate(pair), prepend=-1) > 0
        return self._in_order(rows[new])

    def _in_order(self, rows: Ints) -> Ints:
        """The rows document by document."""
        found: Ints = rows[np.argsort(self.doc[rows], kind="stable")]
        return found

    def _offsets(self, rows: Ints) -> pa.Array:
        return pa.array(np.searchsorted(self.doc[rows], np.arange(self.docs + 1)), pa.int32())


def _shared(
    page: Sequence[int], doc: Sequence[int], row: Sequence[int], names: pa.StringArray
) -> list[tuple[int, int]]:
    """What a page says once of all its documents, for those that have none of their own: document and row.

    `page` is that of each document, `doc` and `row` say which rows the documents have.
    """
    siblings: dict[int, list[int]] = {}
    for d, p in enumerate(page):
        siblings.setdefault(p, []).append(d)
    said: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for d, i in zip(doc, row, strict=True):
        if len(siblings[page[d]]) > 1 and (name := names[i].as_py()) in WHOLE_PAGE:
            said.setdefault((page[d], name), []).append((d, i))
    own = {key: {d for d, _ in rows} for key, rows in said.items()}
    return [
        (d, i) for key, rows in said.items() for d in siblings[key[0]] if d not in own[key] for _, i in rows
    ]  # fmt: skip
