"""Stage model: lines that no rule names, weighed by what stands around them."""

from pipeline.rule import Stage
from pipeline.stages.group import PAGE
from pipeline.stages.model.options import ModelOptions
from pipeline.stages.model.unlikely_line import unlikely_line

STAGE = Stage("model", (unlikely_line,), ModelOptions, group=PAGE)
