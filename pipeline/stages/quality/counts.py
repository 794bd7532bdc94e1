"""Counts by page that the quality rules share."""

import numpy as np
import numpy.typing as npt

from pipeline.lines import Lines


def by_page(lines: Lines, column: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The sum of a column of lines for each page."""
    total = np.concatenate(([0], np.cumsum(column)))
    result: npt.NDArray[np.int64] = total[lines.end_row] - total[lines.first_row]
    return result
