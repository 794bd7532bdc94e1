"""Stage related: where a page's own text ends and other stories, comments and the foot of the page begin."""

from pipeline.rule import Stage
from pipeline.stages.group import PAGE
from pipeline.stages.related.comment_area import comment_area
from pipeline.stages.related.options import RelatedOptions
from pipeline.stages.related.other_stories import other_stories
from pipeline.stages.related.page_foot import page_foot

STAGE = Stage("related", (other_stories, comment_area, page_foot), RelatedOptions, group=PAGE)
