"""REL301."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.tail import FOOT, tail_rows


@rule("REL301")
def page_foot(lines: Lines, context: Context) -> Found:
    """The foot of a page: menus, link lists, copyright, licences, addresses.

    After the body the first furniture that is neither another story nor a comment opens the tail; from there to the
    end all goes in one edit. Signatures and dates that close the text stand before it and stay.

    Before: text, `首页`, `Copyright © 2020 版权所有`; after: text.
    """
    return Found(rows=tail_rows(lines, FOOT, context.options.min_body))
