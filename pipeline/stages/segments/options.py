"""Options of the segments."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """How text is cut into sentences."""

    # A semicolon parts clauses of one sentence in all four treebanks that we measured; laws and lists may want the cut.
    split_semicolons: bool = False
