"""Verifying a release: files against the manifest, rows against their digests, pages against their raw text."""

import hashlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import IntegrityError
from pipeline.publish import manifest, schema
from pipeline.publish.groups import Shelf
from pipeline.publish.parquet import read, sha256_of
from pipeline.publish.read import pass_edits, shards
from pipeline.publish.rows import RowsDigest, combined
from pipeline.publish.tables import exact, restored

# About so many pages are restored where not all are: one wrong page in a hundred is found with a probability of 0.99.
SAMPLE_PAGES = 500
_GROUP = 1024


class Finding(NamedTuple):
    """Something that does not agree: where, and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def check(release: Path, all: bool = False) -> None:
    """Raise IntegrityError with the findings of `verify`, if there are any."""
    found = list(verify(release, all))
    if found:
        more = f"\nand {len(found) - 10} more" if len(found) > 10 else ""
        raise IntegrityError(f"{release} does not agree with itself:\n" + "\n".join(map(str, found[:10])) + more)


def verify(release: Path, all: bool = False) -> Iterator[Finding]:
    """All that does not agree in a release; nothing where it is whole. `all` restores every page and not a sample."""
    told = manifest.load(release)
    damaged = yield from _files(release, told)
    if damaged:
        return  # the rest would only say the same in more words
    yield from _tables(release, told)
    yield from _account(release, told)
    yield from _restored(release, all, int(told["counts"]["pages"]))


def _files(release: Path, told: dict[str, Any]) -> Generator[Finding, None, bool]:
    """Files that are not as the manifest says; whether any of its own is damaged."""
    damaged = False
    for name, file in sorted(told["files"].items()):
        path = release / name
        if not path.is_file():
            what = "the manifest names it, and it is not there"
        elif path.stat().st_size != file["bytes"]:
            what = f"it has {path.stat().st_size:,} bytes; the manifest says {file['bytes']:,}"
        elif sha256_of(path) != file["sha256"]:
            what = "its SHA-256 is not that of the manifest"
        else:
            continue
        damaged = True
        yield Finding(name, what)
    known = {*told["files"], manifest.NAME}
    for path in sorted(release.rglob("*")):
        name = path.relative_to(release).as_posix()
        if path.is_file() and name not in known:
            yield Finding(name, "the manifest does not name it")
    return damaged


def _tables(release: Path, told: dict[str, Any]) -> Iterator[Finding]:
    for name, table in told["tables"].items():
        digests, rows = [], 0
        for path in shards(release, schema.BY_NAME[name]):
            where = path.relative_to(release).as_posix()
            try:
                digest = _digest_of(path)
            except (OSError, pa.ArrowInvalid) as error:
                yield Finding(where, f"it cannot be read: {error}")
                continue
            rows += digest.rows
            digests.append(digest.hexdigest())
            if digests[-1] != told["files"][where]["rows_sha256"]:
                yield Finding(where, "its rows are not those of the manifest")
        if rows != table["rows"] or combined(digests) != table["rows_sha256"]:
            yield Finding(
                name, f"the table has {rows:,} rows; the manifest says {table['rows']:,}, with another digest"
            )


def _digest_of(path: Path) -> RowsDigest:
    with read(path) as file:
        digest = RowsDigest(file.schema_arrow)
        for i in range(file.num_row_groups):
            digest.add(file.read_row_group(i))
    return digest


def _account(release: Path, told: dict[str, Any]) -> Iterator[Finding]:
    kept = _column(release, schema.DOCUMENTS, "page_id")
    gone = _column(release, schema.DROPPED, "page_id")
    pages, unique = told["counts"]["pages"], kept.unique()
    if len(gone.unique()) != len(gone):
        yield Finding("dropped", "a page stands in it twice")
    both = pc.sum(pc.is_in(gone, value_set=unique)).as_py() or 0
    if both:
        yield Finding("dropped", f"{both:,} pages stand in it and in documents")
    if len(unique) + len(gone) != pages:
        yield Finding(
            "documents", f"{len(unique):,} pages with documents and {len(gone):,} dropped are not the {pages:,} read"
        )


def _column(release: Path, table: schema.Table, name: str) -> pa.ChunkedArray:
    chunks = []
    for path in shards(release, table):
        with read(path) as file:
            chunks += file.read(columns=[name])[name].chunks
    return pa.chunked_array(chunks, pa.string())


def _restored(release: Path, all: bool, pages: int) -> Iterator[Finding]:
    """Restore pages from documents and edits, dropped ones from edits alone; compare with the digest of the raw."""
    step = 1 if all else max(1, pages // SAMPLE_PAGES)
    index = Shelf(release, schema.EDITS)
    for table in (schema.DOCUMENTS, schema.DROPPED):
        for path in shards(release, table):
            for ids, texts, digests in _pages(path, table, step):
                edits = index.rows_of(ids)
                back = restored(texts, pass_edits(edits, ids))
                for page_id, text, digest in zip(ids, back, digests, strict=True):
                    if digest and hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != digest:
                        yield Finding(page_id, f"text in {table.name} and edits do not restore the raw page")


def _pages(path: Path, table: schema.Table, step: int) -> Iterator[tuple[list[str], list[str], list[str | None]]]:
    """Pages of a shard in groups: ids, final texts, digests of the raw text."""
    dropped = table is schema.DROPPED
    names = ["page_id", "text", "text_digest", *(["text_bytes"] if dropped else ["ordinal"])]
    with read(path) as file:
        waiting: dict[str, tuple[list[str], str | None]] = {}
        for i in range(file.num_row_groups):
            rows = file.read_row_group(i, columns=names)
            texts = exact(rows["text"], rows["text_bytes"]) if dropped else rows["text"].to_pylist()
            for page_id, text, digest in zip(
                rows["page_id"].to_pylist(), texts, rows["text_digest"].to_pylist(), strict=True
            ):
                if step > 1 and int(hashlib.sha256(page_id.encode()).hexdigest()[:8], 16) % step:
                    continue
                if page_id not in waiting and len(waiting) >= _GROUP:
                    yield _group(waiting)
                    waiting = {}
                if dropped and digest and hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != digest:
                    digest = "its own text is another"
                waiting.setdefault(page_id, ([], digest))[0].append("" if dropped else text)
        if waiting:
            yield _group(waiting)


def _group(waiting: dict[str, tuple[list[str], str | None]]) -> tuple[list[str], list[str], list[str | None]]:
    return (
        list(waiting),
        ["\n".join(texts) for texts, _ in waiting.values()],
        [digest for _, digest in waiting.values()],
    )
