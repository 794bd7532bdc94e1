"""Records as tables: a figure a row, a command a column; in Markdown, or aligned for a terminal."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from benchmarks.runner import COSTS, Record

LABELS = {
    "cpu_s": "CPU seconds",
    "wall_s": "seconds",
    "first_s": "seconds to the first result",
    "peak_mb": "peak memory, MB",
    "mb_per_cpu_s": "MB a CPU second",
    "mb_per_s": "MB a second",
    "cpu_s_per_gb": "CPU seconds a GB",
    "work_cpu_s": "CPU seconds without start-up",
    "work_wall_s": "seconds without start-up",
    "work_mb_per_cpu_s": "MB a CPU second, without start-up",
    "work_cpu_s_per_gb": "CPU seconds a GB, without start-up",
    "work_pages_per_cpu_s": "pages a CPU second, without start-up",
}
Row = list[str]


def markdown(records: Sequence[Record]) -> str:
    """All records as one page."""
    parts = []
    for record in records:
        parts += [f"## {record['title']}", "", record["what"].strip(), "", _heading(record), ""]
        rows = table(record)
        if rows:
            rows[1:1] = [["---"] + ["---:"] * (len(rows[0]) - 1)]
            parts += ["\n".join("| " + " | ".join(row) + " |" for row in rows), ""]
        parts += [*(f"- {note}" for note in notes(record)), *([""] if notes(record) else [])]
    return "\n".join(parts)


def terminal(record: Record, colour: bool = False) -> Iterator[str]:
    """One record as lines for a terminal."""
    yield _paint(record["title"], "1", colour)
    yield from wrap(_heading(record), 110, initial_indent="  ", subsequent_indent="  ")
    rows = table(record)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        line = "  " + "  ".join(cells).rstrip()
        yield _paint(
            line, "31" if row[-1].endswith("missed") else "2", colour and (row[-1].endswith("missed") or not number)
        )
    for note in notes(record):
        yield f"  {note}"


def notes(record: Record) -> list[str]:
    """Versions that no head tells, what did not run, and what missed."""
    commands = record.get("commands", {})
    others = {
        n: c["versions"] for n, c in commands.items() if "versions" in c and not {n, "jingwen"} & set(c["versions"])
    }
    told = [f"{name}: {', '.join(f'{p} {v}' for p, v in versions.items())}" for name, versions in others.items()]
    skipped = [f"{name}: skipped: {c['skipped']}" for name, c in commands.items() if "skipped" in c]
    return told + skipped + [f"missed: {what}" for what in record.get("missed", [])]


def table(record: Record) -> list[Row]:
    """The rows of a record, the names of its commands first; none where nothing ran."""
    commands = {n: c for n, c in record.get("commands", {}).items() if "skipped" not in c and c["turns"]}
    if not commands:
        return []
    full = record["size"] == "full"  # small sizes are not held to goals
    bounds = {(b["of"], b["figure"]): b for b in record["limits"] if full}
    lines = []
    for name in _rows(record, commands):
        bound = next((_bound(bounds[c, name], _value(commands[c], name)) for c in commands if (c, name) in bounds), "")
        lines.append([LABELS.get(name, name), *(_shown(_value(c, name)) for c in commands.values()), bound])
    for name, ratio in record["ratios"].items():
        value = ratio["value"][1]
        cells = [_shown(value) if c == ratio["of"] else "" for c in commands]
        lines.append([name, *cells, _bound(ratio, value) if full else ""])
    heads = [_head(name, c) for name, c in commands.items()]
    rows = [["", *heads, "goal"], *lines]
    return rows if any(row[-1] for row in lines) else [row[:-1] for row in rows]


def _rows(record: Record, commands: dict[str, Any]) -> list[str]:
    """The names of rows as the definition says; `counts` stands for all counts, `figures` for all told figures."""
    told: dict[str, None] = dict.fromkeys(key for c in commands.values() for key in c["counts"])
    figures = dict.fromkeys(key for c in commands.values() for key in c["figures"])
    further = [key for key in figures if key not in (*COSTS, *LABELS)]
    every = {"counts": list(told), "figures": further}
    names = dict.fromkeys(name for row in record["rows"] or ["counts", "figures"] for name in every.get(row, [row]))
    return [name for name in names if any(_value(c, name) is not None for c in commands.values())]


def _value(command: dict[str, Any], name: str) -> Any:
    if name in command["figures"]:
        return command["figures"][name][1]
    return command["counts"].get(name, command.get(name))


def _head(name: str, command: dict[str, Any]) -> str:
    version = command["versions"].get(name)
    return f"{name} {version}" if version else name


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _bound(bound: dict[str, Any], value: float | None) -> str:
    least, most = bound.get("least"), bound.get("most")
    words = [f"at least {least:g}"] if least is not None else []
    words += [f"at most {most:g}"] if most is not None else []
    failed = value is not None and ((least is not None and value < least) or (most is not None and value > most))
    return " and ".join(words) + (", missed" if failed else "")


def _heading(record: Record) -> str:
    """One line: when, what of ours, on what machine, how much of which input."""
    machine, ours = record["machine"], record["jingwen"]
    commit = f" ({ours['commit']})" if "commit" in ours else ""
    words = [
        record["date"], f"jingwen {ours['version']}{commit}",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:g} GB, Python {machine['python']}",
    ]  # fmt: skip
    if "skipped" in record:
        return "; ".join([*words, f"skipped: {record['skipped']}"]) + "."
    made = record["input"]
    turns = max((c.get("turns", 0) for c in record["commands"].values()), default=0)
    words.append(f"{made['pages']:,} pages of {made['bytes'] / 1e6:,.1f} MB from {made['source']}, seed {made['seed']}")
    words.append(f"{turns} turn{'s' * (turns != 1)}, {record['seconds']} s in all")
    if (machine["load"] or 0) > 0.5:
        words.append(f"{machine['load']:g} processes were busy before")
    return "; ".join(words) + ("" if record["size"] == "full" else "; small, for tests") + "."


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
