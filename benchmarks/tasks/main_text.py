"""The main text of pages of HTML by our pipeline: a line of {id, title, text} for each.

python -m benchmarks.tasks.main_text PAGES.jsonl TEXTS.jsonl
"""

import json
import sys
from pathlib import Path

from benchmarks.told import Work, tell
from pipeline import config
from pipeline.workbench import Bench


def main() -> None:
    """Clean, write, and tell."""
    bench = Bench.of(config.default(sys.argv[1]))
    with Work() as work:
        rows = [
            {"id": record["page"], "title": _title(record), "text": "\n".join(d["text"] for d in record["documents"])}
            for record in bench.records([sys.argv[1]])
        ]
    out = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    Path(sys.argv[2]).write_bytes(out.encode("utf-8", "surrogatepass"))
    tell({"pages": len(rows)}, work)


def _title(record: dict[str, object]) -> str:
    documents = record["documents"]
    assert isinstance(documents, list)
    return next((title for d in documents if (title := d["fields"].get("title"))), "")


if __name__ == "__main__":
    main()
