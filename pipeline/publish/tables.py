"""Trails as Arrow columns, and back: what a pass hands on to the next. No row is ever a Python dict.

A batch of pages is usually one trail; where a rule failed in it, it is several, one a page.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean import Aside, Layer, Trail
from pipeline.document import Field, Page
from pipeline.edit import Ints, forward
from pipeline.fields import Reading
from pipeline.hints import Hints
from pipeline.lines import Codes, Lines, Mask, text_of
from pipeline.pieces import Pieces
from pipeline.publish import schema

# What the offsets of a column of strings cannot count.
_OFFSETS = 1 << 31
# Texts go from pass to pass in UTF-16: two bytes for nearly every character, made and read by NumPy alone.
_UNIT_BYTES = 2
_PLANE, _HIGH, _LOW = 0xFFFF, 0xD800, 0xDC00
# The columns of pages that no pass changes.
_FIXED = schema.PASS_PAGES.names.index("hints")

Numbers: TypeAlias = Mapping[str, int]


class Given(NamedTuple):
    """What is known of a page besides its text; `text_digest` is null where its bytes could not be decoded."""

    page: Page
    text_digest: str | None


class Before(NamedTuple):
    """A batch of pages as a pass left it: the rows that it wrote, and what they say.

    Pages have no texts of their own: page p is codes[page_start[p] : page_start[p + 1] - 1].
    """

    pages: pa.RecordBatch
    given: list[Given]
    codes: Codes
    page_start: Ints
    breaks: list[list[int]]
    aside: dict[int, Aside]
    fields: pa.RecordBatch


def strings(values: Iterable[str | None] | npt.NDArray[np.object_]) -> pa.Array:
    r"""A column of text; a lone surrogate, which UTF-8 does not have, becomes U+FFFD.

    >>> strings(["\ud800甲", None]).to_pylist() == ["\ufffd甲", None]
    True
    """
    rows = values if isinstance(values, (list, np.ndarray)) else list(values)
    try:
        return pa.array(rows, pa.string())
    except UnicodeEncodeError:
        return pa.array([None if v is None else writable(v) for v in rows], pa.string())


class Cut:
    """A text in UTF-8, out of which spans are cut as a column: none of them is ever a Python string.

    >>> Cut("甲乙丙").spans(np.array([0, 1]), np.array([1, 3])).to_pylist()
    ['甲', '乙丙']
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._data = None
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            return
        if len(raw) >= _OFFSETS:
            return
        self._data = pa.py_buffer(raw)
        # Where each character begins: at every byte but 10xxxxxx, which as a signed number is less than -64.
        begins = np.flatnonzero(np.frombuffer(raw, dtype=np.int8) >= -64)
        self._at = np.empty(len(begins) + 1, dtype=np.int32)
        self._at[:-1], self._at[-1] = begins, len(raw)

    def parts(self, ends: Ints) -> pa.Array | None:
        """The text cut at some places, the last of which is its end; None where it cannot be cut as a column."""
        if self._data is None:
            return None
        offsets = self._at[np.concatenate((np.zeros(1, dtype=np.int64), ends))]
        return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), self._data)

    def spans(self, start: Ints, end: Ints, inner: Mask | None = None) -> pa.Array:
        """The spans of the text [start, end), as a column of strings.

        This is quick where they are in order and do not overlap: those under the mask `inner`, which stand within
        others, and the others, each by themselves.
        """
        sets = [np.arange(len(start))] if inner is None else [np.flatnonzero(~inner), np.flatnonzero(inner)]
        if self._data is None or not all(bool((start[s][1:] >= end[s][:-1]).all()) for s in sets):
            return strings([self._text[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)])
        place = np.empty(len(start), dtype=np.int64)
        pieces, count = [], 0
        for rows in sets:
            # The spans and what lies between them are strings that stand one behind the other.
            offsets = self._at[np.stack((start[rows], end[rows]), axis=1).ravel()]
            pieces.append(pa.StringArray.from_buffers(max(0, len(offsets) - 1), pa.py_buffer(offsets), self._data))
            place[rows] = np.arange(count, count + len(offsets), 2)
            count += len(pieces[-1])
        return (pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces)).take(pa.array(place))


def writable(text: str) -> str:
    """The text with U+FFFD for lone surrogates."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if _lone(text) else text


def _lone(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def exact_strings(values: Sequence[str | None]) -> tuple[pa.Array, pa.Array]:
    """A column of text as `strings` makes it, and beside it the UTF-8 of those texts that have lone surrogates.

    In that the surrogates are passed through; it is null for all other texts.
    """
    try:
        return pa.array(values, pa.string()), pa.nulls(len(values), pa.binary())
    except UnicodeEncodeError:
        raw = [v.encode("utf-8", "surrogatepass") if v and _lone(v) else None for v in values]
        return strings(values), pa.array(raw, pa.binary())


def exact_columns(raw: pa.BinaryArray) -> tuple[pa.Array, pa.Array]:
    """The columns of `exact_strings` for texts in UTF-8 whose lone surrogates are passed through."""
    try:
        return raw.cast(pa.string()), pa.nulls(len(raw), pa.binary())
    except pa.ArrowInvalid:
        return exact_strings([v if v is None else v.decode("utf-8", "surrogatepass") for v in raw.to_pylist()])


def exact(texts: pa.Array, raw: pa.Array) -> list[str | None]:
    """The texts of a column, those with lone surrogates from the column beside it."""
    found: list[str | None] = texts.to_pylist()
    if raw.null_count < len(raw):
        for i in np.flatnonzero(raw.is_valid().to_numpy(zero_copy_only=False)).tolist():
            found[i] = raw[i].as_py().decode("utf-8", "surrogatepass")
    return found


def page_batch(trail: Trail, given: Sequence[Given], earlier: pa.RecordBatch | None = None) -> pa.RecordBatch:
    """The pages of a trail as they stand after it; `earlier` are their rows as the pass before wrote them, if any did.

    What no pass changes is taken from those.
    """
    asides = [trail.aside.get(i) for i in range(len(given))]
    return pa.record_batch(
        [
            *(_given(given) if earlier is None else earlier.columns[:_FIXED]),
            _hints(trail), _texts(trail.lines), _breaks(trail),
            strings([a.rule if a else None for a in asides]), strings([a.reason if a else None for a in asides]),
            strings([a.kept if a else None for a in asides]),
            pa.array([a.similarity if a else None for a in asides], pa.float64()),
        ],
        schema=schema.PASS_PAGES,
    )  # fmt: skip


def _given(given: Sequence[Given]) -> list[pa.Array]:
    """What is known of pages from the beginning: the columns before `hints`."""
    pages = [g.page for g in given]
    return [
        strings([p.id for p in pages]), strings([p.url for p in pages]), strings([p.site for p in pages]),
        strings([json.dumps(dict(p.meta), sort_keys=True) if p.meta else None for p in pages]),
        strings([p.encoding for p in pages]), strings([p.reader for p in pages]),
        strings([p.digest or None for p in pages]), strings([g.text_digest for g in given]),
        pa.array([p.reason is not None for p in pages], pa.bool_()), pa.array([p.raw for p in pages], pa.binary()),
    ]  # fmt: skip


def _texts(lines: Lines) -> pa.Array:
    """The texts of pages in UTF-16, each with the line feed behind it. None has a lone surrogate: such pages are set
    aside.
    """
    units, places = lines.codes.astype(np.uint16), lines.page_start
    far = np.flatnonzero(lines.codes > _PLANE)
    if len(far):
        over = lines.codes[far] - (_PLANE + 1)
        units[far] = _HIGH | over >> 10
        units = np.insert(units, far + 1, (_LOW | over & 0x3FF).astype(np.uint16))
        places = places + np.searchsorted(far, places)
    buffers = [None, pa.py_buffer(places * units.itemsize), pa.py_buffer(units)]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), lines.pages, buffers)


def _codes(texts: pa.Array) -> tuple[Codes, Ints]:
    """The code points that `_texts` handed on, and where the pages begin in them."""
    _, places, data = texts.buffers()
    if not len(texts):
        return np.zeros(0, dtype=np.uint32), np.zeros(1, dtype=np.int64)
    start = np.frombuffer(places, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1] // _UNIT_BYTES
    units = np.frombuffer(data, dtype=np.uint16, count=start[-1])[start[0] :]
    codes, start = units.astype(np.uint32), start - start[0]
    high = np.flatnonzero(units & 0xFC00 == _HIGH)
    if len(high):
        codes[high] = (codes[high] - _HIGH << 10) + (codes[high + 1] - _LOW) + (_PLANE + 1)
        codes, start = np.delete(codes, high + 1), start - np.searchsorted(high, start)
    return codes, start


def page_text(data: bytes) -> str:
    """The text of one page as a pass handed it on."""
    return data.decode("utf-16-le")[:-1]


def _hints(trail: Trail) -> pa.Array:
    if all(page.hints is None for page in trail.pages):
        return pa.nulls(len(trail.pages), pa.binary())
    each = (trail.hints(i) for i in range(len(trail.pages)))
    return pa.array([hints.to_bytes() if hints else None for hints in each], pa.binary())


def _breaks(trail: Trail) -> pa.Array:
    start = trail.lines.page_start
    page = np.searchsorted(start, trail.breaks, side="right") - 1
    inside = page < len(start) - 1
    offsets = np.searchsorted(page[inside], np.arange(len(start)))
    positions = trail.breaks[inside] - start[page[inside]]
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(positions, pa.int64()))


def edit_batch(trail: Trail, numbers: Numbers, first_page: int = 0) -> pa.RecordBatch:
    """The edits of a trail, in positions of their page; `numbers` gives each stage its layer number."""
    layers = [layer for layer in trail.layers if len(layer.edits)]
    places = [_places(layer) for layer in layers]
    put = _column([layer.edits.replacement for layer in layers])
    gone, raw = _taken(Pieces.join([layer.removed for layer in layers]))
    return pa.record_batch(
        [
            pa.array(_whole([p.page for p in places], np.int32) + np.int32(first_page)),
            pa.array(np.repeat(np.array([numbers[e.stage] for e in layers], np.int16), [len(p.page) for p in places])),
            pa.array(_whole([p.ordinal for p in places], np.int32)),
            strings(_column([la.edits.rule for la in layers])),
            pa.array(_whole([p.start for p in places], np.int32)),
            pa.array(_whole([p.end for p in places], np.int32)),
            gone, strings(put), _notes(_column([la.edits.note for la in layers])),
            _links(_whole([p.link for p in places], np.int32)), raw,
        ],
        schema=schema.PASS_EDITS,
    )  # fmt: skip


def _taken(pieces: Pieces) -> tuple[pa.Array, pa.Array]:
    """What edits removed, as `exact_strings` makes columns of text."""
    found = Cut(text_of(pieces.codes)).parts(pieces.ends)
    return exact_strings([*pieces]) if found is None else (found, pa.nulls(len(pieces), pa.binary()))


class _Places(NamedTuple):
    page: Ints
    ordinal: Ints
    start: Ints
    end: Ints
    link: Ints


def _places(layer: Layer) -> _Places:
    edits = layer.edits
    page = np.searchsorted(layer.page_start, edits.start, side="right") - 1
    ordinal = np.arange(len(edits)) - np.searchsorted(page, page)
    base = layer.page_start[page]
    linked = (edits.link >= 0) & (page[edits.link] == page)
    link = np.where(linked, ordinal[edits.link], -1)
    return _Places(page, ordinal, edits.start - base, edits.end - base, link)


def _whole(parts: Sequence[Ints], kind: type[np.signedinteger[Any]]) -> Ints:
    joined: Ints = np.concatenate(parts).astype(kind) if parts else np.zeros(0, dtype=kind)
    return joined


def _column(parts: Sequence[npt.NDArray[np.object_]]) -> npt.NDArray[np.object_]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=object)


def _notes(notes: npt.NDArray[np.object_]) -> pa.Array:
    return strings([note or None for note in notes])


def _links(link: Ints) -> pa.Array:
    return pa.array(link, mask=link < 0)


@dataclass(frozen=True, slots=True)
class FieldRows:
    """Fields that an earlier pass read, as `field_batch` wrote them: a part of the fields of a trail."""

    columns: pa.RecordBatch

    def __len__(self) -> int:
        return len(self.columns)

    def rows(self) -> Iterator[Field]:
        """Each of them."""
        return map(Field._make, zip(*(column.to_pylist() for column in self.columns.columns[:-1]), strict=True))

    def named(self, name: str) -> Iterator[tuple[int, str]]:
        """Page and value of those of a name."""
        own = self.columns.filter(pc.equal(self.columns.column("name"), name))
        return zip(own.column("page").to_pylist(), own.column("value").to_pylist(), strict=True)


def field_batch(trail: Trail, first_page: int = 0) -> pa.RecordBatch:
    """The fields of a trail, with where they stand after it.

    Those that an earlier pass read stand first, and of them only the place is new; those beyond were read by its own
    layers. Fields of a document that has gone stand nowhere: at -1.
    """
    earlier = [part.columns for part in trail.fields.parts if isinstance(part, FieldRows)]
    new = Reading.join([part for part in trail.fields.parts if isinstance(part, Reading)])
    # As `_carried` counts layers; what no layer of this trail read stood there before.
    first = dict.fromkeys(new.stage, 0) | {layer.stage: i for i, layer in enumerate(trail.layers)}
    none = np.zeros(sum(map(len, earlier)), dtype=np.int64)
    page = np.concatenate([*(rows.column("page").to_numpy() for rows in earlier), new.page])
    # What stands nowhere belongs to the beginning of its page.
    where = np.concatenate([*(rows.column("at").to_numpy() for rows in earlier), np.maximum(new.start, 0)])
    begin = np.concatenate([none, np.array([first[name] for name in new.stage], dtype=np.int64)])
    own = [
        strings(new.name), strings(new.value), pa.array(new.start, pa.int32()), pa.array(new.end, pa.int32()),
        strings(new.rule), strings(new.stage),
    ]  # fmt: skip
    if earlier:
        sets = [rows.columns[1:-1] for rows in earlier] + ([own] if len(new) else [])
        own = [columns[0] if len(columns) == 1 else pa.concat_arrays(columns) for columns in zip(*sets, strict=True)]
    _carried(trail, page, where, begin, own[0])
    return pa.record_batch(
        [pa.array(page + first_page, pa.int32()), *own, pa.array(where, pa.int32())], schema=schema.PASS_FIELDS
    )


def _carried(trail: Trail, page: Ints, where: Ints, begin: Ints, names: pa.Array) -> None:
    """Carry places in pages from the layer `begin` to the end of the trail; to -1 where their document goes."""
    gone = where < 0
    for depth, layer in enumerate(trail.layers):
        moved = begin <= depth
        for document in layer.gone:
            for i in np.flatnonzero(moved & ~gone & (page == document.page)).tolist():
                gone[i] = document.had(names[i].as_py(), where[i])
        if moved.any() and len(layer.edits):
            following = trail.layers[depth + 1].page_start if depth + 1 < len(trail.layers) else trail.lines.page_start
            base = layer.page_start[page[moved]]
            where[moved] = forward(layer.edits, where[moved] + base) - following[page[moved]]
    where[gone] = -1


def before(pages: pa.RecordBatch, fields: pa.RecordBatch) -> Before:
    """What `page_batch` and `field_batch` wrote."""
    (
        ids, urls, sites, metas, encodings, readers, digests, text_digests, unread, raws, hints, breaks,
        rules, reasons, kept, similarity,
    ) = (column.to_pylist() for column in pages.drop_columns("text").columns)  # fmt: skip
    asides = {
        i: Aside(rules[i] or "", reasons[i], kept[i], similarity[i])
        for i, reason in enumerate(reasons)
        if reason is not None
    }
    given = []
    for i, page_id in enumerate(ids):
        meta = json.loads(metas[i]) if metas[i] else {}
        reason = reasons[i] if unread[i] else None
        page = Page(
            page_id, "", urls[i], sites[i], meta, encodings[i], readers[i], digests[i] or "", reason, raws[i],
            Hints.from_bytes(hints[i]) if hints[i] else None,
        )  # fmt: skip
        given.append(Given(page, text_digests[i]))
    return Before(pages, given, *_codes(pages.column("text")), breaks, asides, fields)


def trail_of(state: Before, low: int, high: int) -> Trail:
    """A trail that goes on where a pass stopped, for pages low to high."""
    first = state.page_start[low]
    start = state.page_start[low : high + 1] - first
    pages = [replace(g.page, reason=None) if g.page.reason else g.page for g in state.given[low:high]]
    hints = Hints.of_pages([page.hints for page in pages], start)
    trail = Trail(pages, Lines(state.codes[first : state.page_start[high]], start, hints))
    positions = [int(start[i]) + b for i, breaks in enumerate(state.breaks[low:high]) for b in breaks]
    trail.breaks = np.array(positions, dtype=np.int64)
    trail.aside = {i - low: aside for i, aside in state.aside.items() if low <= i < high}
    trail.fields.parts.append(FieldRows(_fields_of(state, low, high)))
    return trail


def _fields_of(state: Before, low: int, high: int) -> pa.RecordBatch:
    """The rows of the fields of pages low to high, counted from low."""
    page = state.fields.column("page").to_numpy()
    if high - low == len(state.given):
        return state.fields
    own = state.fields.filter(pa.array((page >= low) & (page < high)))
    return own.set_column(0, schema.PASS_FIELDS.field(0), pa.array(own.column("page").to_numpy() - np.int32(low)))


def by_page(parts: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Edits of several passes over one batch, page by page, each page's in the order they were made."""
    joined = pa.concat_batches(parts)
    page = joined.column(0).to_numpy()
    if bool((page[1:] >= page[:-1]).all()):
        return joined
    return joined.take(pa.array(np.argsort(page, kind="stable")))
