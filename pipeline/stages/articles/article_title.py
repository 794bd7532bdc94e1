"""ART101."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline.document import Field
from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.rule import Context, Found, rule
from pipeline.stages.articles.closings import bare_credits, closes, closing_lines
from pipeline.stages.closing import closing_credit_of
from pipeline.stages.metadata.people import people
from pipeline.stages.prose import prose

_MIN_CHARS, _MAX_CHARS = 5, 40
# A line of nothing but roles and names, each set apart; the title above it is then a title for sure.
_NAME = r"[\u4e00-\u9fff]{1,4}(?:·[\u4e00-\u9fff]{1,5})?"
_BYLINE = re.compile(
    r"^[\s□■●◆▲(（【\[]*(?:(?:本报|本网|本刊|本台|[\u4e00-\u9fff]{2,8}(?:报|网|社|台))?(?:驻[\u4e00-\u9fff]{2,6})?(?:首席|特约|见习|实习|全媒体)?"
    rf"(?:记者|通讯员|作者|撰文|文/图|图/文|文|摄影|译者|编译)[\s\u3000:：/]+{_NAME}(?:[\s\u3000、，]+{_NAME}){{0,7}}[\s\u3000]*)+(?:文/图|图/文|摄影报道|文|摄)?[)）】\]]?$"
)
_DASH = ("—", "－", "--")
# Title, subtitle, byline.
_MOST_LINES = 3


class Head(NamedTuple):
    """The head of a further article: rows of its title, its subtitle and its byline (-1 for none)."""

    title: int
    subtitle: int
    byline: int


@rule("ART101")
def article_title(lines: Lines, context: Context) -> Found:
    """The title of a further article on the same page, with its subtitle and byline.

    A line of title length with at most one stop, and none at its end, above prose. It begins an article where the
    paragraph above it closes one, with the credit of its author or of the editor, or where a line of nothing but roles
    and names stands between it and its text. A document begins there; the line becomes its `title`, a line with a dash
    below it `subtitle`, the byline `authors` with their roles. A heading that follows ordinary prose opens a section,
    not an article, and stays.

    Before: text `(王小川)`, `山村来了图书车`, text `(李一帆)`; after: two documents.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields: list[Field] = []
    found = heads(lines)
    for head in found:
        page = int(lines.page[head.title])
        low = int(lines.page_start[page])
        rows[[row for row in head if row >= 0]] = True
        for name, row in (("title", head.title), ("subtitle", head.subtitle)):
            if row >= 0:
                start, end = int(lines.head[row]) - low, int(lines.tail[row]) - low
                fields.append(Field(page, name, lines.string(row), start, end, "ART101"))
        if head.byline >= 0:
            at = int(lines.head[head.byline]) - low
            said = people(lines.string(head.byline))
            fields += [Field(page, p.field, p.name, at + p.start, at + p.end, "ART101") for p in said]
    return Found(rows=rows, fields=fields, breaks=title_breaks(lines))


def title_breaks(lines: Lines) -> Ints:
    """The rows at which a further article begins."""
    return np.array([head.title for head in heads(lines)], dtype=np.int64)


def heads(lines: Lines) -> list[Head]:
    """The heads of all further articles, in order."""
    return lines.derived(_heads)


def _heads(lines: Lines) -> list[Head]:
    own = prose(lines)
    above = lines.neighbour(-1)
    likely = (
        ~lines.blank & ~own & (lines.length >= _MIN_CHARS) & (lines.length <= _MAX_CHARS) & (lines.stops <= 1)
        & ~lines.ended & (above >= 0) & ~lines.bullet
    )  # fmt: skip
    # Whatever it is the title of is prose, and so is what stands above it, or that closes an article.
    likely &= (own | closing_lines(lines) | bare_credits(lines))[above] & _above_prose(lines)
    out: list[Head] = []
    for row in np.flatnonzero(likely).tolist():
        if out and row <= max(out[-1]):  # the byline or subtitle of the title above
            continue
        head = _head(lines, row)
        if head and _begins(lines, head, int(above[row])):
            out.append(head)
    return out


def _above_prose(lines: Lines) -> Mask:
    """Whether prose begins within the next lines that are not blank."""
    following, below = np.append(lines.neighbour(1), -1), np.arange(len(lines))
    found: Mask = np.zeros(len(lines), dtype=bool)
    for _ in range(_MOST_LINES):
        below = following[below]
        found |= prose(lines)[below] & (below >= 0)
    return found


def _head(lines: Lines, row: int) -> Head | None:
    """The head that a line is the title of, if prose follows it, a subtitle and a byline passed over."""
    if _BYLINE.match(lines.string(row)) or lines.string(row).startswith(_DASH) or closing_lines(lines)[row]:
        return None
    subtitle = byline = -1
    for below in _below(lines, row):
        if prose(lines)[below]:
            return Head(row, subtitle, byline)
        text = lines.string(below)
        if subtitle < 0 and byline < 0 and text.startswith(_DASH):
            subtitle = below
        elif byline < 0 and _BYLINE.match(text):
            byline = below
        else:
            return None
    return None


def _below(lines: Lines, row: int) -> Iterator[int]:
    """The next lines below that are not blank."""
    for _ in range(_MOST_LINES):
        row = int(lines.neighbour(1)[row])
        if row < 0:
            return
        yield row


def _begins(lines: Lines, head: Head, above: int) -> bool:
    """Whether what stands above a head ends an article, or its byline says that it begins one."""
    if closes(lines, above):
        return True
    if prose(lines)[above] and closing_credit_of(lines, above):
        return True
    return head.byline >= 0 and bool(prose(lines)[above] & lines.ended[above])
