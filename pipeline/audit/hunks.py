"""Hunks: what layers of edits did to a page, as lines of pieces; how they are painted is not decided here.

All layers are flattened to the raw page, so that one view shows everything with the rule that did it; a single layer
over the text that its stage saw is the same thing with one layer.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias

from pipeline.edit import Change, Edits, flatten


class Kind(Enum):
    """What happened to a piece of text. A move is a deletion and an insertion that name each other."""

    KEPT = "kept"
    GONE = "gone"
    PUT = "put"
    MOVED_AWAY = "moved away"
    MOVED_HERE = "moved here"

    @property
    def leaves(self) -> bool:
        """Whether the raw page has the piece and the result has not."""
        return self in (Kind.GONE, Kind.MOVED_AWAY)

    @property
    def comes(self) -> bool:
        """Whether the result has the piece and the raw page has not."""
        return self in (Kind.PUT, Kind.MOVED_HERE)


class Piece(NamedTuple):
    """A run of text to which one thing happened; `other` is the line, from 1, where the other end of a move stands."""

    kind: Kind
    text: str
    rule: str = ""
    note: str = ""
    other: int = 0


class Line(NamedTuple):
    """A line of the raw page, or one that was put in. A line feed that left or came ends the piece it belongs to."""

    number: int | None
    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """Whether anything happened here."""
        return any(p.kind is not Kind.KEPT for p in self.pieces)

    @property
    def only(self) -> Kind | None:
        """The one thing that happened to all of the line, if it is one."""
        kinds = {p.kind for p in self.pieces}
        return next(iter(kinds)) if len(kinds) == 1 else None

    @property
    def rules(self) -> list[str]:
        """The rules that changed it, in order."""
        return list(dict.fromkeys(p.rule for p in self.pieces if p.kind is not Kind.KEPT))


class Gap(NamedTuple):
    """So many lines in which nothing happened, passed over."""

    lines: int


Row: TypeAlias = Line | Gap


def lines_of(raw: str, layers: Sequence[Edits]) -> list[Line]:
    """The raw page line by line, with what the layers did to it.

    >>> from pipeline.edit import Edit
    >>> [line.only.value for line in lines_of("menu\\ntext", [Edits.of([Edit(0, 5, "", "NAV101")])])]
    ['gone', 'kept']
    """
    return list(_folded(_lines(pieces_of(raw, layers))))


def pieces_of(raw: str, layers: Sequence[Edits]) -> Iterator[Piece]:
    """The raw page in runs; what leaves stands before what comes in its place."""
    changes = flatten(len(raw), layers)
    first: dict[tuple[int, int], int] = {}
    for change in changes:
        first.setdefault((change.layer, change.edit), change.start)
    at = 0
    for change in changes:
        if change.start > at:
            yield Piece(Kind.KEPT, raw[at : change.start])
        yield from _pieces(raw, layers[change.layer], change, first)
        at = change.end
    if at < len(raw):
        yield Piece(Kind.KEPT, raw[at:])


def _pieces(raw: str, edits: Edits, change: Change, first: dict[tuple[int, int], int]) -> Iterator[Piece]:
    link = int(edits.link[change.edit])
    place = first.get((change.layer, link), -1) if link >= 0 else -1
    other = raw.count("\n", 0, place) + 1 if place >= 0 else 0
    note = edits.note[change.edit]
    if change.end > change.start:
        kind = Kind.MOVED_AWAY if other else Kind.GONE
        yield Piece(kind, raw[change.start : change.end], change.rule, note, other)
    if change.replacement:
        yield Piece(Kind.MOVED_HERE if other else Kind.PUT, change.replacement, change.rule, note, other)


def _lines(pieces: Iterable[Piece]) -> Iterator[Line]:
    """Pieces cut at line feeds. Only a line of the raw page has a number, where it begins; one put in has none."""
    number = 1
    told = 0  # the last number that a line was given
    line: list[Piece] = []

    def made() -> Line:
        nonlocal told
        own = told < number and any(not p.kind.comes for p in line)
        told = number if own else told
        return Line(number if own else None, tuple(p for p in line if p.text))

    for piece in pieces:
        *whole, rest = piece.text.split("\n")
        for text in whole:
            # A kept line feed is the end of the line itself; one that left or came is shown.
            line.append(piece._replace(text=text if piece.kind is Kind.KEPT else text + "\n"))
            yield made()
            number += not piece.kind.comes
            line = []
        if rest:
            line.append(piece._replace(text=rest))
    if line:
        yield made()


def _folded(lines: Iterable[Line]) -> Iterator[Line]:
    """Blank lines that left are folded into the line above: as line feeds, or not at all where that one left too."""
    held: Line | None = None
    for line in lines:
        if held and line.only is Kind.GONE and not "".join(p.text for p in line.pieces).strip():
            if held.only is not Kind.GONE:
                feed = line.pieces[-1]._replace(text="\n")
                held = held._replace(pieces=(*held.pieces, feed))
            continue
        if held:
            yield held
        held = line
    if held:
        yield held


def hunks(lines: Sequence[Line], context: int = 2) -> Iterator[Row]:
    """The lines that changed with some around them, and gaps for the rest; blank lines make no context of their own."""
    near = set()
    for i, line in enumerate(lines):
        if line.changed:
            near |= {i, *_around(lines, i, -1, context), *_around(lines, i, 1, context)}
    passed = 0
    for i, line in enumerate(lines):
        if i in near:
            if passed:
                yield Gap(passed)
            passed = 0
            yield line
        else:
            passed += 1
    if passed:
        yield Gap(passed)


def _around(lines: Sequence[Line], i: int, step: int, count: int) -> Iterator[int]:
    """The nearest `count` lines with text in one direction, and the blank ones before them."""
    waiting = []
    i += step
    while 0 <= i < len(lines) and count:
        waiting.append(i)
        if any(p.text.strip() for p in lines[i].pieces):
            yield from waiting
            waiting = []
            count -= 1
        i += step
