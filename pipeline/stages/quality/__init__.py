"""Stage quality: what is no text is set aside, with its reason."""

from pipeline.rule import Stage
from pipeline.stages.quality.foreign_text import foreign_text
from pipeline.stages.quality.little_text import little_text
from pipeline.stages.quality.options import QualityOptions
from pipeline.stages.quality.repeated_lines import repeated_lines

STAGE = Stage("quality", (little_text, foreign_text, repeated_lines), QualityOptions)
