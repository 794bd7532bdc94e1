"""The four packages used plainly: datasets reads and maps, ftfy mends, OpenCC converts, pyarrow writes Parquet.

python -m benchmarks.rivals.packages PAGES.jsonl OUT.parquet

What each page gets is what its documentation shows first, with the options of ftfy that leave Chinese punctuation as it
is, blank lines and spaces at the ends of lines taken away, and pages of the same text dropped.
"""

import hashlib
import re
import sys
from functools import partial
from typing import Any

import datasets
import ftfy
import opencc
import pyarrow.parquet as pq

from benchmarks.told import Work, tell

_CONFIG = ftfy.TextFixerConfig(uncurl_quotes=False, fix_character_width=False)
_SPACES = re.compile(r"[ \t\u3000]+$", re.MULTILINE)
_BLANK = re.compile(r"\n{2,}")


def _is_new(seen: set[str], row: dict[str, Any]) -> bool:
    new = row["sha256"] not in seen
    seen.add(row["sha256"])
    return new


def main() -> None:
    """Clean, write, and tell."""
    convert = opencc.OpenCC("t2s").convert

    def cleaned(row: dict[str, Any]) -> dict[str, Any]:
        text = convert(ftfy.fix_text(row["text"], _CONFIG))
        text = _BLANK.sub("\n", _SPACES.sub("", text)).strip()
        return {"text": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}

    datasets.disable_progress_bars()
    with Work() as work:
        pages = datasets.load_dataset("json", data_files=sys.argv[1], split="train")
        made = pages.map(cleaned)
        seen: set[str] = set()
        made = made.filter(partial(_is_new, seen))
        pq.write_table(made.with_format("arrow")[:], sys.argv[2], compression="zstd")
    tell({"pages": len(pages), "documents": len(made)}, work)


if __name__ == "__main__":
    main()
