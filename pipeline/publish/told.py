"""What is told of each document: where it stands on its page, and its fields, found on the page or given with it."""

import collections
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.clean import Trail
from pipeline.document import CLOSING, LISTS, WHOLE_PAGE, Page
from pipeline.edit import Ints
from pipeline.lines import Mask

# Fields with a column of their own; all others go to `extra`.
SINGLE = ("title", "subtitle", "original_title", "source", "editor", "date", "page_number", "section", "views")
MANY = (
    "authors", "reporters", "correspondents", "photographers", "translators", "tags", "captions", "overlaps",
)  # fmt: skip


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
    """Fields, each with the index of its document: -1 where its page has none or its document has gone.

    `left` says that the document it was read in has gone and left it to this one.
    """

    doc: Ints
    name: list[str]
    value: list[str]
    left: Mask


def fields_of_documents(fields: pa.RecordBatch, docs: Placed) -> OfDocuments:
    """The documents of fields.

    What a document that has gone said of the whole page is taken for said by the first that is left.
    """
    names: list[str] = fields.column("name").to_pylist()
    values: list[str] = fields.column("value").to_pylist()
    page = fields.column("page").to_numpy().astype(np.int64)
    first = np.searchsorted(docs.page, page)
    count = np.searchsorted(docs.page, page, side="right") - first
    found = np.where(count > 0, first, -1)
    at = fields.column("at").to_numpy()
    for i in np.flatnonzero(at < 0).tolist():
        if names[i] not in WHOLE_PAGE:
            found[i] = -1
    for i in np.flatnonzero((count > 1) & (at >= 0)).tolist():
        low, high = int(first[i]), int(first[i] + count[i])
        begins = docs.start[low:high] - docs.start[low]
        side = "left" if names[i] in CLOSING else "right"
        found[i] = low + max(0, int(np.searchsorted(begins, at[i], side=side)) - 1)  # type: ignore[call-overload]  # a str of two
    return OfDocuments(found, names, values, at < 0)


class Told(NamedTuple):
    """By name a value, or a list, for each document."""

    single: dict[str, list[str | None]]
    many: dict[str, list[list[str]]]
    extra: list[list[tuple[str, str]]]
    script: list[str | None]


def told_of(docs: Placed, fields: OfDocuments, pages: Sequence[Page]) -> Told:
    """What fields and given metadata say of each document.

    What came with a page goes before what was read on it: who gives a title or a date knows it. On a page of several
    articles it is the other way round, since what is given speaks of the whole page.
    """
    count = len(docs.page)
    single: dict[str, list[str | None]] = {name: [None] * count for name in SINGLE}
    many: dict[str, list[list[str]]] = {name: [[] for _ in range(count)] for name in MANY}
    extra: list[list[tuple[str, str]]] = [[] for _ in range(count)]
    script: list[str | None] = [None] * count
    columns = (fields.doc.tolist(), fields.name, fields.value, fields.left.tolist())
    told = [(d, n, v) for d, n, v, left in zip(*columns, strict=True) if d >= 0 and not left]
    if fields.left.any():  # what a document has of its own goes before what one that has gone left to it
        told += [(d, n, v) for d, n, v, left in zip(*columns, strict=True) if d >= 0 and left]
    told += _shared(docs.page.tolist(), told)
    given = [(d, n, v) for d, page in enumerate(pages) if page.meta for n, v in given_of(page)]
    if given:
        others = collections.Counter(docs.page.tolist())
        alone = [others[p] == 1 for p in docs.page.tolist()]
        settled = {(d, n) for d, n, _ in given if alone[d]}
        told = [
            *(row for row in given if alone[row[0]]),
            *(row for row in told if row[:2] not in settled),
            *(row for row in given if not alone[row[0]]),
        ]
    known = {*SINGLE, *MANY}
    told += [
        (d, n, v) for d, page in enumerate(pages) if page.meta for n, v in sorted(page.meta.items()) if n not in known
    ]
    for d, name, value in told:
        if name in single:
            if single[name][d] is None:
                single[name][d] = value
        elif name in many:
            if value not in many[name][d]:
                many[name][d].append(value)
        elif name == "script":
            script[d] = script[d] or value
        elif (name, value) not in extra[d] and (name in LISTS or all(n != name for n, _ in extra[d])):
            extra[d].append((name, value))
    return Told(single, many, extra, script)


def _shared(page: list[int], told: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """What a page says once of all its documents, for those that have none of their own; `page` is that of each."""
    siblings: dict[int, list[int]] = {}
    for d, p in enumerate(page):
        siblings.setdefault(p, []).append(d)
    if len(siblings) == len(page):
        return []
    said: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for d, name, value in told:
        if name in WHOLE_PAGE and len(siblings[page[d]]) > 1:
            said.setdefault((page[d], name), []).append((d, value))
    own = {key: {d for d, _ in rows} for key, rows in said.items()}
    return [
        (d, name, value) for (p, name), rows in said.items() for d in siblings[p] if d not in own[p, name]
        for _, value in rows
    ]  # fmt: skip
