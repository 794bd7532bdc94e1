"""Sources: files of text, HTML, JSONL, CSV, Parquet, Arrow and WARC, cut into parts and read as pages.

Each may be compressed and lie in a folder or at any address that fsspec knows. Reading streams: of a file no more is in
memory than a page and some blocks, however large it is.
"""

import json
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any

import xxhash

from pipeline.config import FORMATS, SourceConfig
from pipeline.document import Page
from pipeline.errors import InputError, UsageError
from pipeline.sources import dataset
from pipeline.sources.files import FILE_COST, File, Part, Slice, files_of, kinds_found, safe_name, suffix

__all__ = ["Part", "Slice", "digest", "parts", "read"]

# The module of each format, imported when it is needed: pyarrow takes 0.2 s. A folder of text and HTML is `mixed`.
_MODULES = {"html": "text", "mixed": "text", "csv": "table"}


def _reader(name: str) -> Any:
    return import_module(f"pipeline.sources.{_MODULES.get(name, name)}")


# The suffixes that tell a format; a test holds them against the modules.
SUFFIXES = {
    ".txt": "text", ".html": "html", ".htm": "html", ".xhtml": "html", ".shtml": "html", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow",
    ".warc": "warc", ".wet": "warc",
}  # fmt: skip
_PAGES = {"text", "html"}


def parts(source: SourceConfig, part_bytes: int) -> list[Part]:
    """The input in parts of about that many bytes, in order of path and place; every page is in one of them. 0 leaves
    their size to that of the input.

    Raises InputError where there is no such file or folder, or nothing in it that could be a page, and UsageError for
    an extractor that is not installed.
    """
    if source.extractor and find_spec(source.extractor) is None:
        raise UsageError(
            f'[source] extractor = "{source.extractor}" needs a package that is not installed: '
            f"pip install 'jingwen[{source.extractor}]'."
        )
    found = files_of(source.path)
    files = dataset.chosen(found, source) if found.is_folder else found.files
    name = source.format or _format(source.path, files)
    if found.is_folder:
        formats = _PAGES if name in _PAGES and not source.format else {name}
        chosen = [f for f in files if SUFFIXES.get(suffix(f.name)) in formats]
        if not chosen:
            wanted = " or ".join(s for s, f in SUFFIXES.items() if f == name)
            raise InputError(
                f"{safe_name(source.path)}: no {wanted} file in it or its subfolders; "
                f"found {kinds_found(files)}.{_other(files)}"
            )
    else:
        chosen = files
    size = part_bytes or suited(sum(max(f.size, FILE_COST) for f in chosen))
    made: list[Part] = _reader(name).cut(found.root, chosen, source, size)
    return [replace(part, extractor=source.extractor) for part in made] if source.extractor else made


def suited(total_bytes: int) -> int:
    """The size of a part that suits an input: some 128 parts, of 4 to 64 MB.

    A power of two, so that an input may grow to twice its size before all of it is cut anew. A changed page costs the
    work on its part; but a part of 1 MB costs a sixth more for each byte than one of 4: files, and small batches.

    >>> suited(0), suited(300_000_000), suited(10**12)
    (4000000, 4000000, 64000000)
    """
    megabytes = total_bytes / 1e6 / 128
    return 1_000_000 * min(64, max(4, 1 << math.ceil(math.log2(max(megabytes, 1)))))


def read(part: Part) -> Iterator[Page]:
    """The pages of a part, in order; what cannot be read is a page with a reason. Ids are unique in the part."""
    found: Iterator[Page] = _reader(part.format).read(part)
    return found


def digest(part: Part) -> str:
    """The xxh3, 128 bits, of what decides the pages of a part: the reader's settings, the names and places, the bytes.

    It tells which parts changed, in a tenth of the time of SHA-256; as proof each page has the SHA-256 of its bytes.
    The root does not count, so that a corpus may move; nor does the code of the reader, nor at which lines the part
    begins: where pages show that, whoever keeps them must look. Of remote files the store's own digest is taken where
    it has one.
    """
    made = xxhash.xxh3_128()
    settings = [part.format] if _MODULES.get(part.format, part.format) == "text" else [part.format, *part.fields]
    if part.extractor:
        settings += [part.extractor, metadata.version(part.extractor)]
    made.update(json.dumps(settings).encode())
    update = _reader(part.format).update
    for piece in part.files:
        # Lengths first, so that no name can pass for bytes of a file.
        name = os.fsencode(piece.name)
        made.update(b"\n%d %d " % (len(name), piece.end - piece.start) + name)
        update(made, part, piece)
    return made.hexdigest()


def _format(path: str, files: list[File]) -> str:
    """The format that the suffixes of the files agree on."""
    found = {SUFFIXES[suffix(f.name)] for f in files if suffix(f.name) in SUFFIXES}
    if found and found <= _PAGES:
        return "text" if "text" in found else "html"
    if len(found) == 1:
        return found.pop()
    if found:
        raise InputError(
            f"{safe_name(path)}: files of several formats: {kinds_found(files)}. "
            f"Set [source] format to one of {', '.join(sorted(found))}."
        )
    raise InputError(
        f"{safe_name(path)}: no page in it that can be read. "
        f"Looked for {', '.join(SUFFIXES)}, packed or not; found {kinds_found(files)}. "
        f"A file with another suffix is read when [source] format says how: {', '.join(FORMATS)}."
    )


def _other(files: list[File]) -> str:
    found = sorted({SUFFIXES[suffix(f.name)] for f in files if suffix(f.name) in SUFFIXES})
    return f" Did you mean [source] format = {' or '.join(map(repr, found))}?" if found else ""
