"""The limit: pages read from JSONL, the SHA-256 of each text, all of it written as Parquet (zstd 1), and no more.

python -m benchmarks.tasks.copy PAGES.jsonl OUT.parquet
"""

import hashlib
import sys
from itertools import islice

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.told import Work, tell

_ROWS = 5_000
_SCHEMA = pa.schema([("id", pa.string()), ("url", pa.string()), ("text", pa.string()), ("sha256", pa.string())])


def main() -> None:
    """Copy, and tell pages."""
    pages = 0
    with Work() as work, open(sys.argv[1], "rb") as lines, pq.ParquetWriter(
        sys.argv[2], _SCHEMA, compression="zstd", compression_level=1, use_dictionary=False
    ) as writer:  # fmt: skip
        while rows := [orjson.loads(line) for line in islice(lines, _ROWS)]:
            for row in rows:
                row["sha256"] = hashlib.sha256(row["text"].encode()).hexdigest()
            writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))
            pages += len(rows)
    tell({"pages": pages}, work)


if __name__ == "__main__":
    main()
