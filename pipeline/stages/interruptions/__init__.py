"""Stage interruptions: captions that cut a paragraph, and fragments of interleaved columns, before broken lines are
joined.
"""

from pipeline.rule import Stage
from pipeline.stages.interruptions.caption_in_paragraph import caption_in_paragraph
from pipeline.stages.interruptions.column_fragment import column_fragment
from pipeline.stages.interruptions.interleaved_column import interleaved_column
from pipeline.stages.interruptions.photo_credit import photo_credit
from pipeline.stages.interruptions.portrait_caption import portrait_caption
from pipeline.stages.interruptions.pull_quote import pull_quote
from pipeline.stages.interruptions.running_head import running_head
from pipeline.stages.interruptions.trailing_caption import trailing_caption

STAGE = Stage(
    "interruptions",
    (
        running_head,
        photo_credit,
        pull_quote,
        caption_in_paragraph,
        portrait_caption,
        trailing_caption,
        interleaved_column,
        column_fragment,
    ),
)
