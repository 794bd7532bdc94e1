"""Clean a batch of pages: run stages over it and keep the trail of everything they did."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from pipeline.document import Field, Page
from pipeline.edit import Edit, Edits, Ints, backward, check, forward, restore
from pipeline.errors import InvariantError
from pipeline.fields import Fields, Reading
from pipeline.gone import Gone, gone_of
from pipeline.hints import Hints
from pipeline.lines import Lines
from pipeline.pieces import Pieces, applied, spans_of
from pipeline.rule import Context, Found, Selection, Stage, line_edits

# Each NumPy call costs some microseconds whatever it is given. At 20,000 pages a million characters take 9 % less CPU
# than 260,000 and 44 MB more memory; two million take no less.
BATCH_CHARS = 1_000_000
# The first batch of a stream that someone waits for: a tenth of a second of work.
FIRST_CHARS = 100_000


class Aside(NamedTuple):
    """Why a page is set aside: which rule said so and its reason, and for a copy the page that was kept."""

    rule: str
    reason: str
    kept: str | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """The edits of one stage on a batch, what they removed, and where the pages began in the text it saw.

    `gone` are the documents of that text of which nothing is left, though something is of their page.
    """

    stage: str
    edits: Edits
    removed: Pieces
    page_start: Ints
    shadowed: int = 0
    gone: Sequence[Gone] = ()


@dataclass(slots=True)
class Trail:
    """A batch on its way: its text after all layers so far, the layers, and the fields, documents and reasons found.

    Page p is text[page_start[p] : page_start[p + 1] - 1]; `breaks` are the positions at which another document begins.
    """

    pages: Sequence[Page]
    lines: Lines
    layers: list[Layer] = field(default_factory=list)
    fields: Fields = field(default_factory=Fields)
    breaks: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    aside: dict[int, Aside] = field(default_factory=dict)
    shadowed: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, pages: Sequence[Page]) -> "Trail":
        """The trail of pages that no stage has seen."""
        lines = Lines.of([p.text for p in pages])
        lines.hints = Hints.of_pages([p.hints for p in pages], lines.page_start)
        trail = cls(pages, lines)
        trail.aside = {i: Aside("", p.reason) for i, p in enumerate(pages) if p.reason}
        return trail

    def text(self, page: int) -> str:
        """The page as it stands after all layers."""
        start = self.lines.page_start
        return self.lines.text[start[page] : start[page + 1] - 1]

    def hints(self, page: int) -> Hints | None:
        """What tags said of the page's lines, where they stand after all layers; nothing for plain text."""
        if self.pages[page].hints is None:
            return None
        return self.lines.hints.of_page(page, self.lines.page_start)

    def layers_of(self, page: int) -> list[tuple[str, Edits, list[str]]]:
        """One page's share of each layer: stage, edits in positions of the page, what they removed."""
        out = []
        for layer in self.layers:
            low, high = int(layer.page_start[page]), int(layer.page_start[page + 1]) - 1
            edits = layer.edits.between(low, high)
            at = int(np.searchsorted(layer.edits.start, low))
            out.append((layer.stage, edits, layer.removed[at : at + len(edits)]))
        return out

    def restored(self, page: int) -> str:
        """The raw page, from the text and the layers alone."""
        return restore(self.text(page), [(edits, taken) for _, edits, taken in self.layers_of(page)])

    def documents(self, page: int) -> list[tuple[int, int]]:
        """Spans of the page's text, one a document; all of it but the line feed before each further document."""
        if page in self.aside:
            return []
        low, high = int(self.lines.page_start[page]), int(self.lines.page_start[page + 1]) - 1
        cuts = self.breaks[(self.breaks > low) & (self.breaks <= high)] - low
        starts = [0, *cuts.tolist()]
        return list(zip(starts, [*(c - 1 for c in cuts.tolist()), high - low], strict=True))

    def raw_fields(self) -> list[Field]:
        """The fields with their spans in coordinates of the raw page."""
        depth = {layer.stage: i for i, layer in enumerate(self.layers)}
        out = []
        for f in self.fields:
            if f.start < 0:
                out.append(f)
                continue
            span = np.array([f.start, f.end], dtype=np.int64)
            for layer in reversed(self.layers[: depth.get(f.stage, 0)]):
                low = int(layer.page_start[f.page])
                span = backward(layer.edits.between(low, int(layer.page_start[f.page + 1]) - 1), span)
            out.append(f._replace(start=int(span[0]), end=int(span[1])))
        return out


def batches(pages: Iterable[Page], chars: int = BATCH_CHARS, first: int | None = None) -> Iterator[list[Page]]:
    """Pages in groups of about that many characters, the first one of about `first`, in order."""
    group: list[Page] = []
    size, limit = 0, chars if first is None else first
    for page in pages:
        group.append(page)
        size += len(page.text) + len(page.raw or b"")
        if size >= limit:
            yield group
            group, size, limit = [], 0, chars
    if group:
        yield group


def clean(
    pages: Sequence[Page],
    stages: Sequence[Stage],
    options: Mapping[str, Any],
    selection: Selection = Selection(),  # noqa: B008  # frozen
    summaries: Mapping[str, Any] | None = None,
) -> Trail:
    """Run stages over a batch of pages.

    `options` and `summaries` hold, by stage name, the stage's options and the summary of the corpus that it needs; a
    stage of the corpus without its summary finds nothing.
    """
    return advance(Trail.of(pages), stages, options, selection, summaries)


def advance(
    trail: Trail,
    stages: Sequence[Stage],
    options: Mapping[str, Any],
    selection: Selection = Selection(),  # noqa: B008  # frozen
    summaries: Mapping[str, Any] | None = None,
) -> Trail:
    """Run further stages over a batch that has a trail; the same trail, longer."""
    for group in groups([s for s in stages if not s.corpus or (summaries or {}).get(s.name) is not None]):
        chosen = [options.get(stage.name) for stage in group]
        given = [stage.options() if own is None else own for stage, own in zip(group, chosen, strict=True)]
        _run(trail, group, given, selection, summaries or {})
    return trail


def lay(trail: Trail, stage: str, edits: Edits, taken: Pieces) -> None:
    """Lay edits that were found before over the text of a trail, as the layer of their stage."""
    lines = trail.lines
    trail.layers.append(Layer(stage, edits, taken, lines.page_start, gone=gone_of(lines, edits, trail.breaks)))
    if len(edits):
        check(len(lines.codes), edits)
        trail.lines = _after(lines, edits)
    trail.breaks = _standing(trail.lines, forward(edits, trail.breaks))


def groups(stages: Sequence[Stage]) -> list[list[Stage]]:
    """Stages that see the same text, together; each of the others alone."""
    out: list[list[Stage]] = []
    for stage in stages:
        if out and stage.group and out[-1][0].group == stage.group:
            out[-1].append(stage)
        else:
            out.append([stage])
    return out


_NONE = Edits.empty()


class _Sought(NamedTuple):
    """What a stage found besides edits, and from how many of those others took."""

    shadowed: int
    asides: dict[int, Aside]
    fields: list[Reading]


def _run(
    trail: Trail, group: Sequence[Stage], options: Sequence[Any], selection: Selection, summaries: Mapping[str, Any]
) -> None:
    """Run a group of stages on one text, and lay their edits one layer over the other."""
    lines = trail.lines
    taken: list[Edits] = []
    breaks = [trail.breaks]
    sought = []
    for stage, chosen in zip(group, options, strict=True):
        sought.append(_seek(trail, stage, chosen, selection, summaries.get(stage.name), taken, breaks))
    asides = {page: aside for found in reversed(sought) for page, aside in found.asides.items()}
    for page, aside in asides.items():
        trail.aside.setdefault(page, aside)
    union = _whole_pages(lines, _ends_closed(lines, Edits.join(taken)), asides)
    _check_pages(lines, union)
    owner = _owners(group, union)
    gone = gone_of(lines, union, _standing(lines, np.concatenate(breaks)))
    for depth, (stage, found) in enumerate(zip(group, sought, strict=True)):
        earlier, own = (union.take(owner < depth), union.take(owner == depth)) if len(group) > 1 else (_NONE, union)
        if depth and len(union) and not _deletions(union):
            raise InvariantError(f"stage {stage.name} shares its text with another stage; there rules may only delete.")
        seen = own.over(forward(earlier, own.start), forward(earlier, own.end)) if len(earlier) else own
        starts = _page_starts(lines.page_start, earlier)
        taken_out = Pieces(spans_of(lines.codes, own.start, own.end), np.cumsum(own.end - own.start))
        trail.layers.append(Layer(stage.name, seen, taken_out, starts, found.shadowed, () if depth else gone))
        if found.fields:
            trail.fields.parts.append(_moved(Reading.join(found.fields), lines.page_start, starts, earlier))
    if len(union):
        trail.lines = _after(lines, union)
        lines.forget()
    trail.breaks = _standing(trail.lines, forward(union, np.concatenate(breaks)))


def _seek(
    trail: Trail, stage: Stage, options: Any, selection: Selection, summary: Any, taken: list[Edits], breaks: list[Ints]
) -> _Sought:
    """What the rules of one stage find; what they take is added to `taken`, where documents begin to `breaks`."""
    lines = trail.lines
    fields: list[Reading] = []
    asides: dict[int, Aside] = {}
    shadowed = 0
    standing = _standing(lines, np.concatenate(breaks))
    known = Fields(parts=trail.fields.parts)
    for rule in stage.rules:
        if not selection(rule.code, rule.optional):
            continue
        found = rule.find(lines, Context(trail.pages, options, known, summary, taken, standing))
        if found.fields:
            fields.append(Reading.of(found.fields, rule.code, stage.name))
            known.parts.append(fields[-1])
        kept, lost = _untaken(_edits(lines, found, rule.code), taken)
        if lost:
            shadowed += lost
            trail.shadowed[rule.code] = trail.shadowed.get(rule.code, 0) + lost
        if len(kept):
            taken.append(kept)
        if found.breaks is not None and len(found.breaks):
            breaks.append(lines.start[found.breaks])
            standing = _standing(lines, np.concatenate(breaks))
        for page, reason in found.aside.items():
            asides.setdefault(page, reason if isinstance(reason, Aside) else Aside(rule.code, reason))
    return _Sought(shadowed, asides, fields)


def _owners(group: Sequence[Stage], edits: Edits) -> Ints:
    """The index in the group of the stage that each edit belongs to."""
    if len(group) == 1:
        return np.zeros(len(edits), dtype=np.int64)
    place = {rule.code: i for i, stage in enumerate(group) for rule in stage.rules}
    return np.fromiter(map(place.__getitem__, edits.rule), dtype=np.int64, count=len(edits))


def _deletions(edits: Edits) -> bool:
    return not edits.new_chars.any()


def _moved(fields: Reading, page_start: Ints, starts: Ints, earlier: Edits) -> Reading:
    """Fields with their spans in the text as earlier stages of the group left it."""
    if not len(earlier):
        return fields
    place = np.array([fields.start, fields.end])
    at = forward(earlier, (place + page_start[fields.page]).ravel()).reshape(place.shape) - starts[fields.page]
    start, end = np.where(fields.start >= 0, at, place)
    return replace(fields, start=start, end=end)


def _standing(lines: Lines, breaks: Ints) -> Ints:
    """The breaks that still part two documents: each once, inside a page, right behind a line feed."""
    breaks = np.unique(breaks[breaks < len(lines.codes)])
    page = np.searchsorted(lines.page_start, breaks, side="right") - 1
    inside = (breaks > lines.page_start[page]) & (breaks < lines.page_start[page + 1] - 1)
    kept: Ints = breaks[inside & (lines.codes[breaks - 1] == 0x0A)]
    return kept


def _edits(lines: Lines, found: Found, code: str) -> Edits:
    parts = []
    if found.rows is not None and found.rows.any():
        parts.append(line_edits(lines, np.flatnonzero(found.rows & ~lines.blank), code, note=found.note))
    if found.edits is not None and len(found.edits):
        parts.append(found.edits)
    return (parts[0] if len(parts) == 1 else Edits.join(parts)) if parts else _NONE


def _untaken(edits: Edits, taken: Sequence[Edits]) -> tuple[Edits, int]:
    """What of the edits no earlier rule has taken, and how many of them were shadowed in part or whole.

    A deletion keeps the characters that are left to it; an edit that puts something in needs its whole span, and a move
    both its ends: half of one would lose text or double it.
    """
    lost = 0
    for earlier in taken:
        if not len(edits):
            break
        low = np.searchsorted(earlier.end, edits.start, side="right")
        high = np.searchsorted(earlier.start, edits.end, side="left")
        clash = high > low  # earlier spans [low, high) reach into this one; empty ones inside count too
        if not clash.any():
            continue
        moves = np.flatnonzero(clash & (edits.link >= 0))
        halves = np.zeros(len(edits), dtype=bool)
        halves[moves] = halves[edits.link[moves]] = True
        clash |= halves
        lost += int(clash.sum())
        first = np.minimum(low, len(earlier) - 1)
        within = (earlier.start[first] <= edits.start) & (edits.end <= earlier.end[first])
        divided = np.flatnonzero(clash & ~within & ~halves & (edits.replacement == ""))
        parts = [
            Edit(a, b, "", edits.rule[i], edits.note[i])
            for i in divided.tolist()
            for a, b in _between(int(edits.start[i]), int(edits.end[i]), earlier, int(low[i]), int(high[i]))
        ]
        edits = edits.take(~clash)
        if parts:
            edits = Edits.join([edits, Edits.of(parts)])
    return edits, lost


def _between(at: int, end: int, earlier: Edits, low: int, high: int) -> Iterator[tuple[int, int]]:
    """The parts of a deletion that lie between earlier spans low to high."""
    for a, b in zip(earlier.start[low:high].tolist(), earlier.end[low:high].tolist(), strict=True):
        if a > at:
            yield at, a
        at = max(at, b)
    if at < end:
        yield at, end


def _ends_closed(lines: Lines, edits: Edits) -> Edits:
    """Where the last lines of a page go, the line feed before them goes too, so that no empty line stays behind."""
    if not len(edits):
        return edits
    page_end = lines.page_start[1:] - 1
    last = np.searchsorted(edits.end, page_end, side="right") - 1
    final = np.flatnonzero((last >= 0) & (edits.end[last] == page_end) & (page_end > lines.page_start[:-1]))
    last = last[final]
    # Deletions that touch the last one go with it.
    deletes = edits.new_chars == 0
    touches = np.append(False, edits.end[:-1] == edits.start[1:])
    heads = np.maximum.accumulate(np.where(touches & np.append(False, deletes[:-1]), 0, np.arange(len(edits))))
    first = heads[last]
    start = edits.start[first]
    closed = deletes[last] & ~touches[first] & (edits.end[first] > start) & (start > lines.page_start[final])
    closed &= lines.codes[start - 1] == 0x0A
    moved = edits.start.copy()
    moved[first[closed]] -= 1
    return edits.over(moved, edits.end)


def _whole_pages(lines: Lines, edits: Edits, asides: Mapping[int, Aside]) -> Edits:
    """Setting a page aside is one edit that deletes all that is left of it."""
    pages = sorted(p for p in asides if lines.page_start[p + 1] - 1 > lines.page_start[p])
    if not pages:
        return edits
    whole = Edits.of(
        Edit(int(lines.page_start[p]), int(lines.page_start[p + 1]) - 1, rule=asides[p].rule, note=asides[p].reason)
        for p in pages
    )
    page = np.searchsorted(lines.page_start, edits.start, side="right") - 1
    return Edits.join([edits.take(~np.isin(page, pages)), whole])


def _check_pages(lines: Lines, edits: Edits) -> None:
    page = np.searchsorted(lines.page_start, edits.start, side="right") - 1
    crossing = np.flatnonzero(edits.end > lines.page_start[page + 1] - 1)
    if len(crossing):
        e = edits.rows()[int(crossing[0])]
        raise InvariantError(
            f"{e.rule} [{e.start}, {e.end}) reaches over the end of page {int(page[crossing[0]])} of its batch."
        )
    check(len(lines.codes), edits)


def _after(lines: Lines, edits: Edits) -> Lines:
    """The lines of the text with the edits made, which are a layer of it."""
    codes = applied(lines.codes, edits)
    return Lines(codes, _page_starts(lines.page_start, edits), lines.hints.after(edits))


def _page_starts(page_start: Ints, edits: Edits) -> Ints:
    total = np.concatenate(([0], np.cumsum(edits.growth())))
    return page_start + total[np.searchsorted(edits.start, page_start)]
