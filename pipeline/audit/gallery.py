"""A gallery: a release that is being looked at on a server, asked for one view or one part of the data at a time."""

import threading
from functools import cached_property
from typing import Any

from pipeline.audit import draws, report, site, tallies, verdicts
from pipeline.audit.excerpts import by_page, excerpts
from pipeline.audit.judgements import figures
from pipeline.audit.opened import Json, of_archive
from pipeline.audit.shards import ROWS, dumped
from pipeline.audit.site import Exhibit, View
from pipeline.audit.verdicts import Judgements, problem_of
from pipeline.errors import UsageError


class Gallery:
    """A release that is being looked at: its tables, what was drawn from them, and the judgements as they grow."""

    def __init__(self, shown: Exhibit, judge: str, sample: int = report.JUDGE_SAMPLE) -> None:
        self._shown = shown
        self._sample = sample
        self._writing = threading.Lock()
        self._drawn: dict[str, tuple[list[draws.Drawn], list[draws.Drawn]]] = {}
        self.archive = shown.archive
        self.codes = frozenset(shown.codes())
        self.judge = judge
        self.file = verdicts.file_of(shown.archive.path)

    def judged(self) -> Judgements:
        """The judgements so far."""
        header = verdicts.header_of(self.archive.manifest)
        return verdicts.read(self.file) if self.file.exists() else Judgements(header, [])

    def html(self, view: View, code: str | None = None) -> str:
        """A view, with the figures as they are now."""
        found = self.judged()
        shown = self._shown._replace(judged=found, figures={f.rule: f for f in figures(found)})
        if code is not None:
            return site.rendered(shown, view, site.rule(shown, code), server=True, root="../")
        told = site.told(shown, view)
        if view.name == "judge":
            told = {"kept_in": self.file.name, "judge": self.judge}
        return site.rendered(shown, view, told, server=True)

    @cached_property
    def meta(self) -> bytes:
        """The script that tells of the release."""
        manifest = self.archive.manifest
        counts = {"pages": manifest["counts"]["pages"], "dropped": manifest["tables"].get("dropped", {}).get("rows", 0)}
        directory: dict[str, Any] = {name: {"rows": rows, "size": ROWS} for name, rows in counts.items()}
        directory["copies"] = {
            "rows": self._count("select count(distinct kept_page_id) as n from dropped"),
            "size": ROWS,
        }
        if self._shown.parent:
            found = tallies.difference(self.archive)
            directory["changes"] = {"rows": min(found.changed, tallies.MOST_CHANGES), "size": ROWS}
            directory["moved"] = {"rows": min(found.fates, tallies.MOST_FATES), "size": ROWS}
        made = verdicts.header_of(manifest)["edits"]
        for code in self._shown.codes():
            drawn = min(made.get(code, 0), self._sample)
            directory[f"examples-{code}"] = {"parts": -(-drawn // draws.EXAMPLES)}
        return b"jingwen.about(" + dumped(site.meta(self._shown, directory, self.judge)) + b");\n"

    def _count(self, sql: str) -> int:
        return int(self.archive.ask(sql)[0]["n"])

    def page(self, page_id: str) -> Json | None:
        """A page, or None where there is no such page."""
        found = of_archive(self.archive, [page_id]).get(page_id)
        return found.as_json() if found else None

    def data(self, name: str) -> Any:
        """A part of the data under the name that a report gives it; None where there is none."""
        kind, _, number = name.rpartition("-")
        if not number.isascii() or not number.isdigit() or len(number) > 9:
            return None
        i = int(number)
        part = tallies.Slice(i * ROWS, ROWS)
        if kind == "pages":
            return tallies.pages(self.archive, part)
        if kind in {"copies", "dropped"}:
            return (tallies.copies if kind == "copies" else tallies.dropped)(self.archive, None, part)
        if kind in {"changes", "change", "moved"} and self._shown.parent:
            return self._changed(kind, i)
        code = kind.removeprefix("examples-")
        return self._examples(code, i) if kind.startswith("examples-") and code in self.codes else None

    def _changed(self, kind: str, i: int) -> Any:
        if kind == "moved":
            return tallies.fates(self.archive)[i * ROWS : (i + 1) * ROWS]
        rows = tallies.changes(self.archive, self._shown.seed)
        if kind == "change":
            return [rows[i]["before"], rows[i]["now"]] if i < len(rows) else None
        return [[k, r["doc_id"], r["title"], len(r["before"]), len(r["now"])] for k, r in enumerate(rows)]

    def _examples(self, code: str, part: int) -> Json | None:
        """One part of the edits of a rule that are looked at; only its own pages are opened."""
        if code not in self._drawn:
            drawn = draws.drawn(self.archive, self._shown.seed, self._sample, code).get(code, [])
            self._drawn[code] = (drawn, draws.riskiest(self.archive, code).get(code, []))
        drawn, risky = self._drawn[code]
        own = drawn[part * draws.EXAMPLES : (part + 1) * draws.EXAMPLES]
        beside = risky if part == 0 else []
        wanted = by_page({"drawn": own, "risky": beside})
        pages = of_archive(self.archive, list(wanted))
        found = {
            (e["page"], e["layer"], e["ordinal"]): e for p in pages.values() for e in excerpts(p, wanted[p.page_id])
        }
        parts = report.example_parts(own, beside, found)
        return parts[0] if parts else None

    def say(self, rows: Any) -> None:
        """Keep judgements; raises UsageError for what is none, or is of an edit that the release does not have."""
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise UsageError("Expected a list of judgements.")
        for row in rows:
            if problem := problem_of(row):
                raise UsageError(f"No judgement: {problem}")
            known = self.archive.ask(
                """select count(*) as n from edits
                where page_id = ? and layer = ? and ordinal = ? and rule = ? and stage = ?""",
                [row[name] for name in ("page_id", "layer", "ordinal", "rule", "stage")],
            )
            if not known[0]["n"]:
                raise UsageError("The release has no such edit.")
        with self._writing:
            verdicts.append(self.file, verdicts.header_of(self.archive.manifest), rows)
