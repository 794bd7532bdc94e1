"""Stage script: traditional pages into simplified script, or the other way round."""

from pipeline.rule import Stage
from pipeline.stages.script.options import ScriptOptions
from pipeline.stages.script.other_script import other_script
from pipeline.stages.script.page_region import page_region
from pipeline.stages.script.page_script import page_script, script_of
from pipeline.stages.script.particle_zhe import particle_zhe
from pipeline.stages.script.variant_character import variant_character

# No two of these change the same character, so that their order only says which is looked at first.
STAGE = Stage("script", (page_script, page_region, other_script, particle_zhe, variant_character), ScriptOptions)

__all__ = ["STAGE", "ScriptOptions", "script_of"]
