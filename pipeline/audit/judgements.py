"""Judgements scored: the precision of each rule with its interval, and which rule to mend first."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.audit.interval import Interval, needed, wilson
from pipeline.audit.terminal import Style, visible
from pipeline.audit.verdicts import KIND, Json, Judgements, Key, read


class Settled(NamedTuple):
    """What was found of one edit: its rule, the votes, whether it came from the draw, and all notes."""

    rule: str
    right: int
    wrong: int
    drawn: bool
    notes: tuple[str, ...]


class Figure(NamedTuple):
    """The precision of one rule: edits in the release (None where not known), judged right and wrong from the draw.

    `beside`: edits judged that were not drawn, such as the riskiest; a share over them would not be that of the rule.
    `disputed`: edits on which judges disagree evenly; they count as neither.
    """

    rule: str
    edits: int | None
    right: int
    wrong: int
    beside: int
    beside_wrong: int
    disputed: int
    interval: Interval | None
    needed: int

    @property
    def wrong_edits(self) -> float:
        """How many edits of the release are wrong, by the share that was found; 0 where nothing was drawn."""
        return (self.edits or 0) * (1 - self.interval.share) if self.interval else 0.0


def is_judgements(path: Path) -> bool:
    """Whether the file begins as judgements do."""
    try:
        with path.open(encoding="utf-8") as file:
            first = json.loads(file.readline(1_000_000))
    except (OSError, ValueError):
        return False
    return isinstance(first, dict) and first.get("jingwen") == KIND


def settled(records: Iterable[Json]) -> dict[Key, Settled]:
    """What was found of each edit, from the last word of each judge."""
    last: dict[tuple[Key, str], Json] = {}
    for row in records:
        last[Key(row["page_id"], row["layer"], row["ordinal"]), row["judge"]] = row
    out: dict[Key, Settled] = {}
    for (key, _), row in last.items():
        if row["verdict"] is None:
            continue
        before = out.get(key, Settled(row["rule"], 0, 0, False, ()))
        out[key] = before._replace(
            right=before.right + (row["verdict"] == "right"),
            wrong=before.wrong + (row["verdict"] == "wrong"),
            drawn=before.drawn or row["drawn"],
            notes=before.notes + ((row["note"],) if row["note"] else ()),
        )
    return out


def figures(judged: Judgements) -> list[Figure]:
    """The precision of each rule that was judged or that made edits; the one to mend first stands first."""
    population = judged.header["edits"]
    by_rule: dict[str, list[Settled]] = {code: [] for code in population}
    for found in settled(judged.records).values():
        by_rule.setdefault(found.rule, []).append(found)
    out = [_figure(rule, population.get(rule), found) for rule, found in by_rule.items()]
    return sorted(out, key=lambda f: (-f.wrong_edits, f.interval is None, -(f.edits or 0), f.rule))


def _figure(rule: str, edits: int | None, found: Sequence[Settled]) -> Figure:
    fair = [s for s in found if s.drawn]
    beside = [s for s in found if not s.drawn]
    right, wrong = sum(s.right > s.wrong for s in fair), sum(s.wrong > s.right for s in fair)
    return Figure(
        rule, edits, right, wrong, len(beside), sum(s.wrong > s.right for s in beside),
        sum(s.right == s.wrong for s in found), wilson(right, right + wrong, edits),
        needed(right, right + wrong, edits),
    )  # fmt: skip


def score(path: Path) -> list[Figure]:
    """The precision of each rule, from a file of judgements."""
    return figures(read(path))


def as_json(figure: Figure) -> Json:
    """A figure as an object."""
    return {**figure._asdict(), "interval": figure.interval and figure.interval._asdict()}


def shown(judged: Judgements, names: Mapping[str, str], style: Style) -> Iterator[str]:
    """The figures for people; `names` says in words what a rule finds."""
    release = judged.header["release"]
    found = figures(judged)
    yield style.paint(visible(f"{release['name']} {release['version']}"), "bold")
    head = f"  {'rule':<32} {'edits':>10} {'judged':>7} {'right':>7}   {'95 %':<15} {'more':>6}  beside"
    yield style.paint(head, "dim")
    for f in found:
        rule = visible(f"{f.rule} {names.get(f.rule, '')}").strip()
        edits = "" if f.edits is None else f"{f.edits:,}"
        span = f"{f.interval.low:.1%} – {f.interval.high:.1%}" if f.interval else "–"
        share = f"{f.interval.share:.1%}" if f.interval else "–"
        beside = f"{f.beside_wrong} of {f.beside} wrong" if f.beside else ""
        disputed = f"  {f.disputed} disputed" if f.disputed else ""
        row = f"  {rule:<32} {edits:>10} {f.right + f.wrong:>7} {share:>7}   {span:<15} {f.needed:>6,}"
        yield f"{row}  {beside}{disputed}".rstrip()
    yield ""
    yield from _proposal(found, style)


def _proposal(found: Sequence[Figure], style: Style) -> Iterator[str]:
    first = next((f for f in found if f.interval and f.wrong), None)
    if first and first.interval:
        low, high = ((first.edits or 0) * (1 - share) for share in (first.interval.high, first.interval.low))
        yield style.paint(f"mend first: {visible(first.rule)}", "bold") + (
            f", about {first.wrong_edits:,.0f} wrong edits (between {low:,.0f} and {high:,.0f})"
        )
    elif any(f.interval for f in found):
        yield "no edit that was drawn was judged wrong"
    open_ = sorted((f for f in found if f.needed), key=lambda f: -(f.edits or 0))
    if open_:
        yield style.paint(
            f"{sum(f.needed for f in open_):,} more judgements give every rule a figure to five points either way; "
            f"{visible(open_[0].rule)} made the most edits among those open",
            "dim",
        )
