"""A benchmark run: its commands in turns A B A B on the same input, then medians, ratios turn by turn, and what missed.

The ratio is taken within a turn, so that it holds where the speed of the machine drifts from turn to turn.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from benchmarks.definition import Command, Definition, Limit, Ratio, Size
from benchmarks.machine import ROOT, machine, ours, version
from benchmarks.measured import Measured, measured
from benchmarks.needs import lacking
from benchmarks.place import SHARED, Made, Place

Record: TypeAlias = dict[str, Any]
Say: TypeAlias = Callable[[str], object]
COSTS = ("cpu_s", "wall_s", "first_s", "peak_mb")


@dataclass(slots=True)
class Ran:
    """One command: what each turn cost, and what it counted, which is the same each time."""

    command: Command
    python: Path
    input: Made
    turns: list[dict[str, float]] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    failed: str = ""


def run(definition: Definition, place: Place, size: Size, *, rivals: bool, turns: int = 0, say: Say = str) -> Record:
    """Run a benchmark; its record. `rivals`: also the commands of other environments; `turns`: instead of its own."""
    begin = datetime.now(UTC)
    record: Record = {
        "benchmark": definition.name, "title": definition.title, "what": definition.what, "size": size,
        "date": begin.strftime("%Y-%m-%d %H:%M UTC"), "jingwen": ours(), "machine": machine(),
    }  # fmt: skip
    reason = lacking(definition.needs)
    if reason:
        say(f"{definition.name}: skipped: {reason}")
        return {**record, "skipped": reason}
    sized = definition.sizes[size]
    whole = place.input(definition.input.make, sized.pages, definition.input.seed)
    done, skipped = _ready(definition, place, size, whole, rivals)
    work = place.folder / "work" / f"{definition.name}-{os.getpid()}"
    try:
        for turn in range(turns or sized.turns):
            for ran in done:
                if not ran.failed and turn < (ran.command.turns or turn + 1):
                    _turn(ran, turn, work / ran.command.name.replace(" ", "-"), definition.timeout_s)
                    say(f"{definition.name} {turn + 1}/{turns or sized.turns}  {ran.command.name:<24} {_line(ran)}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    by_name = {ran.command.name: ran for ran in done}
    record |= {
        "input": {"made_by": definition.input.make, "seed": definition.input.seed, **whole.told},
        "rows": list(definition.rows),
        "commands": {**{name: _told(ran) for name, ran in by_name.items()}, **skipped},
        "ratios": {r.name: told for r in definition.ratios if (told := _ratio(r, by_name))},
        "limits": [_limit(limit) for limit in definition.limits if limit.of in by_name],
        "seconds": round((datetime.now(UTC) - begin).total_seconds()),
    }
    record["missed"] = missed(definition, record, size)
    return record


def _ready(
    definition: Definition, place: Place, size: Size, whole: Made, rivals: bool
) -> tuple[list[Ran], dict[str, Any]]:
    """The commands that can run, and for the others the reason."""
    out, skipped = [], {}
    for command in definition.commands:
        python = place.python(command.env) if rivals or not command.env else None
        if python is None:
            reason = f"no environment {command.env} (make bench-rivals)" if rivals else "rivals were not asked for"
            skipped[command.name] = {"skipped": reason}
            continue
        own = place.head(whole, command.pages[size]) if command.pages else whole
        out.append(Ran(command, python, own))
    return out, skipped


def _turn(ran: Ran, turn: int, out: Path, timeout_s: int) -> None:
    """One run of one command in a fresh folder, with what comes before it and after it."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    command = ran.command
    if command.prepare:
        got = _measured(command.prepare, ran, out, timeout_s)
        if got.status:
            return _fail(ran, "prepare", got)
    got = _measured(command.run, ran, out, timeout_s, command.cores)
    if got.status != command.status:
        return _fail(ran, "run", got)
    said = _said(command.says, got.out)
    if said is None:
        return _fail(ran, f"run printed nothing of the form {command.says!r} and", got)
    counts, figures = said
    if command.check and turn == 0:
        after = _measured(command.check, ran, out, timeout_s)
        if after.status:
            return _fail(ran, "check", after)
        checked, further = _said("", after.out) or ({}, {})
        ran.counts |= checked
        figures |= further
    changed = {k: (ran.counts[k], v) for k, v in counts.items() if ran.counts.get(k, v) != v}
    if changed:
        ran.failed = f"counts differ from one turn to the next: {changed}"
    ran.counts |= counts
    ran.turns.append({**{name: getattr(got, name) for name in COSTS}, **figures, **_rates(ran, got, figures)})
    return None


def _measured(words: Sequence[str], ran: Ran, out: Path, timeout_s: int, cores: int = 0) -> Measured:
    known = {"input": str(ran.input.folder), "out": str(out), "gold": str(SHARED / "gold")}
    filled = [re.sub(r"\{(\w+)\}", lambda m: known[m[1]], word) for word in words]
    if filled[0] == "jingwen":
        filled[:1] = ["python", "-m", "pipeline"]
    filled[0] = {"python": str(ran.python), "ours": sys.executable}.get(filled[0], filled[0])
    # What libraries keep for later would make the second turn another one than the first.
    own = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": str(out / ".cache")}
    return measured(filled, out, {**os.environ, **own}, cores, timeout_s)


def _fail(ran: Ran, step: str, got: Measured) -> None:
    """The record names the status only: what a program prints when it fails is full of paths."""
    how = "took too long and was ended" if got.status is None else f"ended with exit status {got.status}"
    ran.failed = f"{step} {how}"
    sys.stderr.write(got.err[-3000:])


def _said(pattern: str, out: str) -> tuple[dict[str, Any], dict[str, float]] | None:
    """Counts and figures in what a command printed; nothing where it is not of the form."""
    if pattern:
        found = re.search(pattern, out)
        if not found:
            return None
        return {name: int(value.replace(",", "")) for name, value in found.groupdict().items() if value}, {}
    lines = out.strip().split("\n")
    if not lines[-1].startswith('{"counts"'):
        return {}, {}
    told = json.loads(lines[-1])
    return told["counts"], told["figures"]


def _rates(ran: Ran, got: Measured, figures: Mapping[str, float]) -> dict[str, float]:
    """Speeds that follow from seconds and the bytes of text read: of the whole process, and without start-up."""
    size = ran.counts.get("bytes", ran.input.told["bytes"]) / 1e6
    pages = ran.counts.get("pages", ran.input.told["pages"])
    out = {"mb_per_cpu_s": size / got.cpu_s, "mb_per_s": size / got.wall_s, "cpu_s_per_gb": got.cpu_s / size * 1e3}
    work = figures.get("work_cpu_s", 0)
    if work > 0:
        out |= {"work_mb_per_cpu_s": size / work, "work_cpu_s_per_gb": work / size * 1e3}
        out["work_pages_per_cpu_s"] = pages / work
    return out


def _told(ran: Ran) -> dict[str, Any]:
    command = ran.command
    names = dict.fromkeys(name for turn in ran.turns for name in turn)
    figures = {name: _spread([turn[name] for turn in ran.turns if name in turn]) for name in names}
    told = {
        "versions": {name: version(name, str(ran.python)) for name in command.package}, "turns": len(ran.turns),
        "pages": ran.input.told["pages"], "bytes": ran.input.told["bytes"], "counts": ran.counts, "figures": figures,
    }  # fmt: skip
    return {**told, "failed": ran.failed} if ran.failed else told


def _spread(values: Sequence[float]) -> list[float]:
    """Least, median, most."""
    return [float(f"{v:.5g}") for v in (min(values), median(values), max(values))]


def _ratio(ratio: Ratio, ran: Mapping[str, Ran]) -> dict[str, Any] | None:
    of, to, less = ran.get(ratio.of), ran.get(ratio.to), ran.get(ratio.less)
    if not (of and to and of.turns and to.turns) or (ratio.less and not (less and less.turns)):
        return None
    values = []
    for turn in range(max(len(of.turns), len(to.turns))):  # who has fewer turns is compared with its last one
        a, b = (own.turns[min(turn, len(own.turns) - 1)] for own in (of, to))
        off = less.turns[min(turn, len(less.turns) - 1)][ratio.figure] if less else 0.0
        values.append((a[ratio.figure] - off) / b[ratio.by or ratio.figure])
    bounds = {k: v for k, v in (("least", ratio.least), ("most", ratio.most)) if v is not None}
    return {"of": ratio.of, "to": ratio.to, "figure": ratio.figure, "value": _spread(values), **bounds}


def _limit(limit: Limit) -> dict[str, Any]:
    bounds = {k: v for k, v in (("least", limit.least), ("most", limit.most)) if v is not None}
    return {"of": limit.of, "figure": limit.figure, **bounds}


def missed(definition: Definition, record: Record, size: Size) -> list[str]:
    """What is not as the definition expects: counts in every size, costs and ratios at full size only."""
    commands = record["commands"]
    told = {name: c for name, c in commands.items() if "skipped" not in c}
    out = [f"{name}: {c['failed']}" for name, c in told.items() if c.get("failed")]
    good = {name: c for name, c in told.items() if not c.get("failed")}
    of_ours = [c.name for c in definition.commands if not c.env]
    for e in definition.expect:
        for name in [e.of] if e.of else of_ours:
            if name in good:
                out += _unexpected(name, e.count, good[name]["counts"], record["input"], e)
    for count in definition.same:
        values = {name: c["counts"][count] for name, c in good.items() if count in c["counts"]}
        if len(set(map(str, values.values()))) > 1:
            out.append(f"{count} differs: {values}")
    for bound in [limit for limit in definition.limits if limit.of in good]:
        figures = good[bound.of]["figures"]
        if bound.figure not in figures:
            out.append(f"{bound.of} does not tell {bound.figure}")
        elif size == "full":
            out += _outside(f"{bound.of}: {bound.figure}", figures[bound.figure][1], bound.least, bound.most)
    if size == "full":
        for name, ratio in record["ratios"].items():
            out += _outside(name, ratio["value"][1], ratio.get("least"), ratio.get("most"))
    return out


def _unexpected(name: str, count: str, counts: Mapping[str, Any], told: Mapping[str, Any], e: Any) -> list[str]:
    if count not in counts:
        return [f"{name} does not tell {count}"]
    value = counts[count]
    if e.equals is not None:
        wanted = told[e.equals] if isinstance(e.equals, str) else e.equals
        return [] if value == wanted else [f"{name}: {count} is {value:,}, expected {wanted:,}"]
    if e.share_of:
        value /= counts.get(e.share_of) or told.get(e.share_of) or 1
    return _outside(f"{name}: {count}" + (f" / {e.share_of}" if e.share_of else ""), value, e.least, e.most)


def _outside(what: str, value: float, least: float | None, most: float | None) -> list[str]:
    if least is not None and value < least:
        return [f"{what} is {value:.5g}, below {least:g}"]
    return [f"{what} is {value:.5g}, above {most:g}"] if most is not None and value > most else []


def _line(ran: Ran) -> str:
    if ran.failed:
        return f"failed: {ran.failed}"
    turn = ran.turns[-1]
    return f"{turn['cpu_s']:8.2f} s CPU  {turn['wall_s']:8.2f} s  {turn['peak_mb']:6.0f} MB"
