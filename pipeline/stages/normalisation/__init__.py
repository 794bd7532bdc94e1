"""Stage normalisation: one way of writing what can be written in several.

It comes after all stages that read a page by its layout and its signs, so that none of them loses evidence (an indent
begins a paragraph), and before copies are looked for, so that two spellings of one text are one text. It has no group:
its rules put signs in, and stages of a group may only delete. Indents and full-width letters are left by typesetting
and say nothing, so that their rules run; all others are a matter of taste, and run where they are selected:
`[rules] select = ["ALL", "NRM3"]`.
"""

from pipeline.rule import Stage
from pipeline.stages.normalisation.dash import dash
from pipeline.stages.normalisation.edge_space import edge_space
from pipeline.stages.normalisation.ellipsis import ellipsis
from pipeline.stages.normalisation.full_width_letter import full_width_letter
from pipeline.stages.normalisation.half_width_sign import half_width_sign
from pipeline.stages.normalisation.repeated_sign import repeated_sign
from pipeline.stages.normalisation.space_beside_sign import space_beside_sign
from pipeline.stages.normalisation.space_run import space_run
from pipeline.stages.normalisation.spaced_han import spaced_han

# Where a run of signs is an ellipsis or a dash it is no repetition.
STAGE = Stage(
    "normalisation",
    (
        edge_space, full_width_letter, ellipsis, dash, half_width_sign, repeated_sign, spaced_han, space_beside_sign,
        space_run,
    ),
)  # fmt: skip

__all__ = ["STAGE"]
