"""NAV108."""

from pipeline.lines import Lines, Mask, among
from pipeline.rule import Context, Found, rule
from pipeline.signal import Signals

_ENDS, _STARTS, _CODE = ">", "<]", "vf$dw(_@."


def _possible(lines: Lines) -> Mask:
    """Lines whose first or last character can be that of markup."""
    code = among(lines.first, _CODE) & (lines.punct > 1)
    able: Mask = among(lines.last, _ENDS) | among(lines.first, _STARTS) | code
    return able


_MARKUP = Signals(
    {
        # A comment or tag that the rendering tore: it begins or ends here but not both, or it is nothing but markup.
        "torn": r"-->\s*$|^\s*<!--|^\s*\]\]>|^\s*<\?xml|</?(?:div|span|script|style|td|tr|table|li|ul|a|p|br|img|font)\b[^>]*>\s*$",
        "code": r"^\s*(?:var \w+\s*=|function\s*\w*\(|\$\(|document\.write|window\.|\(adsbygoogle|_hmt\.push|@media|\.\w+\s*\{.*\}\s*$)",
    },
    max_chars=400,
    where=_possible,
)


@rule("NAV108")
def torn_markup(lines: Lines, context: Context) -> Found:
    """Remains of comments, tags and scripts that the rendering of the page let through.

    A line that ends in `-->` or is nothing but markup, or that begins as a page's own script does. Lines of prose that
    quote a tag are left alone, as they end in a stop.

    Before: `2021-12-31 1 content_1.html /property-->`, after: nothing.
    """
    return Found(rows=_MARKUP.has(lines, "torn", "code") & ~lines.ended & (lines.stops <= 6))
