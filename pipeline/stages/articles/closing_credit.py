"""ART102."""

import re

import numpy as np

from pipeline.document import Field
from pipeline.edit import Edit, Edits
from pipeline.lines import Lines, among
from pipeline.rule import Context, Found, rule
from pipeline.stages.articles.article_title import title_breaks
from pipeline.stages.articles.closings import bare_credits, closing_lines
from pipeline.stages.closing import ROLE, closing_credit_of
from pipeline.stages.metadata.people import names, people
from pipeline.stages.metadata.zone import prose_span
from pipeline.stages.prose import prose


@rule("ART102")
def closing_credit(lines: Lines, context: Context) -> Found:
    """The credit at the end of an article's last paragraph: `(记者 王小川 通讯员 李一帆)`, `(张三)`, `文/片 记者 张三`.

    Each person becomes an entry of `authors`, beside it of `reporters`, `correspondents`, or instead of
    `photographers`, as the role says. Only after the end of a sentence, in the last paragraph of an article or a page, or
    on a line of its own right above a further article; bare names need one of two hundred common family names, or a
    page of several articles that all close so, so that other remarks in brackets stay.

    Before: `……让日子更有奔头。(王小川)`, after: `……让日子更有奔头。`, with `authors` = `王小川`.
    """
    breaks = title_breaks(lines)
    ends = {int(r) for r in lines.neighbour(-1)[breaks]}
    last = set(_last_paragraphs(lines))
    several = set(lines.page[breaks].tolist())
    edits: list[Edit] = []
    fields: list[Field] = []
    rows = np.zeros(len(lines), dtype=bool)
    for row in sorted(last | ends):
        page = int(lines.page[row])
        base = int(lines.page_start[page])
        if row in ends and closing_lines(lines)[row]:
            rows[row] = True
            fields += _told(page, lines.string(row), int(lines.head[row]) - base)
            continue
        start, end, credit = _credit(lines, row, page in several)
        if credit:
            edits.append(Edit(start, end, "", "ART102"))
            fields += _told(page, credit, start - base + lines.text[start:end].index(credit))
    return Found(rows=rows, edits=Edits.of(edits) if edits else None, fields=fields)


def _last_paragraphs(lines: Lines) -> list[int]:
    """The row of the last paragraph of each page on which a paragraph closes with a credit.

    To know it takes the whole of what is known of a page, its title, its tail, which few pages are worth.
    """
    # A credit ends in a bracket or a name.
    name = (lines.last >= 0x4E00) & (lines.last <= 0x9FFF)
    likely = prose(lines) & (name | among(lines.last, ")）·"))
    bare = bare_credits(lines)
    rows = [r for r in np.flatnonzero(likely).tolist() if bare[r] or closing_credit_of(lines, r)]
    if not rows:
        return []
    pages = np.unique(lines.page[rows])
    part = lines.part(pages.tolist())
    last: list[int] = (lines.first_row[pages] + prose_span(part)[1] - 1 - part.first_row).tolist()
    return last


def _credit(lines: Lines, row: int, several: bool) -> tuple[int, int, str]:
    """The span of the credit that closes a paragraph with the space before it, and its words; empty where none does."""
    found = closing_credit_of(lines, row)
    if found and (ROLE.search(found["credit"]) or _names_a_person(found["credit"], several)):
        return (*found.span(), found["credit"])
    if several and bare_credits(lines)[row]:
        tail = int(lines.tail[row])
        start = max(lines.text.rfind("(", 0, tail), lines.text.rfind("（", 0, tail))
        return start, tail, lines.text[start:tail]
    return 0, 0, ""


def _told(page: int, credit: str, at: int) -> list[Field]:
    """The fields of a credit; `at` is where it begins on its page."""
    editor = _EDITOR.match(credit)
    if editor:
        return [
            Field(
                page,
                "editor",
                "、".join(names(editor["names"])),
                at + editor.start("names"),
                at + len(credit),
                "ART102",
            )
        ]
    inner = credit.strip(_BRACKETS)
    shift = at + credit.index(inner)
    return [Field(page, p.field, p.name, shift + p.start, shift + p.end, "ART102") for p in people(inner)]


_BRACKETS = "()（）[]【】 \u3000\u00a0"
_EDITOR = re.compile(r"^[\s\u3000(（\[【]*(?:责任编辑|责编|编辑)\s*[:：]\s*(?P<names>[^)）\]】]+)")


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
