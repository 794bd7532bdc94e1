"""Verifying a release: files against the manifest, rows against their digests, pages against their raw text."""

import hashlib
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine.store import sha256_of
from pipeline.errors import IntegrityError, UsageError
from pipeline.publish import manifest, schema
from pipeline.publish.groups import Shelf
from pipeline.publish.parquet import read
from pipeline.publish.read import pass_edits, shards
from pipeline.publish.restore import restored
from pipeline.publish.rows import RowsDigest, combined
from pipeline.publish.tables import exact

# About so many pages are restored where not all are: one wrong page in a hundred is found with a probability of 0.99.
SAMPLE_PAGES = 500
_GROUP = 1024


class Finding(NamedTuple):
    """Something that does not agree: where, and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def check(release: Path | str, all: bool = False) -> None:
    """Raise IntegrityError with the findings of `verify`, if there are any."""
    found = list(verify(Path(release), all))
    if found:
        more = f"\nand {len(found) - 10} more" if len(found) > 10 else ""
        raise IntegrityError(f"{release} does not agree with itself:\n" + "\n".join(map(str, found[:10])) + more)


def verify(release: Path, all: bool = False) -> Iterator[Finding]:
    """All that does not agree in a release; nothing where it is whole. `all` restores every page and not a sample."""
    told = manifest.load(release)
    if told.get("format") != manifest.FORMAT:
        raise UsageError(
            f"{release}: a release of format {told.get('format')}; this version of jingwen verifies format "
            f"{manifest.FORMAT}. The version that built it ({told.get('code_version')}) verifies it."
        )
    damaged = yield from _files(release, told)
    if damaged:
        return  # the rest would only say the same in more words
    yield from _tables(release, told)
    yield from _account(release, told)
    yield from _counts(release, told)
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
            if digests[-1] != told["files"][where]["rows_digest"]:
                yield Finding(where, "its rows are not those of the manifest")
        if rows != table["rows"] or combined(digests) != table["rows_digest"]:
            yield Finding(
                name, f"the table has {rows:,} rows; the manifest says {table['rows']:,}, with another digest"
            )


def _digest_of(path: Path) -> RowsDigest:
    with read(path) as file:
        digest = RowsDigest()
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


def _counts(release: Path, told: dict[str, Any]) -> Iterator[Finding]:
    """What the manifest counts by rule and by split, and its digest of the release, against the rows and itself."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for path in shards(release, schema.EDITS):
        with read(path) as file:
            rows = file.read(columns=["stage", "rule", "start", "end", "replacement"])
        size, put = pc.subtract(rows["end"], rows["start"]), pc.utf8_length(rows["replacement"])
        table = pa.table({"stage": rows["stage"], "rule": rows["rule"], "removed_chars": size, "inserted_chars": put})
        how = [([], "count_all"), ("removed_chars", "sum"), ("inserted_chars", "sum")]
        for row in table.group_by(["stage", "rule"]).aggregate(how).to_pylist():
            for name, column in (
                ("edits", "count_all"),
                *((c, f"{c}_sum") for c in ("removed_chars", "inserted_chars")),
            ):
                sums[row["stage"], row["rule"] or "", name] += row[column]
    for edits in told["counts"]["edits"]:
        for name in ("edits", "removed_chars", "inserted_chars"):
            found = sums.pop((edits["stage"], edits["rule"] or "", name), 0)
            if found != edits[name]:
                where = f"rule {edits['rule'] or 'of the engine'} of stage {edits['stage']}"
                yield Finding("edits", f"{where}: {name} are {found:,}; the manifest says {edits[name]:,}")
    if any(sums.values()):
        yield Finding("edits", f"{len(sums):,} rules have edits of which the manifest does not tell")
    for name, table in told["tables"].items():
        for split, rows in table["splits"].items():
            paths = (release / name).glob(f"{split}-*.parquet")
            found = sum(_rows(path) for path in paths)
            if found != rows:
                yield Finding(name, f"the split {split} has {found:,} rows; the manifest says {rows:,}")
    if manifest.digest_of_told(told) != told["digest"]:
        yield Finding(manifest.NAME, "its digest of the release is not that of what it says")


def _rows(path: Path) -> int:
    with read(path) as file:
        return int(file.metadata.num_rows)


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
