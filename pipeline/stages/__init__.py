"""STAGES: the ordered tuple of all stages that find edits."""

from pipeline.rule import Rule, Stage
from pipeline.stages import (
    articles,
    duplicates,
    encoding,
    evaluation,
    interruptions,
    metadata,
    model,
    navigation,
    normalisation,
    quality,
    related,
    script,
    templates,
    wraps,
)

STAGES: tuple[Stage, ...] = (
    encoding.STAGE,
    script.STAGE,
    navigation.STAGE,
    related.STAGE,
    metadata.STAGE,
    model.STAGE,
    templates.STAGE,
    interruptions.STAGE,
    wraps.STAGE,
    articles.STAGE,
    quality.STAGE,
    normalisation.STAGE,
    evaluation.STAGE,
    duplicates.STAGE,
)

RULES: dict[str, Rule] = {rule.code: rule for stage in STAGES for rule in stage.rules}
