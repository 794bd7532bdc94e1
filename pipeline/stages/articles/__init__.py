"""Stage articles: a page of several articles becomes several documents, each with its own title and authors."""

from pipeline.rule import Stage
from pipeline.stages.articles.article_title import article_title
from pipeline.stages.articles.closing_credit import closing_credit

STAGE = Stage("articles", (closing_credit, article_title))
