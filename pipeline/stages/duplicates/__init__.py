"""Stage duplicates: what a page copies from one that is kept; needs the fingerprints of the whole corpus."""

from pipeline.corpus.options import DuplicatesOptions
from pipeline.rule import Stage
from pipeline.stages.duplicates.contained_copy import contained_copy
from pipeline.stages.duplicates.exact_copy import exact_copy
from pipeline.stages.duplicates.near_copy import near_copy
from pipeline.stages.duplicates.repeated_paragraph import repeated_paragraph

# The kind of copy that each rule sets aside.
KINDS = {exact_copy.code: "exact", near_copy.code: "near", contained_copy.code: "contained"}
RULES = (exact_copy, near_copy, contained_copy, repeated_paragraph)
STAGE = Stage("duplicates", RULES, DuplicatesOptions, corpus=True)
