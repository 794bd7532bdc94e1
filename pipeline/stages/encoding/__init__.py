"""Stage encoding: text that was misread, and characters that should not be in it."""

from pipeline.rule import Stage
from pipeline.stages.encoding.big5_as_gbk import big5_as_gbk
from pipeline.stages.encoding.big5_as_latin import big5_as_latin
from pipeline.stages.encoding.control_character import control_character
from pipeline.stages.encoding.gbk_as_big5 import gbk_as_big5
from pipeline.stages.encoding.gbk_as_latin import gbk_as_latin
from pipeline.stages.encoding.html_entity import html_entity
from pipeline.stages.encoding.invisible_character import invisible_character
from pipeline.stages.encoding.line_ending import line_ending
from pipeline.stages.encoding.normal_form import normal_form
from pipeline.stages.encoding.odd_space import odd_space
from pipeline.stages.encoding.options import EncodingOptions
from pipeline.stages.encoding.radical import radical
from pipeline.stages.encoding.replacement_debris import replacement_debris
from pipeline.stages.encoding.surrogate import surrogate
from pipeline.stages.encoding.utf8_as_gbk import utf8_as_gbk
from pipeline.stages.encoding.utf8_as_latin import utf8_as_latin

# Misread bytes come first, GBK before ftfy, which would make it worse; then whole entities, then single characters.
STAGE = Stage(
    "encoding",
    (
        gbk_as_latin, utf8_as_gbk, big5_as_latin, gbk_as_big5, big5_as_gbk, utf8_as_latin, html_entity, control_character, invisible_character, line_ending,
        odd_space, surrogate, normal_form, radical, replacement_debris,
    ),
    EncodingOptions,
)  # fmt: skip

__all__ = ["STAGE", "EncodingOptions"]
