"""Restoring: the raw texts of pages, from their final texts and their edits.

Every character of a raw text is one of the final text, or of what some edit removed. Layers are undone from the last to
the first, and only places are reckoned with: which piece of which text stands where. What they say is gathered once, at
the end, so that no piece is ever a Python string and no text is made that a later step takes apart.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.edit import Ints

# A place in a page is one number, page << 40 | place, so that the places of many pages have one order.
_PAGE = 40
_PLACES = ("page", "layer", "ordinal", "start", "end")
_END = pa.array([b"."], pa.binary())  # what stands behind all texts
_NOWHERE, _BEHIND_ALL = np.array([-1]), np.array([1 << 62])


def restored(texts: Sequence[str], edits: pa.RecordBatch) -> list[str]:
    """The raw text of pages, from their final texts and their edits: rows of PASS_EDITS, in any order, whose `page` is
    the index in `texts`.
    """
    return [raw.decode("utf-8", "surrogatepass") for raw in raw_texts(texts, edits).to_pylist()]


def raw_texts(texts: Sequence[str], edits: pa.RecordBatch, pages: Sequence[int] | None = None) -> pa.BinaryArray:
    """What `restored` gives, in UTF-8, as a column; lone surrogates are passed through.

    With `pages`, the texts are those of these pages; the edits of others are left alone.
    """
    page, layer, ordinal, start, end = (edits.column(n).to_numpy().astype(np.int64) for n in _PLACES)
    size = pc.utf8_length(edits.column("replacement")).to_numpy().astype(np.int64)
    if pages is not None:
        place = np.full(max(page.max(initial=-1), *pages, -1) + 1, -1)
        place[[*pages]] = np.arange(len(pages))
        page = place[page]
    order = np.lexsort((ordinal, page, -layer))
    order = order[page[order] >= 0]
    page, layer, start, end, size = (column[order] for column in (page, layer, start, end, size))
    source = _Source.of(texts, edits, order)
    # A share is what one layer did to one page; there each edit moves those behind it.
    share = np.flatnonzero(np.append(True, (page[1:] != page[:-1]) | (layer[1:] != layer[:-1]))[: len(page)])
    of_edit = np.repeat(np.arange(len(share)), np.diff(share, append=len(page)))
    moved = np.cumsum(size - (end - start))
    moved -= (moved - (size - (end - start)))[share][of_edit]
    begin = (page << _PAGE) + start
    stop = begin + (end - start) + moved  # where the edit ends in the text that its layer made
    bounds = np.flatnonzero(np.append(True, layer[1:] != layer[:-1])[: len(layer)]).tolist()
    count = len(texts)
    pieces = _Pieces(np.arange(count) << _PAGE, source.first[:count], np.diff(source.first[: count + 1]))
    for low, high in pairwise([*bounds, len(layer)]):
        own = slice(low, high)
        pieces = _undone(pieces, stop[own] - size[own], stop[own], moved[own])
        pieces = _joined(pieces, _Pieces(begin[own], source.first[count + low : count + high], (end - start)[own]))
    return source.gathered(pieces, count)


class _Pieces(NamedTuple):
    """Pieces of a source, in its order: their place in a page, at some depth, and where they stand in it."""

    place: Ints
    first: Ints
    size: Ints


def _joined(one: _Pieces, other: _Pieces) -> _Pieces:
    return _Pieces(*(np.concatenate(both) for both in zip(one, other, strict=True)))


def _undone(pieces: _Pieces, start: Ints, end: Ints, moved: Ints) -> _Pieces:
    """What is left of pieces where edits put something else, [start, end), and where it stood before them.

    `moved` is by how much each edit and those before it on its page had moved what stands behind them.
    """
    place, first, size = pieces
    low = np.searchsorted(end, place, side="right")  # the first edit that may reach into a piece
    start = np.append(start, _BEHIND_ALL)
    end, moved = np.append(_NOWHERE, end), np.append(0, moved)
    touched = np.flatnonzero(start[low] < place + size)
    parts = np.ones(len(place), dtype=np.int64)
    parts[touched] += np.searchsorted(start, (place + size)[touched]) - low[touched]
    of_part = np.repeat(np.arange(len(place)), parts)
    edit = np.arange(len(of_part)) - (np.cumsum(parts) - parts - low)[of_part]  # the one that a part ends before
    at = np.maximum(place[of_part], end[edit])
    left = np.minimum((place + size)[of_part], start[edit]) - at
    first = first[of_part] + at - place[of_part]
    at -= np.where(at >> _PAGE == end[edit] >> _PAGE, moved[edit], 0)
    kept = left > 0
    return _Pieces(at[kept], first[kept], left[kept])


class _Source(NamedTuple):
    """Texts one behind the other in UTF-8: where each character begins, and which is the first of each text."""

    data: pa.Buffer
    at: Ints
    first: Ints

    @classmethod
    def of(cls, texts: Sequence[str], edits: pa.RecordBatch, order: Ints) -> "_Source":
        """Some texts, and what edits removed, in that order."""
        taken, exact = edits.column("removed").cast(pa.binary()), edits.column("removed_bytes")
        if exact.null_count < len(exact):
            taken = pc.coalesce(exact, taken)
        final = pa.array([text.encode("utf-8", "surrogatepass") for text in texts], pa.binary())
        _, offsets, data = pa.concat_arrays([final, taken.take(pa.array(order)), _END]).buffers()
        bounds = np.frombuffer(offsets, dtype=np.int32)[: len(final) + len(taken) + 2]
        # At every byte but 10xxxxxx, which as a signed number is less than -64.
        at = np.flatnonzero(np.frombuffer(data, dtype=np.int8)[: bounds[-1]] >= -64)
        return cls(data, at, np.searchsorted(at, bounds[:-1]))

    def gathered(self, pieces: _Pieces, count: int) -> pa.BinaryArray:
        """The texts of `count` pages, whose pieces are all in place."""
        order = np.argsort(pieces.place)
        edges = self.at[np.stack((pieces.first, pieces.first + pieces.size), axis=1)]
        # The pieces and what lies between them are values that stand one behind the other.
        buffers = [None, pa.py_buffer(edges.astype(np.int32)), self.data]
        between = pa.BinaryArray.from_buffers(pa.binary(), max(0, edges.size - 1), buffers)
        whole = between.take(pa.array(2 * order)).buffers()[2]
        ends = np.append(0, np.cumsum((edges[:, 1] - edges[:, 0])[order]))
        bounds = ends[np.searchsorted(pieces.place[order], np.arange(count + 1) << _PAGE)].astype(np.int32)
        return pa.BinaryArray.from_buffers(pa.binary(), count, [None, pa.py_buffer(bounds), whole])
