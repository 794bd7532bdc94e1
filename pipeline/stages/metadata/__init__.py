"""Stage metadata: what a page says of itself becomes fields, and its lines leave the text."""

from pipeline.rule import Stage
from pipeline.stages.group import PAGE
from pipeline.stages.metadata.byline import byline
from pipeline.stages.metadata.credit_line import credit_line
from pipeline.stages.metadata.original_title import original_title
from pipeline.stages.metadata.page_number import page_number
from pipeline.stages.metadata.subtitle import subtitle
from pipeline.stages.metadata.title import title

STAGE = Stage("metadata", (original_title, page_number, credit_line, byline, title, subtitle), group=PAGE)
