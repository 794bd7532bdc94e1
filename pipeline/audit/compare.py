"""Two releases held against each other: documents by id, edits by rule, characters by stage.

The tables are joined by DuckDB, which keeps to a bound of memory and spills what goes beyond it to the disk.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from pipeline.audit.spelled import spelled
from pipeline.audit.terminal import Style, visible, width_of
from pipeline.errors import InputError, UsageError
from pipeline.publish import manifest, schema
from pipeline.publish.read import shards

MEMORY_MB = 1024
# These say how a row was made and not what it says; they differ wherever the code does.
_STAMPS = ("config_digest", "code_version")
SUFFIXES = (".parquet", ".jsonl", ".json")


class Rule(NamedTuple):
    """What a rule did in either release, and on how many pages its edits differ."""

    stage: str
    rule: str
    edits: tuple[int, int]
    removed: tuple[int, int]
    put_in: tuple[int, int]
    pages: int


class Difference(NamedTuple):
    """How two releases differ. `columns`: of documents in both, how many differ in each column."""

    name: tuple[str, str]
    documents: tuple[int, int]
    chars: tuple[int, int]
    added: int
    removed: int
    changed: int
    columns: dict[str, int]
    rules: list[Rule]

    @property
    def differs(self) -> bool:
        """Whether they differ at all in documents or edits."""
        return bool(self.added or self.removed or self.changed or any(r.pages for r in self.rules))

    def as_json(self) -> dict[str, Any]:
        """The difference as plain values."""
        told = self._asdict() | {"rules": [r._asdict() for r in self.rules if r.pages], "stages": list(self.stages())}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in told.items()}

    def stages(self) -> Iterator[dict[str, Any]]:
        """Characters removed and put in by each stage, before and after."""
        for stage in dict.fromkeys(r.stage for r in self.rules):
            own = [r for r in self.rules if r.stage == stage]
            removed = [sum(r.removed[side] for r in own) for side in (0, 1)]
            put_in = [sum(r.put_in[side] for r in own) for side in (0, 1)]
            yield {"stage": stage, "removed": removed, "put_in": put_in}


def compare(old: Path, new: Path, rows: Path | None = None, memory_mb: int = MEMORY_MB) -> Difference:
    """How two releases differ; `rows` is a file for one row for each document that does, as Parquet or JSON lines.

    Raises UsageError for a file of another suffix, IntegrityError where a manifest is not as it was written, InputError
    where a table cannot be read.
    """
    told = [manifest.load(release) for release in (old, new)]
    if rows is not None and rows.suffix not in SUFFIXES:
        raise UsageError(f"{rows}: rows are written to a file that ends in {', '.join(SUFFIXES)}.")
    with _database(memory_mb) as (query, folder):
        for side, release in (("old", spelled(old, lambda: folder)), ("new", spelled(new, lambda: folder))):
            for table in (schema.DOCUMENTS, schema.EDITS):
                query(f"CREATE VIEW {side}_{table.name} AS {_source(release, table)}")
        names = [
            {row[0] for row in query(f"DESCRIBE {side}_documents")} - {"doc_id", *_STAMPS} for side in ("old", "new")
        ]
        columns = [c.name for c in schema.DOCUMENTS.columns if c.name in names[0] & names[1]]
        query(_EDITS)
        query(_DOCUMENTS.format(differing=", ".join(_DIFFERS.format(name=name) for name in columns)))
        found = dict(query("SELECT change, count(*) FROM differing GROUP BY change"))
        per_column = dict(query("SELECT unnest(columns) AS c, count(*) FROM differing GROUP BY c ORDER BY c"))
        rules = [
            Rule(row[0], row[1], (row[2], row[3]), (row[4], row[5]), (row[6], row[7]), row[8]) for row in query(_RULES)
        ]
        if rows is not None:
            _written(query, rows, folder)
    return Difference(
        (f"{told[0]['name']} {told[0]['version']}", f"{told[1]['name']} {told[1]['version']}"),
        (told[0]["counts"]["documents"], told[1]["counts"]["documents"]),
        (told[0]["counts"]["chars"], told[1]["counts"]["chars"]),
        found.get("added", 0), found.get("removed", 0), found.get("changed", 0), per_column, rules,
    )  # fmt: skip


@contextmanager
def _database(memory_mb: int) -> Iterator[tuple[Any, Path]]:
    import duckdb

    with tempfile.TemporaryDirectory(prefix="jingwen-") as spill:
        settings: dict[str, Any] = {
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": spill,
            "preserve_insertion_order": "false",
        }
        # A database in a file and not in memory: its tables are let go of when memory is short.
        connection = duckdb.connect(str(Path(spill) / "compare.db"), config=settings)

        def query(text: str) -> list[tuple[Any, ...]]:
            try:
                return list(connection.execute(text).fetchall())
            except duckdb.Error as error:
                raise InputError(f"The releases cannot be compared: {str(error).split(chr(10))[0]}") from None

        try:
            yield query, Path(spill)
        finally:
            connection.close()


def _source(release: Path, table: schema.Table) -> str:
    files = shards(release, table)
    if files:
        return f"SELECT * FROM read_parquet([{', '.join(_text(str(path)) for path in files)}], union_by_name = true)"
    columns = ", ".join(f"NULL::{'INTEGER' if 'int' in str(c.type) else 'VARCHAR'} AS {c.name}" for c in table.columns)
    return f"SELECT {columns} WHERE false"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


_DIFFERS = 'CASE WHEN o."{name}" IS DISTINCT FROM n."{name}" THEN \'{name}\' END'

# Edits of a rule on a page: how many, their characters, and a hash of what they are, whatever their order.
_EDITS = """CREATE TABLE edits AS
WITH own AS (
    SELECT 0 AS side, * FROM (SELECT page_id, stage, rule, layer, start, "end", removed, replacement FROM old_edits)
    UNION ALL
    SELECT 1 AS side, * FROM (SELECT page_id, stage, rule, layer, start, "end", removed, replacement FROM new_edits)
)
SELECT page_id, stage, coalesce(rule, '') AS rule, min(layer) AS layer,
    count(*) FILTER (side = 0) AS old_edits, count(*) FILTER (side = 1) AS new_edits,
    coalesce(sum("end" - start) FILTER (side = 0), 0) AS old_gone,
    coalesce(sum("end" - start) FILTER (side = 1), 0) AS new_gone,
    coalesce(sum(length(replacement)) FILTER (side = 0), 0) AS old_put,
    coalesce(sum(length(replacement)) FILTER (side = 1), 0) AS new_put,
    coalesce(sum(hash(start, "end", removed, replacement)) FILTER (side = 0), 0)
        <> coalesce(sum(hash(start, "end", removed, replacement)) FILTER (side = 1), 0) AS differs
FROM own GROUP BY page_id, stage, coalesce(rule, '')"""

_RULES = """SELECT stage, rule,
    sum(old_edits)::BIGINT, sum(new_edits)::BIGINT, sum(old_gone)::BIGINT, sum(new_gone)::BIGINT,
    sum(old_put)::BIGINT, sum(new_put)::BIGINT, count(*) FILTER (differs)::BIGINT
FROM edits GROUP BY stage, rule ORDER BY min(layer), rule"""

_DOCUMENTS = """CREATE TABLE differing AS
SELECT * FROM (
    SELECT coalesce(n.doc_id, o.doc_id) AS doc_id, coalesce(n.page_id, o.page_id) AS page_id,
        CASE WHEN o.doc_id IS NULL THEN 'added' WHEN n.doc_id IS NULL THEN 'removed' ELSE 'changed' END AS change,
        CASE WHEN o.doc_id IS NULL OR n.doc_id IS NULL THEN []::VARCHAR[]
            ELSE list_filter([{differing}], lambda c: c IS NOT NULL) END AS columns
    FROM old_documents o FULL OUTER JOIN new_documents n ON o.doc_id = n.doc_id
) WHERE change <> 'changed' OR len(columns) > 0"""

# Texts only of documents in which they differ; an added or a removed one has one side.
_ROWS = """SELECT d.doc_id, d.page_id, d.change, d.columns, o.n_chars AS old_chars, n.n_chars AS new_chars,
    coalesce(e.rules, []) AS rules,
    CASE WHEN d.change <> 'changed' OR list_contains(d.columns, 'text') THEN o.text END AS old_text,
    CASE WHEN d.change <> 'changed' OR list_contains(d.columns, 'text') THEN n.text END AS new_text
FROM differing d
LEFT JOIN old_documents o ON o.doc_id = d.doc_id
LEFT JOIN new_documents n ON n.doc_id = d.doc_id
LEFT JOIN (
    SELECT page_id, list({'rule': rule, 'stage': stage, 'old_edits': old_edits, 'new_edits': new_edits}
        ORDER BY layer, rule) AS rules
    FROM edits WHERE differs GROUP BY page_id
) e ON e.page_id = d.page_id
ORDER BY d.doc_id"""


def _written(query: Any, path: Path, folder: Path) -> None:
    how = "FORMAT parquet, COMPRESSION zstd" if path.suffix == ".parquet" else "FORMAT json"
    aside = spelled(path.parent, lambda: folder) / f".{uuid4().hex}.part"
    try:
        query(f"COPY ({_ROWS}) TO {_text(str(aside))} ({how})")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def shown(found: Difference, names: dict[str, str], style: Style) -> Iterator[str]:
    """A difference for people; `names` says in words what a rule finds."""
    yield style.paint(f"{found.name[0]} → {found.name[1]}", "bold")
    yield f"  documents   {_both(found.documents)}   {_both(found.chars)} characters"
    yield f"  {'':<10}{found.added:>12,}     added"
    yield f"  {'':<10}{found.removed:>12,}     removed"
    yield f"  {'':<10}{found.changed:>12,}     changed{_per_column(found.columns)}"
    rules = [r for r in found.rules if r.pages]
    if not rules:
        yield "" if found.differs else "no difference"
        return
    yield ""
    yield style.paint(f"  {'rule':<32} {'edits':>19} {'removed':>23} {'pages that differ':>18}", "dim")
    for rule in rules:
        name = f"{rule.rule} {names.get(rule.rule, '')}".strip() or f"stage {rule.stage}"
        gap = " " * max(0, 32 - width_of(name))
        yield f"  {visible(name)}{gap} {_both(rule.edits):>19} {_both(rule.removed):>23} {rule.pages:>18,}"
    yield ""
    yield style.paint(f"  {'stage':<32} {'characters removed':>31} {'put in':>23}", "dim")
    for stage in found.stages():
        yield f"  {stage['stage']:<32} {_both(stage['removed']):>31} {_both(stage['put_in']):>23}"


def _both(pair: Sequence[int]) -> str:
    return f"{pair[0]:,} → {pair[1]:,}" if pair[0] != pair[1] else f"{pair[0]:,}"


def _per_column(columns: dict[str, int]) -> str:
    most = sorted(columns.items(), key=lambda item: (-item[1], item[0]))
    return f"  ({', '.join(f'{name} {count:,}' for name, count in most)})" if most else ""
