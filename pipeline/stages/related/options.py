"""Options of the stage related."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RelatedOptions:
    """Thresholds of the rules that cut the tail of a page."""

    # Least weight of a page's body, in Han characters of prose, before its tail may be cut.
    min_body: float = 60.0
