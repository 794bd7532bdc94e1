"""EVL101: text that stands in an evaluation set."""

from pipeline.corpus.overlaps import Overlap
from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule


@rule("EVL101")
def evaluation_overlap(lines: Lines, context: Context) -> Found:
    """Text that stands word for word in a set that models are examined with.

    **What it finds.** Stretches of `min_chars` letters and figures in a row, whatever the punctuation, width or script,
    that an item of one of the given `sets` has too, in any of its texts: question, choices, answer. With `action`
    "drop" the whole page is set aside, and its reason names the longest stretch, its item and its place; with "mark" it
    stays, and every stretch is a field `overlaps`, which the document has as a column.

    **Why.** A model that has read the questions is examined on its memory. Sets are on the web, with pages that quote
    them.

    **What it leaves alone.** Everything where no sets are given; shorter stretches, such as names of laws and offices
    that half the web shares; items that are shorter than a stretch; what says the same in other words.

    **Before**, where a set has the item 下列哪一种鸟在悬崖的石缝里筑巢而且一年只产一枚卵

        鸟类小测验
        下列哪一种鸟在悬崖的石缝里筑巢，而且一年只产一枚卵？

    **After** the page is set aside: shares 23 characters with quiz.jsonl:7 at 6-30.
    """
    if context.summary is None:
        return Found()
    found = context.summary.overlaps(lines, context.options.min_chars)
    if context.options.action == "mark":
        return Found(fields=[_field(lines, overlap) for overlap in found])
    longest: dict[int, Overlap] = {}
    for overlap in found:
        known = longest.get(overlap.page)
        if known is None or overlap.letters > known.letters:
            longest[overlap.page] = overlap
    return Found(
        aside={
            page: f"evaluation set: shares {o.letters} characters with {o.item} at {_place(lines, o)}"
            for page, o in longest.items()
        }
    )


def _place(lines: Lines, overlap: Overlap) -> str:
    begin = int(lines.page_start[overlap.page])
    return f"{overlap.start - begin}-{overlap.end - begin}"


def _field(lines: Lines, overlap: Overlap) -> Field:
    begin = int(lines.page_start[overlap.page])
    value = f"{overlap.item} at {_place(lines, overlap)}"
    return Field(overlap.page, "overlaps", value, overlap.start - begin, overlap.end - begin, "")
