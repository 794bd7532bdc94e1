"""Pieces: a page as one row of runs, each with the edit that put it in and the edit that took it out.

Unlike hunks, which show one outcome, a row of pieces holds every state of the page: with the edits of any stages left
out of account, what is there and what is gone can still be read off. All arithmetic with offsets ends here; whoever
shows pieces only joins strings.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from pipeline.edit import Edits

NONE = -1


class Piece(NamedTuple):
    """A run of text. `put` and `gone` are places in the edits of all layers, one after the other; -1 for none.

    `start` is where the run begins in the raw page, -1 for text that an edit put in.
    """

    text: str
    put: int
    gone: int
    start: int


class _Run(NamedTuple):
    source: str
    start: int
    end: int
    put: int
    gone: int


def pieces(raw: str, layers: Sequence[Edits], bounds: Iterable[int] = ()) -> list[Piece]:
    """The raw page after all layers; no piece of the raw page reaches over one of the `bounds`.

    >>> from pipeline.edit import Edit
    >>> layers = [Edits.of([Edit(1, 2, "x")]), Edits.of([Edit(0, 2)])]
    >>> for piece in pieces("abc", layers):
    ...     print(piece)
    Piece(text='a', put=-1, gone=1, start=0)
    Piece(text='b', put=-1, gone=0, start=1)
    Piece(text='x', put=0, gone=1, start=-1)
    Piece(text='c', put=-1, gone=-1, start=2)
    """
    cuts = sorted({0, len(raw), *(b for b in bounds if 0 < b < len(raw))})
    runs = [_Run(raw, a, b, NONE, NONE) for a, b in pairwise(cuts)]
    first = 0
    for edits in layers:
        runs = _over(runs, edits, first)
        first += len(edits)
    return [Piece(r.source[r.start : r.end], r.put, r.gone, r.start if r.put < 0 else NONE) for r in runs]


def _over(runs: list[_Run], edits: Edits, first: int) -> list[_Run]:
    """The runs with one more layer of edits; runs that are gone already stay where they are and count for nothing."""
    out: list[_Run] = []
    rest = runs[::-1]
    at = 0

    def advance(to: int, edit: int) -> None:
        nonlocal at
        while at < to:
            run = rest.pop()
            if run.gone >= 0:
                out.append(run)
                continue
            size = run.end - run.start
            if at + size > to:
                cut = run.start + to - at
                rest.append(_Run(run.source, cut, run.end, run.put, run.gone))
                run = _Run(run.source, run.start, cut, run.put, run.gone)
                size = to - at
            at += size
            out.append(run if edit < 0 else _Run(run.source, run.start, run.end, run.put, edit))

    columns = (edits.start.tolist(), edits.end.tolist(), edits.replacement)
    for index, (start, end, new) in enumerate(zip(*columns, strict=True), first):
        advance(start, NONE)
        advance(end, index)
        if new:
            out.append(_Run(new, 0, len(new), index, NONE))
    return out + rest[::-1]


def places(row: Sequence[Piece], spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """For spans of the raw page the pieces [first, last) that they cover; (-1, -1) where a span is empty.

    The spans' ends must have been bounds of the row.
    """
    index = [i for i, piece in enumerate(row) if piece.start >= 0]
    start = [row[i].start for i in index]

    def of(span: tuple[int, int]) -> tuple[int, int]:
        a, b = bisect_left(start, span[0]), bisect_left(start, span[1])
        return (index[a], index[b - 1] + 1) if a < b else (NONE, NONE)

    return [of(span) for span in spans]
