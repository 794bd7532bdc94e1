"""Counts by page that the quality rules share."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.edit import Ints
from pipeline.lines import Lines


def letters(lines: Lines) -> Ints:
    """Letters of any script in each line: what is no digit, no punctuation and no space."""
    count: Ints = lines.end - lines.start - lines.digit - lines.punct - lines.space
    return count


def by_page(lines: Lines, column: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int64]:
    """The sum of a column of lines for each page."""
    total = np.concatenate(([0], np.cumsum(column)))
    result: npt.NDArray[np.int64] = total[lines.end_row] - total[lines.first_row]
    return result
