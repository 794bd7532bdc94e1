"""Line changes: what of the lines that sites repeat is to be reckoned anew where some parts of a corpus changed.

All that is said of a line hangs on the pages of its site. Of sites whose line counts are what they were, what was
reckoned stands; a changed page is of one.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pipeline.corpus.line_counts import SCHEMA, Hashes, merge


def sites_between(gone: Sequence[pa.Table], come: Sequence[pa.Table]) -> Hashes:
    """The sites of which a corpus counts other lines: from the counts of parts that went, and of those that came.

    Merged counts keep the least bodies of a line; where those of both are equal, so are they with any others.
    """
    rows = pa.concat_tables([merge(gone), merge(come)])
    columns = [rows[name].to_numpy() for name in SCHEMA.names]
    order = np.lexsort(columns)
    again = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in columns:
        again &= column[order[1:]] == column[order[:-1]]
    alone = np.ones(len(order), dtype=bool)
    alone[1:] &= ~again
    alone[:-1] &= ~again
    sites: Hashes = np.unique(columns[0][order[alone]])
    return sites


def of_sites(rows: pa.Table, sites: Hashes) -> pa.Table:
    """Rows of line counts, or of templates, that are of some sites; in their order."""
    return rows.filter(pa.array(np.isin(rows["site"].to_numpy(), sites)))


def replaced(templates: pa.Table, sites: Hashes, own: pa.Table) -> pa.Table:
    """The templates of a corpus with those of some sites reckoned anew: `own` in place of what they had."""
    others = templates.filter(pa.array(~np.isin(templates["site"].to_numpy(), sites)))
    return pa.concat_tables([others, own]).sort_by("key").combine_chunks()
