"""Pages of which people have said what is text: read from JSONL or Parquet, every character labelled.

A row has `id`, the page as `text` (or `dump`), and what is its own text: `lines` as `{start, end, main}` in code points
of the page, or `leaves` as `{text, main}` in the order of the page, or only `gold`, the text itself. `kind` sets apart
pages that are counted apart.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError, UsageError

OTHER, MAIN, UNKNOWN = 0, 1, 2
Labels = npt.NDArray[np.int8]

_SPACE = re.compile(r"\s+")
# A line is the text's own if half of its runs of four characters stand in the gold text: people mend spaces, quotation
# marks and notes, not half of a line. Shorter lines must be a line of the gold text.
_RUN, _SHARE = 4, 0.5
_SHORT = 8


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page with its gold text; `labels` has MAIN, OTHER or UNKNOWN for each character of the page.

    `site` is the host of its `url`, or its id: what pages of one make have in common.
    """

    id: str
    kind: str
    site: str
    text: str
    gold: str
    labels: Labels


def labelled(path: str | Path) -> list[Labelled]:
    """The pages of a file of labels, in its order.

    Raises InputError for a file that cannot be read, UsageError for a row that is not of the form.
    """
    path = Path(path)
    return [_page(row, f"{path}:{number}") for number, row in _rows(path)]


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(path) as file:
                wanted = {"id", "kind", "url", "text", "dump", "gold", "lines", "leaves"} & set(file.schema_arrow.names)
                rows = file.read(columns=sorted(wanted)).to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{path}: cannot be read as Parquet: {error}.") from None
        yield from enumerate(rows, 1)
        return
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8; labels are JSON Lines in UTF-8, or Parquet.") from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _object(line, f"{path}:{number}")


def _object(line: str, where: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(f"{where}: no JSON. Labels are one JSON object a line: id, text, and lines or gold.") from None
    if not isinstance(row, dict):
        raise UsageError(f"{where}: {type(row).__name__}, not an object with id, text, and lines or gold.")
    return row


def _page(row: Mapping[str, Any], where: str) -> Labelled:
    text = row.get("text", row.get("dump"))
    if not isinstance(text, str) or row.get("id") is None:
        raise UsageError(
            f"{where}: a page of labels needs `id` and `text`; found {', '.join(sorted(row)) or 'nothing'}."
        )
    gold = row.get("gold")
    try:
        if row.get("lines") is not None:
            labels = _of_lines(text, row["lines"])
        elif row.get("leaves") is not None:
            labels = _of_leaves(text, row["leaves"])
        elif isinstance(gold, str):
            labels = _of_gold(text, gold)
        else:
            raise UsageError(f"{where}: nothing says what is text: give `lines` as {{start, end, main}}, or `gold`.")
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{where}: {error!r} in its lines; each is an object {{start, end, main}} (`leaves`: {{text, main}})."
        ) from None
    if not isinstance(gold, str):
        gold = "\n".join(text[a:b] for a, b in _runs(labels))
    site = urlsplit(str(row.get("url") or "")).netloc or str(row["id"])
    return Labelled(str(row["id"]), str(row.get("kind") or "all"), site, text, gold, labels)


def _of_lines(text: str, lines: Sequence[Mapping[str, Any]]) -> Labels:
    out = np.full(len(text), UNKNOWN, dtype=np.int8)
    for line in lines:
        out[int(line["start"]) : int(line["end"])] = MAIN if line["main"] else OTHER
    return out


def _of_leaves(text: str, leaves: Sequence[Mapping[str, Any]]) -> Labels:
    out = np.full(len(text), UNKNOWN, dtype=np.int8)
    at = 0
    for leaf in leaves:
        found = text.find(leaf["text"], at)
        if found >= 0:
            at = found + len(leaf["text"])
            out[found:at] = MAIN if leaf["main"] else OTHER
    return out


def _of_gold(text: str, gold: str) -> Labels:
    """Labels by lines: a long one is main if the gold text has its runs of characters, a short one if it is a line."""
    out = np.zeros(len(text), dtype=np.int8)
    plain = _SPACE.sub("", gold)
    runs = {plain[i : i + _RUN] for i in range(len(plain) - _RUN + 1)}
    whole = {_SPACE.sub("", line) for line in gold.split("\n")}
    start = 0
    for line in text.split("\n"):
        own = _SPACE.sub("", line)
        if len(own) < _SHORT:
            main = bool(own) and own in whole
        else:
            count = len(own) - _RUN + 1
            main = sum(own[i : i + _RUN] in runs for i in range(count)) >= _SHARE * count
        out[start : start + len(line)] = MAIN if main else OTHER
        start += len(line) + 1
    return out


def _runs(labels: Labels) -> Iterator[tuple[int, int]]:
    """Spans of MAIN, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (labels == MAIN).astype(np.int8), [0]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
