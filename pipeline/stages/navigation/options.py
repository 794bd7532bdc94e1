"""Options of the stage navigation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NavigationOptions:
    """Thresholds of the navigation rules."""

    # Items of a menu in a row before a run is one: two short lines are a heading and its subtitle.
    min_items: int = 3
    # Longest item of a menu, in characters: names of departments are no longer, most headlines are.
    max_item_chars: int = 14
    # Least Han characters of a line without any punctuation before it is taken for run-together link names: of 44,052
    # paragraphs of articles 61 are as long without a stop, and headlines that long are rare.
    min_run_chars: int = 30
    # Least weight of a page's body, in Han characters of prose, before what stands around it may be cut.
    min_body: float = 60.0
