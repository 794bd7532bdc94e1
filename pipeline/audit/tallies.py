"""Tallies: what the views of a release count and list, asked of its tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.audit.archive import Archive, Row

# A list of differences is for reading: what is beyond is counted, and stands in the release.
MOST_CHANGES = 200
MOST_FATES = 5_000
# So much of a page that was set aside says what it is.
BEGINS_CHARS = 60

_PAIRS = """
select d.kept_page_id as kept, any_value(p.title) as title,
  list({'id': d.page_id, 'rule': d.rule, 'similarity': d.similarity} order by d.similarity desc, d.page_id) as copies
from dropped d left join pages p on p.page_id = d.kept_page_id
where d.kept_page_id is not null group by d.kept_page_id order by count(*) desc, d.kept_page_id
"""
_FATES = """
with was as (
  select distinct page_id, 'published' as fate from parent_documents
  union all select page_id, 'set aside: ' || coalesce(rule, 'unread') from parent_dropped
), now as (
  select distinct page_id, 'published' as fate from documents
  union all select page_id, 'set aside: ' || coalesce(rule, 'unread') from dropped
)
select page_id, coalesce(was.fate, 'not there') as was, coalesce(now.fate, 'not there') as now
from was full join now using (page_id) where was.fate is distinct from now.fate
"""


class Difference(NamedTuple):
    """Documents of a release against those of its parent, and how many pages have another fate."""

    same: int
    changed: int
    added: int
    gone: int
    fates: int


def difference(archive: Archive) -> Difference:
    """How the documents differ from those of the parent."""
    (row,) = archive.ask(
        """select count(*) filter (where a.doc_id is not null and b.doc_id is not null and a.text = b.text) as same,
        count(*) filter (where a.doc_id is not null and b.doc_id is not null and a.text <> b.text) as changed,
        count(*) filter (where a.doc_id is null) as added, count(*) filter (where b.doc_id is null) as gone
        from parent_documents a full join documents b on a.doc_id = b.doc_id"""
    )
    (fates,) = archive.ask(f"select count(*) as n from ({_FATES})")
    return Difference(row["same"], row["changed"], row["added"], row["gone"], fates["n"])


def changes(archive: Archive, seed: int) -> list[Row]:
    """Documents whose text differs: doc_id, title, before, now; drawn by seed where there are many."""
    return archive.ask(
        """select * from (select doc_id, b.title as title, a.text as before, b.text as now
        from parent_documents a join documents b using (doc_id) where a.text <> b.text
        order by md5(concat_ws(chr(31), ?, doc_id)), doc_id limit ?) order by doc_id""",
        [str(seed), MOST_CHANGES],
    )


def fates(archive: Archive) -> list[list[str]]:
    """Pages whose fate differs: id, what it was, what it is."""
    rows = archive.ask(f"{_FATES} order by page_id limit ?", [MOST_FATES])
    return [[row["page_id"], row["was"], row["now"]] for row in rows]


class Slice(NamedTuple):
    """A part of a list: so many rows from the first on; None for all."""

    first: int = 0
    rows: int | None = None

    def __str__(self) -> str:
        return f"offset {self.first}" if self.rows is None else f"limit {self.rows} offset {self.first}"


def copies(archive: Archive, number: Mapping[str, int] | None = None, part: Slice = Slice()) -> list[list[Any]]:  # noqa: B008  # frozen
    """Kept pages with the copies dropped for them, the most copied first, in the form that the list of copies takes."""
    place = number or {}
    return [
        [
            place.get(row["kept"]), row["kept"], row["title"],
            [[place.get(c["id"]), c["id"], c["rule"], c["similarity"]] for c in row["copies"]],
        ]
        for row in archive.ask(f"{_PAIRS} {part}")
    ]  # fmt: skip


def dropped(archive: Archive, number: Mapping[str, int] | None = None, part: Slice = Slice()) -> list[list[Any]]:  # noqa: B008  # frozen
    """Pages that gave no document, in the form that the list of them takes."""
    place = number or {}
    rows = archive.ask(
        f"""select page_id, site, rule, reason, length(text) as chars, left(trim(text), ?) as begins from dropped
        order by page_id {part}""",
        [BEGINS_CHARS],
    )
    names = ("page_id", "site", "rule", "reason", "chars", "begins")
    return [[place.get(row["page_id"]), *(row[name] for name in names)] for row in rows]


def pages(archive: Archive, part: Slice) -> list[list[Any]]:
    """Some rows of the list of pages, by id."""
    return [page_row(row) for row in archive.ask(f"select * from pages order by page_id {part}")]


def page_row(row: Row) -> list[Any]:
    """A row of the list of pages."""
    names = ("page_id", "site", "title", "raw_chars", "chars", "edits", "rule")
    return [None, *(row[name] for name in names), []]


def similarities(archive: Archive) -> list[tuple[str, int]]:
    """How many near copies are how alike, by tenths and, near 1, half tenths."""
    rows = archive.ask(
        """select floor(least(similarity, 0.999) * 20)::int as bin, count(*) as n from dropped
        where kept_page_id is not null and rule <> 'DUP101' group by bin"""
    )
    found = {row["bin"]: row["n"] for row in rows}
    low = min([*found, 10])
    return [(f"{i / 20:.2f}".lstrip("0"), found.get(i, 0)) for i in range(low, 20)]


def cluster_sizes(archive: Archive) -> list[tuple[str, int]]:
    """How many kept pages have how many copies."""
    rows = archive.ask(
        """select least(n, 10) as n, count(*) as kept from (select count(*) as n from dropped
        where kept_page_id is not null group by kept_page_id) group by 1"""
    )
    found = {row["n"]: row["kept"] for row in rows}
    most = max(found, default=1)
    return [(str(i) if i < 10 else "10+", found.get(i, 0)) for i in range(1, most + 1)]


def flattened(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """A nested table as dotted names and values."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _said(value)


def _said(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "–"
    return str(value).lower() if isinstance(value, bool) else str(value) if value not in ("", None) else "–"
