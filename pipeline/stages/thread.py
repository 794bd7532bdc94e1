"""Which pages are threads: posts of several people, each with its panel and buttons."""

import numpy as np

from pipeline.lines import Lines, Mask
from pipeline.stages.lexicon import FURNITURE

# A page with so many floors, panels and ranks is a thread. Buttons do not count: articles have them, and their
# comments.
_MIN_SIGNS = 3


def thread_pages(lines: Lines) -> Mask:
    """For each page whether it is a thread."""
    return lines.derived(_thread_pages)


def _thread_pages(lines: Lines) -> Mask:
    signs = FURNITURE.has(lines, "post header", "member rank", "panel")
    result: Mask = np.bincount(lines.page[signs], minlength=lines.pages) >= _MIN_SIGNS
    return result
