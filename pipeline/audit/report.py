"""The report: the views of a release as a folder that opens from disk, with the pages in small data files beside it."""

import csv
import io
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from pipeline.audit import draws, site, tallies, verdicts
from pipeline.audit.account import account
from pipeline.audit.archive import Archive
from pipeline.audit.draws import Drawn
from pipeline.audit.excerpts import by_page, excerpts
from pipeline.audit.judgements import figures
from pipeline.audit.opened import OF_DOCUMENTS, OF_DROPPED, Json, OpenPage, opened
from pipeline.audit.shards import Shards, dumped
from pipeline.audit.site import Exhibit
from pipeline.audit.verdicts import Judgements, file_of, header_of
from pipeline.errors import InputError, UsageError
from pipeline.publish import schema
from pipeline.publish.groups import Shelf, groups

# A folder of 240 MB; beyond, the server is the better way, and a report holds a draw.
MOST_PAGES = 100_000
# Edits drawn for judging by rule: at nine in ten right, 141 give a figure to five points.
JUDGE_SAMPLE = 200
_MARKER = "jingwen-report"


class Wanted(NamedTuple):
    """What a report is made of."""

    seed: int = 1
    most_pages: int = MOST_PAGES
    sample: int = JUDGE_SAMPLE


class Written(NamedTuple):
    """A report: where it begins, how many pages it holds of how many, files and bytes."""

    begin: Path
    held: int
    pages: int
    files: int
    bytes: int


def exhibit(release: Path, parent: Path | None, judged: Path | None, seed: int, held: bool = False) -> Exhibit:
    """All that is shown of a release; `judged` is a file of judgements, or None for the one beside the release.

    Raises InputError where those judge another release.
    """
    archive = Archive(release, parent, held)
    path = judged or file_of(release)
    found = verdicts.read(path) if judged or path.exists() else Judgements(header_of(archive.manifest), [])
    if found.header["release"]["digest"] != archive.digest:
        raise InputError(f"{path}: its judgements are of another release than {archive.path}. Move the file away.")
    figured = {figure.rule: figure for figure in figures(found)}
    return Exhibit(archive, account(release), account(parent) if parent else None, found, figured, seed)


def write(shown: Exhibit, out: Path, wanted: Wanted) -> Written:
    """Write the report into a folder; one that stands there is replaced once the new one is whole."""
    if out.exists() and not (out / _MARKER).is_file():
        raise UsageError(f"{out}: there is something there that is no report. Name another folder with --out.")
    aside = out.parent / f".{out.name}.{uuid4().hex[:8]}"
    try:
        held = _write(shown, aside, wanted)
        shutil.rmtree(out, ignore_errors=True)
        aside.rename(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    files = [path for path in out.rglob("*") if path.is_file()]
    return Written(out / "index.html", held, shown.account.pages, len(files), sum(f.stat().st_size for f in files))


def _write(shown: Exhibit, folder: Path, wanted: Wanted) -> int:
    folder.mkdir(parents=True)
    (folder / _MARKER).write_text(f"{shown.label}\n{shown.archive.digest}\n", encoding="utf-8")
    with Shards(folder / "data") as shards:
        drawn = draws.drawn(shown.archive, wanted.seed, wanted.sample)
        risky = draws.riskiest(shown.archive)
        seen = _pages(shown, shards, [drawn, risky], wanted)
        _examples(shown, shards, drawn, risky, seen)
        number = {row[1]: row[0] for row in seen.rows}
        shards.table("pages", seen.rows)
        shards.table("copies", tallies.copies(shown.archive, number))
        shards.table("dropped", tallies.dropped(shown.archive, number))
        _changes(shown, shards, wanted.seed)
    whole = len(seen.rows) == shown.account.pages
    _views(shown, folder, 0 if whole else len(seen.rows))
    meta = dumped(site.meta(shown, shards.directory)).decode()
    (folder / "data" / "meta.js").write_text(f"jingwen.about({meta});\n", encoding="utf-8")
    for name, rows in tables(shown.archive).items():
        (folder / f"{name}.csv").write_bytes(guarded(rows))
    return len(seen.rows)


class _Seen(NamedTuple):
    rows: list[list[Any]]
    excerpts: dict[tuple[str, int, int], Json]


def _pages(shown: Exhibit, shards: Shards, drawn: Sequence[Mapping[str, Sequence[Drawn]]], wanted: Wanted) -> _Seen:
    """Write the pages; their rows in the list of pages, and the excerpts of the drawn edits."""
    release = shown.archive.path
    sought: dict[str, list[Drawn]] = {}
    for some in drawn:
        for page_id, found in by_page(some).items():
            sought.setdefault(page_id, []).extend(found)
    chosen = _chosen(shown.archive, wanted, sought) if shown.account.pages > wanted.most_pages else None
    codes = {code: i for i, code in enumerate(sorted({d.rule for d in shown.account.deeds if d.rule}))}
    edits, fields = Shelf(release, schema.EDITS), Shelf(release, schema.FIELDS)
    seen = _Seen([], {})
    number: dict[str, int] = {}
    for group in groups(release, OF_DOCUMENTS, OF_DROPPED, chosen):
        for page in opened(group, edits.rows_of(group.ids), fields.rows_of(group.ids)):
            n = number[page.page_id] = len(number)
            # Pages with documents come first, so that what was kept has its number before its copies are met.
            kept = page.told.get("kept")
            shards.page({**page.as_json(), **({"kept_n": number.get(kept)} if kept else {})})
            seen.rows.append(_row(page, n, codes))
            for e in excerpts(page, sought.get(page.page_id, ()), n):
                seen.excerpts[page.page_id, e["layer"], e["ordinal"]] = e
    shards.last_page()
    return seen


def _chosen(archive: Archive, wanted: Wanted, sought: Collection[str]) -> set[str]:
    rows = archive.ask(
        "select page_id from pages order by md5(concat_ws(chr(31), ?, page_id)), page_id limit ?",
        [str(wanted.seed), wanted.most_pages],
    )
    return {row["page_id"] for row in rows} | set(sought)


def _row(page: OpenPage, n: int, codes: Mapping[str, int]) -> list[Any]:
    aside = None if page.told["documents"] else page.told["rule"] or ""
    rules = sorted({codes[mark.rule] for mark in page.marks if mark.rule in codes})
    raw = None if page.raw is None else len(page.raw)
    return [n, page.page_id, page.told["site"], page.told["title"], raw, len(page.text), len(page.marks), aside, rules]


def _examples(
    shown: Exhibit,
    shards: Shards,
    drawn: Mapping[str, Sequence[Drawn]],
    risky: Mapping[str, Sequence[Drawn]],
    seen: _Seen,
) -> None:
    for code in shown.codes():
        parts = example_parts(drawn.get(code, ()), risky.get(code, ()), seen.excerpts)
        shards.parts(f"examples-{code}", parts)


def example_parts(
    drawn: Sequence[Drawn], risky: Sequence[Drawn], found: Mapping[tuple[str, int, int], Json]
) -> list[Json]:
    """The edits to look at of one rule: the first part has the riskiest besides, each has 50 drawn ones."""

    def of(edits: Iterable[Drawn]) -> list[Json]:
        known = [(found.get((e.page_id, e.layer, e.ordinal)), e.why) for e in edits]
        return [{**excerpt, "why": why} for excerpt, why in known if excerpt]

    steps = range(0, len(drawn), draws.EXAMPLES)
    return [{"drawn": of(drawn[i : i + draws.EXAMPLES]), "risky": of(risky) if not i else []} for i in steps]


def _changes(shown: Exhibit, shards: Shards, seed: int) -> None:
    rows = tallies.changes(shown.archive, seed) if shown.parent else []
    listed = [[i, r["doc_id"], r["title"], len(r["before"]), len(r["now"])] for i, r in enumerate(rows)]
    shards.table("changes", listed)
    shards.parts("change", [[r["before"], r["now"]] for r in rows])
    shards.table("moved", tallies.fates(shown.archive) if shown.parent else [])


def _views(shown: Exhibit, folder: Path, sampled: int) -> None:
    for view in (*site.VIEWS, site.PAGE, site.PAIR):
        told = site.told(shown, view)
        if view.file == "pages.html":
            told["sampled"] = sampled
        (folder / view.file).write_text(site.rendered(shown, view, told, server=False), encoding="utf-8")
    (folder / "rules").mkdir()
    for code in shown.codes():
        text = site.rendered(shown, site.RULE, site.rule(shown, code), server=False, root="../")
        (folder / "rules" / f"{code}.html").write_text(text, encoding="utf-8")
    (folder / "static").mkdir()
    for name, data in site.static_files():
        (folder / "static" / name).write_bytes(data)


def tables(archive: Archive) -> dict[str, list[list[object]]]:
    """What is handed out for spreadsheets, each table with its head."""
    rules = archive.ask(
        """select stage, rule, count(*) as edits, count(distinct page_id) as pages,
        sum("end" - start)::bigint as removed, sum(length(replacement))::bigint as put_in
        from edits group by layer, stage, rule order by layer, rule"""
    )
    aside = archive.ask(
        "select page_id, site, url, rule, reason, kept_page_id, similarity from dropped order by page_id"
    )
    return {
        name: [list(rows[0]), *(list(row.values()) for row in rows)] if rows else []
        for name, rows in (("rules", rules), ("dropped", aside))
    }


def guarded(rows: Iterable[Sequence[object]]) -> bytes:
    r"""Rows as CSV for spreadsheets: text that one would take for a formula stands behind an apostrophe.

    >>> guarded([["=1+1", "甲", -2]]).decode("utf-8-sig")
    "'=1+1,甲,-2\r\n"
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_guarded(cell) if isinstance(cell, str) else cell for cell in row])
    # The mark is what makes spreadsheets read Chinese.
    return out.getvalue().encode("utf-8-sig", "replace")


# Signs that begin a formula, wide ones included, and what some programs strip before they look.
_FORMULA = tuple("=+-@\t\r\n|%＝＋－＠")


def _guarded(text: str) -> str:
    return f"'{text}" if text.lstrip(" \u3000\u00a0").startswith(_FORMULA) or text.startswith(_FORMULA) else text
