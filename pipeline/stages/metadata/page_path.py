"""MET105."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.lexicon import FURNITURE
from pipeline.stages.metadata.zone import edges
from pipeline.stages.title import path_lines, path_title, title_rows

_ARROW = re.compile(r"\s*[>»›→＞/]\s*")
_MAX_SECTION = 12
# The end of a path may be a title cut short; a section of so few characters may be a word of the title.
_MIN_TITLE = 4
_SPACED = 3


@rule("MET105")
def page_path(lines: Lines, context: Context) -> Found:
    """The path to the page, as forums and wikis set it: `花木居论坛›养护问答›花园医院›月季黑斑病反反复复`.

    Without `当前位置` or `首页`, by which the rule for breadcrumbs knows its own. The last part that is no title becomes
    the field `section`; of a breadcrumb whose arrows were lost, the last of its words. Only above the text; a line with two arrows in the text, as the steps of a menu in a manual,
    stays.

    Before: `船工论坛 › 渡口 › 旧事`, title, text; after: title, text, with `section` = `旧事`.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields = []
    titles = title_rows(lines)
    own = path_lines(lines) & ~FURNITURE.has(lines, "breadcrumb") & edges(lines)
    for row in np.flatnonzero(own).tolist():
        page = int(lines.page[row])
        title = int(titles[page])
        if title < 0 or row > title:
            continue
        text = lines.string(row)
        named = [p for p in _parts(text) if p[0] != lines.string(title)]
        last = _parts(text)[-1]
        if len(named) > 1 and (path_title(text) or (len(last[0]) >= _MIN_TITLE and last[0] in lines.string(title))):
            named = [p for p in named if p != last]
        section, start = named[-1]
        if len(named) > 1 and len(section) <= _MAX_SECTION:
            at = int(lines.head[row]) - int(lines.page_start[page]) + start
            fields.append(Field(page, "section", section, at, at + len(section), "MET105"))
            rows[row] = True
    crumbs = np.flatnonzero(FURNITURE.has(lines, "breadcrumb") & edges(lines))
    for row, text in zip(crumbs.tolist(), lines.strings(crumbs, folded=False), strict=True):
        ending = _ARROW.split(text)[-1]
        if ending.strip() and len(ending.split()) < _SPACED:
            continue
        end, start = _parts(text)[-1]
        word = end.split()[-1]
        # Paths whose arrows were lost: the sections stand in one part with spaces between them.
        if len(end.split()) >= _SPACED and len(end) > _MAX_SECTION >= len(word):
            page = int(lines.page[row])
            at = int(lines.head[row]) - int(lines.page_start[page]) + start + end.rindex(word)
            fields.append(Field(page, "section", word, at, at + len(word), "MET105"))
    return Found(rows=rows, fields=fields)


def _parts(text: str) -> list[tuple[str, int]]:
    """The parts of a path, each with where it begins."""
    out, at = [], 0
    for part in _ARROW.split(text):
        start = text.index(part, at) if part else at
        at = start + len(part)
        if part.strip():
            out.append((part.strip(), start + len(part) - len(part.lstrip())))
    return out
