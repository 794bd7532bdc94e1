"""A corpus of which a release is made, and then one of its pages has a sentence more.

python -m benchmarks.tasks.change PAGES.jsonl

Pages, store and release lie in the folder that it runs in.
"""

import shutil
import sys
from pathlib import Path

import orjson

from pipeline.cli import main as jingwen

_SENTENCE = "\n后来又添了一句话，别的都没有改动。"


def main() -> int:
    """Build, and change the page in the middle."""
    pages = Path("pages.jsonl")
    shutil.copy(sys.argv[1], pages)
    status = jingwen(["build", "--input", str(pages), "--name", "made", "--workers", "0"])
    lines = pages.read_bytes().split(b"\n")
    place = len(lines) // 2
    page = orjson.loads(lines[place])
    lines[place] = orjson.dumps({**page, "text": page["text"] + _SENTENCE})
    pages.write_bytes(b"\n".join(lines))
    return status


if __name__ == "__main__":
    raise SystemExit(main())
