"""EVL101: text that stands in an evaluation set."""

import numpy as np

from pipeline.corpus.overlaps import Overlap
from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Documents, Found, rule, span_edits


@rule("EVL101")
def evaluation_overlap(lines: Lines, context: Context) -> Found:
    """Text that stands word for word in a set that models are examined with.

    **What it finds.** Stretches of `min_chars` letters and figures in a row, whatever the punctuation, width or script,
    that an item of one of the given `sets` has too, in any of its texts: question, choices, answer. With `action`
    "drop" the document goes, and the note of the edit names the longest stretch, its item and its place, counted from
    the beginning of the document; a page of which no document is left is set aside for that reason. With "mark" all
    stay, and every stretch is a field `overlaps`, which the document has as a column.

    **Why.** A model that has read the questions is examined on its memory. Sets are on the web, with pages that quote
    them.

    **What it leaves alone.** Everything where no sets are given; the other documents of a page; shorter stretches, such
    as names of laws and offices that half the web shares; items that are shorter than a stretch; what says the same in
    other words.

    **Before**, where a set has the item 下列哪一种鸟在悬崖的石缝里筑巢而且一年只产一枚卵

        鸟类小测验
        下列哪一种鸟在悬崖的石缝里筑巢，而且一年只产一枚卵？

    **After** the page is set aside: shares 23 characters with quiz.jsonl:7 at 6-30.
    """
    if context.summary is None:
        return Found()
    docs = context.documents(lines)
    found = context.summary.overlaps(lines, context.options.min_chars, docs.start)
    if context.options.action == "mark":
        return Found(fields=[_field(lines, docs, overlap) for overlap in found])
    longest: dict[int, Overlap] = {}
    for overlap in found:
        known = longest.get(overlap.document)
        if known is None or overlap.letters > known.letters:
            longest[overlap.document] = overlap
    return _dropped(lines, docs, longest)


def _dropped(lines: Lines, docs: Documents, longest: dict[int, Overlap]) -> Found:
    """Documents go; the page is set aside where they are all it has."""
    hit = np.zeros(len(docs.page), dtype=bool)
    hit[list(longest)] = True
    left = np.bincount(docs.page, weights=~hit, minlength=lines.pages) > 0
    aside = {int(docs.page[d]): d for d in sorted(longest, key=lambda d: longest[d].letters) if not left[docs.page[d]]}
    gone = [d for d in sorted(longest) if left[docs.page[d]]]
    end = np.minimum(docs.end[gone] + 1, lines.page_start[docs.page[gone] + 1] - 1)
    return Found(
        edits=span_edits(docs.start[gone], end, "EVL101", note=[_reason(docs, longest[d]) for d in gone]),
        aside={page: _reason(docs, longest[d]) for page, d in aside.items()},
    )


def _reason(docs: Documents, overlap: Overlap) -> str:
    return f"evaluation set: shares {overlap.letters} characters with {overlap.item} at {_place(docs, overlap)}"


def _place(docs: Documents, overlap: Overlap) -> str:
    begin = int(docs.start[overlap.document])
    return f"{overlap.start - begin}-{overlap.end - begin}"


def _field(lines: Lines, docs: Documents, overlap: Overlap) -> Field:
    page = int(docs.page[overlap.document])
    begin = int(lines.page_start[page])
    value = f"{overlap.item} at {_place(docs, overlap)}"
    return Field(page, "overlaps", value, overlap.start - begin, overlap.end - begin, "")
