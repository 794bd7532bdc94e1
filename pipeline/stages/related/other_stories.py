"""REL101."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.tail import STORIES, tail_rows


@rule("REL101")
def other_stories(lines: Lines, context: Context) -> Found:
    """Other stories after the page's own text: related, recommended, popular, next and previous.

    After the body of a page the first heading such as `相关新闻`, `推荐阅读`, `上一篇:` opens its tail. From there to the end
    all goes in one edit: headlines and teasers of other stories read like prose, so they cannot be told apart line by
    line. What names the editor or the tags of the page itself stays for the stage metadata. Nothing goes while prose
    that weighs more follows, and headings inside the text stay.

    Before: text, `相关新闻:`, ten headlines; after: text.
    """
    return Found(rows=tail_rows(lines, STORIES, context.options.min_body))
