"""Makes pipeline/corpus/grams.npz, what jingwen knows of Chinese without a corpus, from pages that were written for it.

`make grams` calls it. Read are the sample pages, cleaned of what is no text, and the cases of the rules.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.config import default
from pipeline.corpus import grams
from pipeline.lines import Lines
from pipeline.workbench import Bench

ROOT = Path(__file__).parent.parent
# Seen once is chance; without these the file has a third of its size.
LEAST = 2


def made() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
    """The places and counts that are shipped."""
    names = ["encoding", "script", "navigation", "related", "metadata", "interruptions", "wraps"]
    bench = Bench.of(default(), names)
    tables = [grams.of(trail.lines) for trail in bench.run([ROOT / "pipeline" / "samples"])]
    cases = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "rules").glob("*.md"))]
    table = grams.merge([*tables, grams.of(Lines.of(cases))])
    place, count = table["place"].to_numpy(), table["count"].to_numpy()
    kept = count >= LEAST
    return place[kept], np.minimum(count[kept], 65535).astype(np.uint16)


if __name__ == "__main__":
    with (ROOT / "pipeline" / "corpus" / grams.DEFAULT).open("wb") as file:
        places, counts = made()
        np.savez_compressed(file, place=places, count=counts)
