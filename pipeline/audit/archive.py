"""A release as tables that can be asked in SQL: DuckDB over its Parquet files.

Nothing but the files of the release is read, and nothing is fetched: extensions are not loaded, and once the tables
are there the connection is locked.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, TypeAlias
from weakref import finalize

from pipeline.audit.spelled import spelled
from pipeline.errors import InputError
from pipeline.publish import manifest, schema
from pipeline.publish.read import shards
from pipeline.publish.release import versions

Row: TypeAlias = dict[str, Any]

# Up to so many edits the tables are held in memory. For 1.39 million edits on 60,000 pages that took 720 MB, and a
# search by text 0.15 s of CPU time against 0.32 s in the files. Beyond a gigabyte the files are asked, and memory stays
# flat.
HELD_EDITS = 2_000_000

# One row a page. `shrunk` is by how much edits shortened it, where that was asked for; then its raw length is known.
_PAGES = """
select page_id, any_value(site) as site, arg_min(title, ordinal) as title, any_value(n_edits) as n_edits,
  (sum(n_chars) + count(*) - 1)::bigint as chars, null as rule, null as reason, null as kept_page_id,
  null as similarity, true as published
from documents group by page_id
union all
select page_id, site, null, null, 0, coalesce(rule, ''), reason, kept_page_id, similarity, false from dropped
"""
_SHRUNK = """
select p.*, p.chars + coalesce(e.shrunk, 0) as raw_chars, coalesce(e.n, 0) as edits from ({pages}) p left join (
  select page_id, sum("end" - start - length(replacement))::bigint as shrunk, count(*) as n from edits group by page_id
) e using (page_id)
"""
_BARE = "select *, null as raw_chars, n_edits as edits from ({pages})"
_SIGNS = re.compile(r"[*?\[]")


class Archive:
    """The tables documents, edits, fields, dropped and pages of one release, and those of its parent.

    `held` copies them into memory where they are small enough, for many questions; otherwise the files are asked. Of
    the `parent` there are parent_documents and parent_dropped.
    """

    def __init__(self, release: Path, parent: Path | None = None, held: bool = False) -> None:
        import duckdb

        self.path = release.resolve()
        self._folders = [spelled(path.absolute(), self._links) for path in (self.path, parent) if path]
        self.parent = parent
        self.manifest = manifest.load(release)
        self._db = duckdb.connect(
            ":memory:",
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
        )
        few = self.manifest["tables"].get("edits", {}).get("rows", 0) <= HELD_EDITS
        kind = "table" if held and few else "view"
        for table in (schema.DOCUMENTS, schema.EDITS, schema.FIELDS, schema.DROPPED):
            self._make(kind, table.name, table, self._folders[0])
        for folder in self._folders[1:]:
            self._make("view", "parent_documents", schema.DOCUMENTS, folder)
            self._make("view", "parent_dropped", schema.DROPPED, folder)
        form = _SHRUNK if kind == "table" else _BARE
        self._db.execute(f"create {kind} pages as {form.format(pages=_PAGES)}")
        self._lock()

    def _links(self) -> Path:
        """A folder for links, as long as this lives."""
        folder = Path(mkdtemp(prefix="jingwen-"))
        finalize(self, rmtree, folder, ignore_errors=True)
        return folder

    def _make(self, kind: str, name: str, table: schema.Table, release: Path) -> None:
        # A name is a pattern to DuckDB; brackets around its signs make it a name again.
        files = ", ".join(_quoted(_pattern(path)) for path in shards(release, table))
        if files:
            self._db.execute(f"create {kind} {name} as select * from read_parquet([{files}])")
            return
        self._db.register("nothing", table.schema.empty_table())
        self._db.execute(f"create table {name} as select * from nothing")
        self._db.unregister("nothing")

    def _lock(self) -> None:
        folders = ", ".join(_quoted(name(path)) for path in self._folders for name in (str, _pattern))
        self._db.execute(f"set allowed_directories = [{folders}]")
        self._db.execute("set enable_external_access = false")
        self._db.execute("set lock_configuration = true")

    def ask(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of an answer; safe to call from several threads."""
        with self._db.cursor() as cursor:
            cursor.execute(sql, list(parameters))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def arrow(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        """The same as an Arrow table."""
        with self._db.cursor() as cursor:
            return cursor.sql(sql, params=list(parameters)).to_arrow_table()

    @property
    def digest(self) -> str:
        """The digest of the release: what judgements of it are filed under."""
        return str(self.manifest["digest"])


def _pattern(path: Path) -> str:
    return _SIGNS.sub(r"[\g<0>]", str(path))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def parent_of(release: Path, named: Path | None = None) -> Path | None:
    """The release to compare with: the one named, or the highest version below in the same folder."""
    if named is not None:
        if not (named / manifest.NAME).is_file():
            raise InputError(f"{named}: no release to compare with: it has no {manifest.NAME}.")
        return named.resolve()
    release = release.resolve()
    known = [".".join(map(str, version)) for version in versions(release.parent)]
    place = known.index(release.name) if release.name in known else 0
    return release.parent / known[place - 1] if place else None
