"""Pages read from an archive by our reader, HTML rendered as text with what its tags say: pages and characters.

python -m benchmarks.tasks.read PAGES.warc.gz
"""

import sys

from benchmarks.told import Work, tell
from pipeline import config
from pipeline.workbench import Bench


def main() -> None:
    """Read, and tell."""
    bench = Bench.of(config.default(sys.argv[1]))
    pages = chars = reasons = 0
    with Work() as work:
        for page in bench.pages(sys.argv[1]):
            pages += 1
            chars += len(page.text)
            reasons += bool(page.reason)
    tell({"pages": pages, "chars": chars, "set aside": reasons}, work)


if __name__ == "__main__":
    main()
