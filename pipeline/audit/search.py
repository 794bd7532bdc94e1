"""Search in a release: edits or documents by text, rule, site, page and field."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pipeline.audit.archive import Archive
from pipeline.audit.tallies import page_row
from pipeline.errors import UsageError

MOST = 200
# So much of a long edit is shown around what was sought.
BEFORE_CHARS, SHOWN_CHARS = 60, 240
NAMES = ("text", "rule", "site", "page", "field", "value", "in")
KINDS = ("edits", "documents")


class Found(NamedTuple):
    """What a search found: rows of edits or of the list of pages, and whether there are more."""

    kind: str
    rows: list[Any]
    more: bool


def search(archive: Archive, sought: Mapping[str, str]) -> Found:
    """Edits, or pages whose documents match; every condition given must hold. Raises UsageError for other names."""
    unknown = sorted(set(sought) - set(NAMES))
    kind = sought.get("in", "edits")
    if unknown or kind not in KINDS:
        raise UsageError(f"A search takes {', '.join(NAMES)}; in is {' or '.join(KINDS)}.")
    return _edits(archive, sought) if kind == "edits" else _pages(archive, sought)


def _edits(archive: Archive, sought: Mapping[str, str]) -> Found:
    where, given = _of_pages(sought)
    text = sought.get("text", "")
    if text:
        where.append("(contains(removed, ?) or contains(replacement, ?))")
        given += [text, text]
    if sought.get("rule"):
        where.append("rule = ?")
        given.append(sought["rule"])

    def cut(column: str) -> str:
        return f"substr({column}, greatest(1, strpos({column}, ?) - {BEFORE_CHARS}), {SHOWN_CHARS}) as {column}"

    rows = archive.ask(
        f"""select page_id, stage, layer, ordinal, rule, note, {cut("removed")}, {cut("replacement")}
        from edits where {" and ".join(where) or "true"} limit {MOST + 1}""",
        [text, text, *given],
    )
    return Found("edits", rows[:MOST], len(rows) > MOST)


def _pages(archive: Archive, sought: Mapping[str, str]) -> Found:
    where, given = _of_pages(sought)
    if sought.get("text"):
        where.append("page_id in (select page_id from documents where contains(text, ?))")
        given.append(sought["text"])
    if sought.get("rule"):
        where.append("page_id in (select page_id from edits where rule = ?)")
        given.append(sought["rule"])
    rows = archive.ask(
        f"select * from pages where {' and '.join(where) or 'true'} order by page_id limit {MOST + 1}", given
    )
    return Found("documents", [page_row(row) for row in rows[:MOST]], len(rows) > MOST)


def _of_pages(sought: Mapping[str, str]) -> tuple[list[str], list[object]]:
    """The conditions on pages: site, the beginning of the id, a field and its value."""
    where: list[str] = []
    given: list[object] = []
    if sought.get("page"):
        where.append("starts_with(page_id, ?)")
        given.append(sought["page"])
    if sought.get("site"):
        where.append(
            "page_id in (select page_id from documents where site = ? union select page_id from dropped where site = ?)"
        )
        given += [sought["site"]] * 2
    if sought.get("field") or sought.get("value"):
        inner = [("name = ?", "field"), ("contains(value, ?)", "value")]
        said = [(sql, sought[name]) for sql, name in inner if sought.get(name)]
        where.append(f"page_id in (select page_id from fields where {' and '.join(sql for sql, _ in said)})")
        given += [value for _, value in said]
    return where, given
