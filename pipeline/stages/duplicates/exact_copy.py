"""DUP101: pages whose text another page has, character for character."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.duplicates.copies import copies


@rule("DUP101")
def exact_copy(lines: Lines, context: Context) -> Found:
    """Pages whose cleaned text is the text of another page that is kept.

    **What it finds.** Texts that are equal once width, case and script are folded and spaces and line feeds dropped:
    the same article under two addresses, on two sites, or read twice.

    **Why.** A model that reads a text many times learns it by heart, and a copy on both sides of a split makes the test
    worthless. The page is not lost: it is in `dropped`, with the page that is kept.

    **What it leaves alone.** Of every group of equal texts the earliest page (by the date that came with it; undated
    pages last), then the one of the smallest id, unless the whole group goes as near copies of another page; pages
    without text. A page of an earlier release (`against`) goes before all of this corpus.

    **Before**, on two pages

        灯塔建于一九〇三年，塔高十七米。

    **After**, on one of them; the other is set aside.
    """
    return copies(context, "exact", "DUP101", "exact copy")
