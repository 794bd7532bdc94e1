"""REL201."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.tail import COMMENTS, tail_rows


@rule("REL201")
def comment_area(lines: Lines, context: Context) -> Found:
    """The comments under a page, and the form that asks for them.

    After the body the first line such as `网友评论`, `发表评论`, `12人参与` opens the tail; from there to the end all goes in one
    edit. In a thread the posts are the text: they weigh as the body does, so the tail begins after the last of them.

    Before: text, `网友评论`, three comments of a line; after: text.
    """
    return Found(rows=tail_rows(lines, COMMENTS, context.options.min_body))
