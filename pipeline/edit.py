"""Edits: the only way text changes. Check, apply, invert, carry positions over, flatten to raw coordinates.

A layer of edits belongs to one text. Edits of a layer are sorted, do not overlap and may touch; an empty span with a
replacement is an insertion. Offsets count code points, half-open. Nothing here knows of rules, stages or pages: a batch
of pages is one text, and its layer is one set of columns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Strings: TypeAlias = npt.NDArray[np.object_]


class Edit(NamedTuple):
    """One change: text[start:end] becomes `replacement`, for the reason that `rule` names.

    `note` says why in a few words; `link` is the index in the layer of the edit that this one moves text to or from.
    """

    start: int
    end: int
    replacement: str = ""
    rule: str = ""
    note: str = ""
    link: int = -1


class EditError(ValueError):
    """Edits that cannot be a layer of their text: out of range, out of order or overlapping."""


def strings(values: Iterable[str] | str, count: int) -> Strings:
    """A column of Python strings; a single string fills it."""
    if isinstance(values, str):
        out = np.empty(count, dtype=object)
        out.fill(values)
        return out
    return np.fromiter(values, dtype=object, count=count)


@dataclass(frozen=True)
class Edits:
    """A layer of edits as columns, all of one length, sorted by (start, end)."""

    start: Ints
    end: Ints
    replacement: Strings
    rule: Strings
    note: Strings
    link: Ints

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(cls, edits: Iterable[Edit]) -> Self:
        """Columns from edits in any order; links are indices into the order given."""
        rows = list(edits)
        start, end, replacement, rule, note, link = zip(*rows, strict=True) if rows else ((),) * 6
        low, high, links = (np.array(column, dtype=np.int64) for column in (start, end, link))
        put, code, why = (strings(column, len(rows)) for column in (replacement, rule, note))
        return cls(low, high, put, code, why, links).sorted()

    @classmethod
    def empty(cls) -> Self:
        """No edits."""
        return cls.of(())

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """All edits of several sets in one, sorted; links follow their edits."""
        if not parts:
            return cls.empty()
        base = np.cumsum([0, *(len(p) for p in parts)])
        link = [np.where(p.link >= 0, p.link + b, -1) for p, b in zip(parts, base[:-1], strict=True)]
        columns = [
            np.concatenate([getattr(p, name) for p in parts])
            for name in ("start", "end", "replacement", "rule", "note")
        ]
        return cls(*[*columns, np.concatenate(link)]).sorted()

    def sorted(self) -> Self:
        """The same edits in order of (start, end); links renumbered."""
        before, after = self.start[:-1], self.start[1:]
        if bool(((before < after) | ((before == after) & (self.end[:-1] <= self.end[1:]))).all()):
            return self
        return self.take(np.lexsort((self.end, self.start)))

    def take(self, index: npt.NDArray[Any]) -> Self:
        """The edits at an index array or under a mask, in that order; a link to an edit left behind becomes -1."""
        index = np.flatnonzero(index) if index.dtype == bool else index
        place = np.full(len(self) + 1, -1, dtype=np.int64)  # the last place stands for "no link"
        place[index] = np.arange(len(index))
        columns = [getattr(self, n)[index] for n in ("start", "end", "replacement", "rule", "note")]
        return type(self)(*[*columns, place[self.link[index]]])

    def over(self, start: Ints, end: Ints) -> Self:
        """The same edits of other spans."""
        made = type(self)(start, end, self.replacement, self.rule, self.note, self.link)
        made.__dict__["new_chars"] = self.new_chars
        return made

    def shifted(self, by: int) -> Self:
        """The same edits with `by` added to their offsets."""
        return self.over(self.start + by, self.end + by)

    def between(self, low: int, high: int) -> Self:
        """The edits within [low, high], relative to `low`: one page's share of a batch."""
        first, last = np.searchsorted(self.start, [low, high + 1])
        return self.take(np.arange(first, last)).shifted(-low)

    def rows(self) -> list[Edit]:
        """The edits as tuples, for people and tests."""
        columns = (self.start.tolist(), self.end.tolist(), self.replacement, self.rule, self.note, self.link.tolist())
        return [Edit(*row) for row in zip(*columns, strict=True)]

    def growth(self) -> Ints:
        """By how much each edit lengthens the text; negative for deletions."""
        return self.new_chars - (self.end - self.start)

    @cached_property
    def new_chars(self) -> Ints:
        """How many characters each replacement has."""
        return np.fromiter(map(len, self.replacement), dtype=np.int64, count=len(self))


def check(text_length: int, edits: Edits) -> None:
    """Raise EditError unless the edits are a layer of a text of that length."""
    if not len(edits):
        return
    bad = np.flatnonzero((edits.start < 0) | (edits.end < edits.start) | (edits.end > text_length))
    if not len(bad):
        bad = np.flatnonzero(edits.start[1:] < edits.end[:-1]) + 1
    if len(bad):
        e = edits.rows()[int(bad[0])]
        before = edits.rows()[int(bad[0]) - 1] if bad[0] else None
        raise EditError(
            f"edit {e.rule} [{e.start}, {e.end}) is no part of a layer of {text_length} characters"
            + (f" after {before.rule} [{before.start}, {before.end})." if before else ".")
            + " Edits of a layer are sorted, in range, and do not overlap."
        )


def apply(text: str, edits: Edits) -> str:
    """The text with the edits made.

    >>> apply("广告 正文", Edits.of([Edit(0, 3)]))
    '正文'
    """
    check(len(text), edits)
    start, end = edits.start.tolist(), edits.end.tolist()
    parts = [""] * (2 * len(edits) + 1)
    parts[::2] = [text[a:b] for a, b in zip([0, *end], [*start, len(text)], strict=True)]
    parts[1::2] = edits.replacement.tolist()
    return "".join(parts)


def removed(text: str, edits: Edits) -> list[str]:
    """What each edit takes out of the text."""
    return [text[a:b] for a, b in zip(edits.start.tolist(), edits.end.tolist(), strict=True)]


def invert(edits: Edits, taken: Sequence[str]) -> Edits:
    """The edits that lead back, in coordinates of the changed text; `taken` is what `removed` gave.

    >>> text, layer = "甲乙丙", Edits.of([Edit(1, 2, "二")])
    >>> apply(apply(text, layer), invert(layer, removed(text, layer)))
    '甲乙丙'
    """
    growth = edits.growth()
    start = edits.start + np.cumsum(growth) - growth
    end = start + (edits.end - edits.start) + growth
    return Edits(start, end, strings(taken, len(edits)), edits.rule, edits.note, edits.link)


def restore(text: str, layers: Sequence[tuple[Edits, Sequence[str]]]) -> str:
    """The raw text from the last one and the layers (edits, what they removed) that led to it, first layer first."""
    for edits, taken in reversed(layers):
        text = apply(text, invert(edits, taken))
    return text


def forward(edits: Edits, positions: Ints) -> Ints:
    """Where positions of the text stand after the edits; one inside a changed span goes to its replacement's end."""
    if not len(edits):
        return positions
    total = np.concatenate(([0], np.cumsum(edits.growth())))
    before = np.searchsorted(edits.end, positions, side="right")  # edits that end at or before the position
    inside = np.minimum(before, len(edits) - 1)
    held = (before < len(edits)) & (edits.start[inside] < positions)
    return np.where(held, edits.end[inside] + total[inside + 1], positions + total[before])


def backward(edits: Edits, positions: Ints) -> Ints:
    """Where positions of the changed text stood before; one inside a replacement goes to the start of its edit."""
    if not len(edits):
        return positions
    growth = edits.growth()
    after = edits.end + np.cumsum(growth)  # ends in the changed text
    start = edits.start + np.cumsum(growth) - growth
    before = np.searchsorted(after, positions, side="right")
    total = np.concatenate(([0], np.cumsum(growth)))
    inside = np.minimum(before, len(edits) - 1)
    held = (before < len(edits)) & (start[inside] < positions)
    return np.where(held, edits.start[inside], positions - total[before])


class Change(NamedTuple):
    """What one rule did to the raw text: raw[start:end] is gone and `replacement` stands in its place.

    `edit` is the index in its layer of the edit that did it: one edit makes several changes where earlier layers had
    taken something from its midst.
    """

    start: int
    end: int
    replacement: str
    rule: str
    layer: int
    edit: int


class _Piece(NamedTuple):
    start: int  # raw span of a kept piece; for an inserted one, start == end: where it stands
    end: int
    text: str | None  # None for a kept piece
    rule: str
    layer: int
    edit: int


def flatten(raw_length: int, layers: Sequence[Edits]) -> list[Change]:
    """All layers as one list of changes to the raw text, in raw coordinates and in order.

    The first rule that took a character keeps the credit: later layers see only what is left. Text that one layer put
    in and a later one took out again does not show.

    >>> for change in flatten(4, [Edits.of([Edit(1, 2, "", "A")]), Edits.of([Edit(0, 3, "x", "B")])]):
    ...     print(change)
    Change(start=0, end=1, replacement='x', rule='B', layer=1, edit=0)
    Change(start=1, end=2, replacement='', rule='A', layer=0, edit=0)
    Change(start=2, end=4, replacement='', rule='B', layer=1, edit=0)
    """
    pieces = [_Piece(0, raw_length, None, "", -1, -1)]
    gone: list[Change] = []
    for depth, edits in enumerate(layers):
        pieces = _layer_over(pieces, raw_length, edits, depth, gone)
    put = [Change(p.start, p.start, p.text, p.rule, p.layer, p.edit) for p in pieces if p.text]
    # At one place an insertion stands before what is deleted there; stable, so insertions keep the order of the text.
    return _merged(sorted([*put, *gone], key=lambda c: (c.start, c.end > c.start)))


def _layer_over(pieces: list[_Piece], raw_length: int, edits: Edits, depth: int, gone: list[Change]) -> list[_Piece]:
    out: list[_Piece] = []
    rest = pieces[::-1]
    at = 0

    def advance(to: int, rule: str | None, edit: int = -1) -> None:
        nonlocal at
        while at < to:
            piece = rest.pop()
            size = piece.end - piece.start if piece.text is None else len(piece.text)
            if at + size > to:
                piece, tail = _split(piece, to - at)
                rest.append(tail)
                size = to - at
            at += size
            if rule is None:
                out.append(piece)
            elif piece.text is None and size:
                gone.append(Change(piece.start, piece.end, "", rule, depth, edit))

    columns = (edits.start.tolist(), edits.end.tolist(), edits.replacement, edits.rule)
    for index, (start, end, new, rule) in enumerate(zip(*columns, strict=True)):
        advance(start, None)
        place = rest[-1].start if rest else raw_length
        advance(end, rule, index)
        if new:
            out.append(_Piece(place, place, new, rule, depth, index))
    return out + [p for p in reversed(rest) if p.text or p.end > p.start]


def _split(piece: _Piece, size: int) -> tuple[_Piece, _Piece]:
    if piece.text is None:
        cut = piece.start + size
        return piece._replace(end=cut), piece._replace(start=cut)
    return piece._replace(text=piece.text[:size]), piece._replace(text=piece.text[size:])


def _merged(changes: list[Change]) -> list[Change]:
    """Join what one edit did at one place: its replacement with what it took, and pieces that touch."""
    out: list[Change] = []
    for c in changes:
        last = out[-1] if out else None
        if last and (last.layer, last.edit) == (c.layer, c.edit) and last.end == c.start and not c.replacement:
            out[-1] = last._replace(end=c.end)
        else:
            out.append(c)
    return out
