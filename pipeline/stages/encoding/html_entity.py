"""ENC301: HTML entities."""

import numpy as np

from pipeline.edit import Edit, Edits
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.marks import AMPERSAND, positions, rows_of
from pipeline.stages.encoding.settled import ENTITY, SOURCE, entity_text, trimmed, without_entities

CODE = "ENC301"


def _spans(line: str) -> list[tuple[int, int, str]]:
    """The entities of a line and what they stand for; one span over all where decoding brings out further ones."""
    if SOURCE.search(line):
        return []
    out = []
    for match in ENTITY.finditer(line):
        text = entity_text(match)
        if text is not None:
            out.append((match.start(), match.end(), text))
    if not out:
        return []
    parts, at = [], 0
    for a, b, text in out:
        parts += [line[at:a], text]
        at = b
    once = "".join([*parts, line[at:]])
    final = without_entities(line)
    if once == final:
        return out
    return [trimmed(line, final)] if final != line else []


@rule(CODE)
def html_entity(lines: Lines, context: Context) -> Found:
    """Named and numeric HTML entities left in the text.

    `&nbsp;`, `&ldquo;`, `&#8226;` become the characters they stand for; non-breaking and other odd spaces become plain
    ones, and what shows nothing goes. Entities that were escaped twice (`&amp;quot;`) are followed to the end. `&nbsp`
    counts without its semicolon too, and a full-width semicolon counts as one.

    Leaves alone: lines that show tags (`<a href=...>`), where an entity is source; `&` in names and addresses (`AT&T`,
    `?a=1&copy=2`); names that HTML does not know.

    Before: `&ldquo;春天&rdquo;来了&nbsp;&nbsp;&#9733;`. After: `“春天”来了  ★`.
    """
    at = positions(lines, AMPERSAND)
    if not len(at):
        return Found()
    text = lines.text
    likely = np.array([p for p in at.tolist() if ENTITY.match(text, p)], dtype=np.int64)
    edits = []
    for row in np.unique(rows_of(lines, likely)).tolist():
        base = int(lines.start[row])
        line = text[base : int(lines.end[row])]
        edits += [Edit(base + a, base + b, new, CODE) for a, b, new in _spans(line)]
    return Found(edits=Edits.of(edits)) if edits else Found()
