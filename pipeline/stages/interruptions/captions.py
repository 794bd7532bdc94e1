"""What the caption rules share: a caption leaves the text as a whole line and becomes an entry of `captions`."""

from collections.abc import Iterable

import numpy as np

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Found


def lifted(lines: Lines, rows: Iterable[int], code: str, name: str = "captions") -> Found:
    """The rows taken out, each as a field."""
    mask = np.zeros(len(lines), dtype=bool)
    fields = []
    for row in rows:
        page = int(lines.page[row])
        low = int(lines.page_start[page])
        mask[row] = True
        fields.append(
            Field(page, name, lines.string(row), int(lines.head[row]) - low, int(lines.tail[row]) - low, code)
        )
    return Found(rows=mask, fields=fields)
