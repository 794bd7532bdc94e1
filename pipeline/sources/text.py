"""Plain text files, one page a file: the id is the path relative to the root, the site its first folder."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.config import SourceConfig
from pipeline.document import Page
from pipeline.errors import InputError
from pipeline.sources.decode import decode
from pipeline.sources.files import MAX_PAGE_BYTES, File, Part, Slice, grouped, safe_name, site_folder

SUFFIXES = (".txt",)


def cut(root: Path, files: Sequence[File], source: SourceConfig, part_bytes: int) -> list[Part]:
    """Parts of some files, which are sorted by name."""
    if all(f.fault for f in files):
        raise InputError(
            f"{safe_name(str(root))}: none of its files can be read; {safe_name(files[0].name)} {files[0].fault}."
        )
    slices = ((Slice(f.name, 0, f.size), f.size) for f in files)
    return [Part("text", str(root), group) for group in grouped(slices, part_bytes)]


def read(part: Part) -> Iterator[Page]:
    """The pages of a part; a file that cannot be read is a page with a reason."""
    for piece in part.files:
        yield _page(part, piece.name)


def _page(part: Part, name: str) -> Page:
    page_id, site = safe_name(name), site_folder(name)
    data = contents(part.path(name))
    if isinstance(data, str):
        return Page(page_id, "", site=site, reason=data)
    found = decode(data)
    meta = {"undecodable": str(found.undecodable)} if found.undecodable else {}
    digest = hashlib.sha256(data).hexdigest()
    return Page(page_id, found.text, None, site, meta, found.encoding, "text", digest, found.reason)


def contents(path: str) -> bytes | str:
    """The bytes of a file, or the reason why they cannot be had."""
    try:
        if not os.path.isfile(path) and os.path.exists(path):
            return "cannot be read: not a regular file"  # before opening: a named pipe would wait for a writer
        with open(path, "rb") as file:
            data = file.read(MAX_PAGE_BYTES + 1)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if len(data) > MAX_PAGE_BYTES:
        return f"more than {MAX_PAGE_BYTES // 1_000_000} MB in one page"
    return data


def update(digest: "hashlib._Hash", part: Part, piece: Slice) -> None:
    """Add the bytes of a file to a digest."""
    data = contents(part.path(piece.name))
    digest.update(b"no bytes: " + data.encode() if isinstance(data, str) else b"bytes:" + hashlib.sha256(data).digest())
