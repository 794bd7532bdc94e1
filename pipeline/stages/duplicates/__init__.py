"""Stage duplicates: pages that copy a page which is kept; needs the fingerprints of the whole corpus."""

from pipeline.corpus.keepers import DuplicatesOptions
from pipeline.rule import Stage
from pipeline.stages.duplicates.exact_copy import exact_copy
from pipeline.stages.duplicates.near_copy import near_copy

STAGE = Stage("duplicates", (exact_copy, near_copy), DuplicatesOptions, corpus=True)
