"""Data files of a report: JSON, deflated, in scripts: a page opened from disk may load scripts and nothing else.

A file calls `jingwen.take(name, text)`; the text is Base64, a third larger than what was deflated and safe in any
script. Files are small, so that a view loads the one or two it needs.
"""

import base64
import json
import re
import zlib
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

# About what a browser unpacks in 20 ms, and a disk of a network reads at once.
SHARD_BYTES = 600_000
ROWS = 500
_PENDING = 4
_LONE = re.compile("[\ud800-\udfff]")


def dumped(thing: Any) -> bytes:
    r"""JSON in UTF-8; a lone surrogate, which UTF-8 does not have, is escaped.

    >>> dumped("甲\ud800")
    b'"\xe7\x94\xb2\\ud800"'
    """
    text = json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
    return _LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


class Shards:
    """Writes the data files of a report; `directory` is what a browser must know to find its way in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.directory: dict[str, Any] = {}
        self._waiting: list[bytes] = []
        self._size = 0
        self._first = [0]
        # Deflating lets the other core work; a few files wait, so that memory stays flat.
        self._thread = ThreadPoolExecutor(1)
        self._pending: deque[Future[None]] = deque()

    def table(self, name: str, rows: Sequence[Any]) -> None:
        """A list that is shown a part at a time."""
        self.directory[name] = {"rows": len(rows), "size": ROWS}
        for i in range(0, len(rows), ROWS):
            self._write(f"{name}-{i // ROWS}", dumped(rows[i : i + ROWS]))

    def parts(self, name: str, parts: Sequence[Any]) -> None:
        """A thing in parts of its own making."""
        self.directory[name] = {"parts": len(parts)}
        for i, part in enumerate(parts):
            self._write(f"{name}-{i}", dumped(part))

    def page(self, page: Any) -> None:
        """One more page; pages are numbered in the order they come."""
        text = dumped(page)
        if self._waiting and self._size + len(text) > SHARD_BYTES:
            self._flush()
        self._waiting.append(text)
        self._size += len(text)

    def last_page(self) -> None:
        """No more pages come."""
        if self._waiting:
            self._flush()
        self.directory["page"] = {"first": self._first}

    def _flush(self) -> None:
        self._write(f"page-{len(self._first) - 1}", b"[" + b",".join(self._waiting) + b"]")
        self._first.append(self._first[-1] + len(self._waiting))
        self._waiting, self._size = [], 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Wait for the last files; what failed in writing one is raised."""
        with self._thread:
            while self._pending:
                self._pending.popleft().result()

    def _write(self, name: str, text: bytes) -> None:
        self._pending.append(self._thread.submit(self._written, name, text))
        while len(self._pending) > _PENDING:
            self._pending.popleft().result()

    def _written(self, name: str, text: bytes) -> None:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = base64.b64encode(packer.compress(text) + packer.flush()).decode()
        (self._folder / f"{name}.js").write_text(f'jingwen.take("{name}","{packed}");\n', encoding="ascii")
