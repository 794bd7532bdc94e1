"""ART102."""

import numpy as np

from pipeline.document import Field
from pipeline.edit import Edit, Edits
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.articles.article_title import title_breaks
from pipeline.stages.closing import ROLE, closing_credit_of
from pipeline.stages.metadata.credits import names
from pipeline.stages.metadata.zone import prose_span
from pipeline.stages.prose import prose


@rule("ART102")
def closing_credit(lines: Lines, context: Context) -> Found:
    """The credit at the end of an article's last paragraph: `(记者 王小川 通讯员 李一帆)`, `(张三)`, `文/片 记者 张三`.

    Each person becomes an entry of `authors`, or of `photographers` where the role says so. Only after the end of a
    sentence, in the last paragraph of an article or a page; names need one of two hundred common family names, so
    that other remarks in brackets stay.

    Before: `……让日子更有奔头。(王小川)`, after: `……让日子更有奔头。`, with `authors` = `王小川`.
    """
    last = set((prose_span(lines)[1] - 1)[np.bincount(lines.page[prose(lines)], minlength=lines.pages) > 0].tolist())
    last |= {int(r) for r in lines.neighbour(-1)[title_breaks(lines)]}
    several = set(lines.page[title_breaks(lines)].tolist())
    edits, fields = [], []
    for row in sorted(last):
        found = closing_credit_of(lines, row)
        if not found or (
            not ROLE.search(found["credit"]) and not _names_a_person(found["credit"], lines.page[row] in several)
        ):
            continue
        page = int(lines.page[row])
        start, end = found.span()
        edits.append(Edit(start, end, "", "ART102"))
        base = int(lines.page_start[page])
        for role, person in _people(found["credit"]):
            fields.append(Field(page, role, person, start - base, end - base, "ART102"))
    return Found(edits=Edits.of(edits) if edits else None, fields=fields)


def _names_a_person(credit: str, several: bool) -> bool:
    """Whether a bare bracket holds a name. Where a page has several articles, each closes with one; elsewhere remarks
    do too.
    """
    inner = credit.strip("()（） \u3000\u00a0")
    return (
        several
        or (len(inner) == 3 and inner[-1] not in _NO_NAME)
        or (len(inner) == 2 and inner[0] in "王李张刘陈杨赵黄吴")
    )


# Last characters of the remarks that stand in brackets at the end of a text, and of no name that we saw.
_NO_NAME = frozenset("图版词语言注略转续完上下中文章节篇示边市县区省国页表例式号")


def _people(credit: str) -> list[tuple[str, str]]:
    """Roles and names in a credit."""
    out, at, role = [], 0, "authors"
    inner = credit.strip("()（） \u3000\u00a0")
    for found in [*ROLE.finditer(inner), None]:
        piece = inner[at : found.start() if found else len(inner)]
        out += [(role, n) for n in names(piece)]
        if found:
            role, at = ("photographers" if found[0] == "摄影" else "authors"), found.end()
    return out
