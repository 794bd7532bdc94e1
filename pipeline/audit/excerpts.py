"""Excerpts: one edit with what stood around it in the text that its stage saw, to be judged at a glance."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.audit.draws import Drawn
from pipeline.audit.opened import Json, Mark, OpenPage
from pipeline.audit.pieces import Piece

# Two or three lines of prose before and after are what a judge reads before deciding.
CONTEXT_CHARS = 140
# Of a long deletion the beginning and the end: what it begins and ends with decides whether it was right.
HEAD_CHARS, TAIL_CHARS = 700, 300


def excerpts(page: OpenPage, wanted: Iterable[Drawn], number: int | None = None) -> Iterator[Json]:
    """The wanted edits of a page, for a browser; `number` is the page's number in a report.

    `runs` are [text, kind, rule, whether of the edit itself]; kinds are kept, gone, put, from and here (the two ends of
    a move) and cut, whose text says how many characters are left out.
    """
    sought = {(drawn.layer, drawn.ordinal): drawn for drawn in wanted}
    found = {i: sought[place] for i, mark in enumerate(page.marks) if (place := (mark.layer, mark.ordinal)) in sought}
    own: dict[int, list[int]] = {edit: [] for edit in found}
    for i, piece in enumerate(page.row if found else ()):
        for edit in {piece.put, piece.gone} & own.keys():
            own[edit].append(i)
    for edit, drawn in found.items():
        mark = page.marks[edit]
        yield {
            "page": page.page_id, "n": number, "title": page.told.get("title"), "site": page.told["site"],
            "stage": mark.stage, "layer": mark.layer, "ordinal": mark.ordinal, "rule": mark.rule, "note": mark.note,
            "why": drawn.why, "runs": list(_runs(page.row, page.marks, edit, own[edit])),
        }  # fmt: skip


def _runs(row: Sequence[Piece], marks: Sequence[Mark], edit: int, own: Sequence[int]) -> Iterator[list[object]]:
    """The runs of an edit, whose pieces are `own`, and of what stands around it."""
    if not own:
        return
    yield from reversed(list(_around(row, marks, reversed(range(own[0])), edit)))
    yield from _middle(row, marks, own[0], own[-1], edit)
    yield from _around(row, marks, range(own[-1] + 1, len(row)), edit, forwards=True)


def _around(
    row: Sequence[Piece], marks: Sequence[Mark], places: Iterable[int], edit: int, forwards: bool = False
) -> Iterator[list[object]]:
    left = CONTEXT_CHARS
    for i in places:
        shown = _run(row[i], marks, edit)
        if shown is None:
            continue
        text = str(shown[0])
        yield [text[:left] if forwards else text[-left:], *shown[1:]]
        left -= len(text)
        if left <= 0:
            return


def _middle(row: Sequence[Piece], marks: Sequence[Mark], first: int, last: int, edit: int) -> Iterator[list[object]]:
    """What lies between the first and the last piece of the edit; the midst of much text is left out."""
    shown = [run for piece in row[first : last + 1] if (run := _run(piece, marks, edit))]
    size = sum(len(str(run[0])) for run in shown)
    at, told = 0, False
    for text, *rest in shown:
        text = str(text)
        start, end = at, at + len(text)
        at = end
        if size <= HEAD_CHARS + TAIL_CHARS or end <= HEAD_CHARS or start >= size - TAIL_CHARS:
            yield [text, *rest]
            continue
        if start < HEAD_CHARS:
            yield [text[: HEAD_CHARS - start], *rest]
        if not told:
            told = True
            yield [f"{size - HEAD_CHARS - TAIL_CHARS:,}", "cut", "", False]
        if end > size - TAIL_CHARS:
            yield [text[size - TAIL_CHARS - end :], *rest]


def _run(piece: Piece, marks: Sequence[Mark], edit: int) -> list[object] | None:
    """A piece as the edit's own stage saw and left it; None for what was gone by then or came later.

    What later stages did is no evidence for or against an edit: a copy is dropped whole in the end, its menu rightly
    before.
    """
    layer = marks[edit].layer
    put = marks[piece.put].layer if piece.put >= 0 else -1
    gone = marks[piece.gone].layer if piece.gone >= 0 else layer + 1
    if put > layer or gone < layer:
        return None
    if put == layer:
        return [piece.text, "here" if marks[piece.put].link >= 0 else "put", marks[piece.put].rule, piece.put == edit]
    if gone == layer:
        moved = marks[piece.gone].link >= 0
        return [piece.text, "from" if moved else "gone", marks[piece.gone].rule, piece.gone == edit]
    return [piece.text, "kept", "", False]


def by_page(drawn: Mapping[str, Sequence[Drawn]]) -> dict[str, list[Drawn]]:
    """The same edits by page."""
    out: dict[str, list[Drawn]] = {}
    for found in drawn.values():
        for edit in found:
            out.setdefault(edit.page_id, []).append(edit)
    return out
