"""Stage evaluation: pages that hold what models are examined with; needs the evaluation sets."""

from pipeline.corpus.overlaps import EvaluationOptions
from pipeline.rule import Stage
from pipeline.stages.evaluation.evaluation_overlap import evaluation_overlap

STAGE = Stage("evaluation", (evaluation_overlap,), EvaluationOptions, corpus=True)
