"""Lines of JSON in and out, with nothing but Python: what every rival's program needs."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def read(path: str) -> list[dict[str, Any]]:
    """The rows of a file."""
    with open(path, encoding="utf-8", errors="surrogatepass") as lines:
        return [json.loads(line) for line in lines]


def write(path: str, rows: Iterable[dict[str, Any]]) -> None:
    """A row a line."""
    out = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    Path(path).write_bytes(out.encode("utf-8", "surrogatepass"))


def bytes_of(rows: Iterable[dict[str, Any]]) -> int:
    """The UTF-8 bytes of their texts."""
    return sum(len(row["text"].encode("utf-8", "surrogatepass")) for row in rows)
