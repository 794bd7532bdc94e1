"""The account of a release: what came in, what came out, and what each rule did to how many pages."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.audit.terminal import Style, visible, width_of
from pipeline.publish import manifest, schema
from pipeline.publish.parquet import read
from pipeline.publish.read import shards


class Deed(NamedTuple):
    """What one rule did: edits, pages that have one, characters that left and that came."""

    stage: str
    rule: str
    edits: int
    pages: int
    gone: int
    put: int


class Account(NamedTuple):
    """What a release came to. `dropped`: pages by (rule, kind of reason)."""

    name: str
    version: str
    pages: int
    pages_with_documents: int
    documents: int
    raw_bytes: int
    chars: int
    dropped: Counter[tuple[str, str]]
    deeds: list[Deed]


def account(release: Path) -> Account:
    """The account of a release, from its manifest and its edits."""
    told = manifest.load(release)
    counts = told["counts"]
    dropped: Counter[tuple[str, str]] = Counter()
    for row in counts["dropped"]:
        dropped[row["rule"] or "", row["reason"]] += row["pages"]
    return Account(
        told["name"], told["version"], counts["pages"], counts["pages_with_documents"], counts["documents"],
        counts["raw_bytes"], counts["chars"], dropped, deeds(release),
    )  # fmt: skip


def deeds(release: Path) -> list[Deed]:
    """What each rule did, in the order of the stages; the edits of a page lie in one file."""
    sums: dict[tuple[int, str, str], list[int]] = {}
    for path in shards(release, schema.EDITS):
        with read(path) as file:
            rows = file.read(columns=["page_id", "stage", "layer", "rule", "start", "end", "replacement"])
        columns = {name: rows[name] for name in ("page_id", "stage", "layer", "rule")}
        columns["gone"] = pc.subtract(rows["end"], rows["start"])
        columns["put"] = pc.utf8_length(rows["replacement"])
        keys = ["layer", "stage", "rule"]
        wanted = [("page_id", "count"), ("page_id", "count_distinct"), ("gone", "sum"), ("put", "sum")]
        for row in pa.table(columns).group_by(keys).aggregate(wanted).to_pylist():
            total = sums.setdefault((row["layer"], row["stage"], row["rule"] or ""), [0, 0, 0, 0])
            for i, name in enumerate(("page_id_count", "page_id_count_distinct", "gone_sum", "put_sum")):
                total[i] += row[name]
    return [Deed(stage, rule, *total) for (_, stage, rule), total in sorted(sums.items())]


def shown(found: Account, names: dict[str, str], style: Style) -> Iterator[str]:
    """An account for people; `names` says in words what a rule finds."""
    yield style.paint(f"{found.name} {found.version}", "bold")
    gone, put = sum(d.gone for d in found.deeds), sum(d.put for d in found.deeds)
    raw = found.chars + gone - put
    yield f"  pages in    {found.pages:>12,}   {found.raw_bytes / 1e6:,.1f} MB, about {raw:,} characters"
    kept = found.pages_with_documents
    yield f"  documents   {found.documents:>12,}   from {kept:,} pages, {found.chars:,} characters"
    yield f"  set aside   {found.pages - kept:>12,}"
    for (rule, reason), count in found.dropped.most_common():
        yield f"  {'':<10}{count:>12,}     {visible(reason)}{style.paint(f'  {rule}', 'dim') if rule else ''}"
    yield ""
    head = f"  {'stage':<14} {'rule':<32} {'edits':>10} {'pages':>10} {'removed':>12} {'put in':>10}"
    yield style.paint(head, "dim")
    before = ""
    for deed in found.deeds:
        stage = deed.stage if deed.stage != before else ""
        rule = f"{deed.rule} {names.get(deed.rule, '')}".strip() or "set aside by the engine"
        gap = " " * max(0, 32 - width_of(rule))
        yield f"  {stage:<14} {rule}{gap} {deed.edits:>10,} {deed.pages:>10,} {deed.gone:>12,} {deed.put:>10,}"
        before = deed.stage
    total = f"  {'':<14} {'all':<32} {sum(d.edits for d in found.deeds):>10,} {'':>10} {gone:>12,} {put:>10,}"
    yield style.paint(total, "bold")
