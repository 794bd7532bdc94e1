"""NAV203."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.main_element import main_element
from pipeline.stages.navigation.outside import outside


@rule("NAV203")
def outside_extracted_text(lines: Lines, context: Context) -> Found:
    """Lines of an HTML page that the extractor does not take for its text, where `[source] extractor` names one.

    The page is rendered whole, and that is its raw text; the extractor, which saw the same HTML, chooses among its lines,
    and this rule cuts the others. So whatever it leaves out is an edit that shows and restores it, and other rules go
    on from what it takes. NAV201 and NAV202, which would choose by tags, rest on such a page. The title stays, and lines
    of date and source between it and the text. A page of which the extractor takes nothing is cleaned as if none was asked.

    Before: the text, and `责任编辑推荐阅读` below it, which trafilatura leaves out; after: the text.
    """
    found = main_element(lines)
    if not found.extracted.any():
        return Found()
    return Found(rows=outside(lines) & found.extracted)
