"""Stage templates: what a site repeats from page to page; needs the line counts of the whole corpus."""

from pipeline.corpus.line_counts import TemplatesOptions
from pipeline.rule import Stage
from pipeline.stages.templates.template_block import template_block
from pipeline.stages.templates.template_line import template_line

STAGE = Stage("templates", (template_line, template_block), TemplatesOptions, corpus=True)
