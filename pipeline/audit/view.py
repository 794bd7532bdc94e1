"""Views of one page: everything at once, stage by stage, or raw and published side by side."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.audit.hunks import hunks, lines_of
from pipeline.audit.terminal import Style, diff, heading, side_by_side, visible
from pipeline.clean import Trail
from pipeline.edit import Edits, apply
from pipeline.errors import InputError
from pipeline.publish.read import ReadPage


class Seen(NamedTuple):
    """A page to look at: its raw text, what each stage did to it, its final text, and why it was set aside."""

    page_id: str
    raw: str
    layers: Sequence[tuple[str, Edits]]
    text: str
    reason: str = ""

    @property
    def changed(self) -> bool:
        """Whether anything was done to it."""
        return any(len(edits) for _, edits in self.layers)

    @property
    def edits(self) -> Counter[str]:
        """The edits of each rule."""
        return Counter(rule for _, edits in self.layers for rule in edits.rule)


def seen(trail: Trail) -> Iterator[Seen]:
    """The pages of a trail."""
    for i, page in enumerate(trail.pages):
        layers = [(stage, edits) for stage, edits, _ in trail.layers_of(i)]
        reason = trail.aside[i].reason if i in trail.aside else ""
        yield Seen(page.id, page.text, layers, trail.text(i), reason)


def of_release(page: ReadPage) -> Seen:
    """A page of a release; raises InputError where its bytes could never be read."""
    reason = page.dropped["reason"] if page.dropped else ""
    if page.raw is None:
        raise InputError(f"{visible(page.page_id)}: its bytes could not be read as text: {visible(reason)}.")
    return Seen(page.page_id, page.raw, [(layer.stage, layer.edits) for layer in page.layers], page.text, reason)


def flat(seen: Seen, style: Style, context: int = 2) -> Iterator[str]:
    """All stages at once, on the raw page, with so many lines around each change."""
    yield from _begun(seen, style)
    yield from diff(hunks(lines_of(seen.raw, [edits for _, edits in seen.layers]), context), style)


def staged(seen: Seen, style: Style, context: int = 2) -> Iterator[str]:
    """Each stage on the text that it saw, with so many lines around each change."""
    yield from _begun(seen, style)
    text = seen.raw
    for stage, edits in seen.layers:
        if not len(edits):
            continue
        after = apply(text, edits)
        yield ""
        yield from heading(f"stage {stage}", len(text), len(after), Counter(edits.rule), style)
        yield from diff(hunks(lines_of(text, [edits]), context), style)
        text = after


def beside(seen: Seen, style: Style, context: int = 2) -> Iterator[str]:
    """The raw page on the left, what was published on the right, nothing left out."""
    yield from _begun(seen, style)
    lines = lines_of(seen.raw, [edits for _, edits in seen.layers])
    yield from side_by_side(hunks(lines, context=len(lines)), style)


def _begun(seen: Seen, style: Style) -> Iterator[str]:
    yield from heading(seen.page_id, len(seen.raw), len(seen.text), seen.edits, style)
    if seen.reason:
        yield style.paint(visible(f"set aside: {seen.reason}"), "red")
