"""Stage wraps: lines that were broken are joined; what stands between paragraphs becomes one line feed."""

from pipeline.rule import Stage
from pipeline.stages.wraps.broken_paragraph import broken_paragraph
from pipeline.stages.wraps.hard_wrap import hard_wrap
from pipeline.stages.wraps.paragraph_gap import paragraph_gap

STAGE = Stage("wraps", (hard_wrap, broken_paragraph, paragraph_gap))
