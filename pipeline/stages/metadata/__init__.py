"""Stage metadata: what a page says of itself becomes fields, and its lines leave the text."""

from pipeline.rule import Stage
from pipeline.stages.group import PAGE
from pipeline.stages.metadata.byline import byline
from pipeline.stages.metadata.credit_line import credit_line
from pipeline.stages.metadata.dateline import dateline
from pipeline.stages.metadata.lone_author import lone_author
from pipeline.stages.metadata.markup_property import markup_property
from pipeline.stages.metadata.original_title import original_title
from pipeline.stages.metadata.page_head_data import page_head_data
from pipeline.stages.metadata.page_number import page_number
from pipeline.stages.metadata.page_path import page_path
from pipeline.stages.metadata.photographer import photographer
from pipeline.stages.metadata.subtitle import subtitle
from pipeline.stages.metadata.thread_opener import thread_opener
from pipeline.stages.metadata.title import title

STAGE = Stage(
    "metadata",
    (
        original_title, page_number, page_path, thread_opener, credit_line, byline, lone_author, title, subtitle,
        markup_property, dateline, photographer, page_head_data,
    ),
    group=PAGE,
)  # fmt: skip
