"""MET201."""

import numpy as np

from pipeline.document import Field
from pipeline.edit import Ints
from pipeline.lines import Lines, Mask, among
from pipeline.rule import Context, Found, rule
from pipeline.signal import Signals
from pipeline.stages.lexicon import ABOUT
from pipeline.stages.metadata.credits import credits_of
from pipeline.stages.metadata.zone import below_title, edges, prose_span
from pipeline.stages.thread import thread_pages
from pipeline.stages.title import told_lines

# Characters of a credit line that no credit accounts for: a stray word passes, a clause does not.
_MAX_LEFT = 6
_MAX_CHARS = 160


@rule("MET201")
def credit_line(lines: Lines, context: Context) -> Found:
    """A line of source, date, author, editor, views or tags.

    `来源:山东日报 发布时间:2020年07月01日 08:50 点击量:378 字体: 分享:` and its kin, with any of these keys in any order, or a lone date
    with the name of a site. Each value becomes a field with its span: `source`, `date`, `authors`, `reporters`,
    `correspondents`, `photographers`, `translators`, `interns`, `editor`, `checker`, `views`, `tags`, `section`,
    `issuer`, `document_number`, `index_number`, `url`. The line goes only when next to nothing of it is left
    unaccounted for, and only above or below the prose of the page; the editor in charge and tags also within it, as a
    notice of the site may follow them. In a thread such lines belong to posts.

    Before: `来源:新区日报 2020-07-01`, after: nothing, with `source` and `date`.
    """
    rows = np.zeros(len(lines), dtype=bool)
    fields: list[Field] = []
    wanted = (ABOUT.of(lines) != 0) | told_lines(lines)
    wanted &= ~thread_pages(lines)[lines.page] | ABOUT.has(lines, "source", "editor", "tags")
    outside = edges(lines)
    candidates = np.flatnonzero(wanted & (outside | _sure(lines)) & (lines.length <= _MAX_CHARS))
    page = lines.page[candidates]
    columns = (
        candidates, page, lines.head[candidates] - lines.page_start[page], below_title(lines)[candidates],
        outside[candidates], candidates >= prose_span(lines)[1][page], _beside_a_place(lines, candidates),
    )  # fmt: skip
    texts = zip(lines.strings(candidates, folded=False), lines.strings(candidates), strict=True)
    for (text, plain), told in zip(texts, zip(*(c.tolist() for c in columns), strict=True), strict=True):
        row, of_page, base, near, apart, below, event = told
        found, left = credits_of(text, plain, near)
        if left > _MAX_LEFT or (left and left * 3 > len(plain)) or (event and _of_an_event(lines, row)):
            continue
        if left and (not apart or {c.name for c in found} == {"date"}):
            continue  # what stands beside a lone date without a label is text: 施行, 星期日 晴
        if not found and plain.count(":") < 2:
            continue  # an empty form
        fields += [Field(of_page, name, value, base + at, base + to, "MET201") for name, value, at, to in found]
        # A lone date under a text is that of its signature: read, but left where it stands.
        rows[row] = not (below and [c.name for c in found] == ["date"] and ":" not in plain)
    return Found(rows=rows, fields=fields)


_SURE = Signals(
    {
        "editor": r"^[\W_]*(?:(?:来源|稿源)\s*:\s*\S{2,12}\s+)?(?:责任编辑|责编|本文编辑|值班编辑)\s*[::]",
        "tags": r"^[\W_]*(?:关键词|关键字|标签|文章标签)\s*:",
    },
    max_chars=80,
    # Of lines outside the prose nothing more need be told.
    where=lambda lines: (lines.stops <= 2) & (lines.punct > 0) & ~edges(lines),
)


def _sure(lines: Lines) -> Mask:
    """Lines of the editor in charge and of tags within the prose: a notice of the site may follow, or comments."""
    first, _ = prose_span(lines)
    found: Mask = (_SURE.of(lines) != 0) & (np.arange(len(lines)) > first[lines.page])
    return found


_PLACES = ("地点", "會議地點", "会议地点", "活动地点")
_PLACE_BEGINS = "".join(sorted({word[0] for word in _PLACES}))


def _beside_a_place(lines: Lines, rows: Ints) -> Mask:
    """Which of some lines have one beside them that may name the place of a meeting, by its first character."""
    begins = np.append(among(lines.first, _PLACE_BEGINS), False)  # the last stands for no line
    found: Mask = begins[lines.neighbour(-1)[rows]] | begins[lines.neighbour(1)[rows]]
    return found


def _of_an_event(lines: Lines, row: int) -> bool:
    """Whether the line is the time of a meeting: the one beside it names the place."""
    beside = [int(lines.neighbour(step)[row]) for step in (-1, 1)]
    return any(r >= 0 and lines.string(r).startswith(_PLACES) for r in beside)
