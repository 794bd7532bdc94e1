"""The benchmark of copies: tools in turns over the same bodies; recall by Jaccard index, CPU seconds, ratios.

    python -m benchmarks.copies [benchmarks/copies.toml] [--pages N] [--tools jingwen,rensa] [--record FILE]

Exit status 1 where our own figures fall below the floors of the definition: a benchmark is also a test.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
import tomllib
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.families import Made, made
from benchmarks.rivals import TOOLS, Dropped
from pipeline import __version__

DEFINITION = Path(__file__).with_suffix(".toml")
BANDS = ((0.9, 1.0), (0.8, 0.9), (0.7, 0.8), (0.5, 0.7))


def figures(pages: Sequence[Made], dropped: Dropped) -> dict[str, float]:
    """Shares of copies of which not both they and their source are left, by kind and Jaccard index.

    `dropped_originals`: of originals and pages that share paragraphs, those of whose family no page is left.
    """
    counts: dict[str, list[bool]] = {}
    kept: set[int] = set()
    for number, page in enumerate(pages):
        if number not in dropped:
            kept.add(page.base)
        name = _name(page)
        if name:
            counts.setdefault(name, []).append(number in dropped or page.base in dropped)
    shares = {name: statistics.fmean(found) for name, found in sorted(counts.items())}
    families = {page.base for page in pages}
    return {**shares, "dropped_originals": 1 - len(kept) / len(families)}


def _name(page: Made) -> str | None:
    if page.kind in ("exact", "excerpt"):
        return page.kind
    if page.kind != "edited":
        return None
    return next((f"{low}-{high}" for low, high in BANDS if low <= page.jaccard <= high), None)


def short(got: dict[str, float], definition: dict[str, Any]) -> list[str]:
    """Our figures that are worse than the definition allows."""
    low = [f"{n} is {got[n]:.4f}, below {floor}" for n, floor in definition["floors"].items() if got.get(n, 1) < floor]
    high = [f"{n} is {got[n]:.5f}, above {most}" for n, most in definition["ceilings"].items() if got[n] > most]
    return low + high


def run(definition: dict[str, Any]) -> dict[str, Any]:
    """The record of a run: for each tool seconds (the median of its turns), MB/s, and what it found."""
    pages = list(made(definition["pages"], definition["seed"]))
    texts = [page.text for page in pages]
    size = sum(len(text.encode()) for text in texts) / 1e6
    seconds: dict[str, list[float]] = {name: [] for name in definition["tools"]}
    found: dict[str, dict[str, float]] = {}
    for name in definition["tools"]:
        TOOLS[name](texts[:20])  # imports and tables are not what is measured
    for _ in range(definition["rounds"]):
        for name, spent in seconds.items():
            if spent and max(spent) > definition["patience_s"]:
                continue
            begin = time.process_time()
            dropped = TOOLS[name](texts)
            spent.append(time.process_time() - begin)
            found[name] = figures(pages, dropped)
    tools = {}
    for name, spent in seconds.items():
        median = statistics.median(spent)
        ratio = median / statistics.median(seconds["jingwen"])
        tools[name] = {
            "version": _version(name), "cpu_s": round(median, 3), "turns": len(spent),
            "mb_per_cpu_s": round(size / median, 2), "times_ours": round(ratio, 1),
            "found": {key: round(value, 5) for key, value in found[name].items()},
        }  # fmt: skip
    return {"definition": definition, "mb": round(size, 1), "machine": _machine(), "tools": tools}


def _version(name: str) -> str:
    return __version__ if name == "jingwen" else metadata.version(name)


def _machine() -> dict[str, Any]:
    """What the seconds depend on; nothing that names the machine."""
    return {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}


def table(record: dict[str, Any]) -> str:
    """The record as a table in Markdown."""
    names = list(dict.fromkeys(key for tool in record["tools"].values() for key in tool["found"]))
    rows = [["tool", "MB a CPU second", "times ours", *names], ["---"] + ["---:"] * (len(names) + 2)]
    for name, tool in record["tools"].items():
        values = [f"{tool['found'][key]:.4f}" for key in names]
        rows.append([f"{name} {tool['version']}", f"{tool['mb_per_cpu_s']:.2f}", f"{tool['times_ours']:.1f}", *values])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a definition; 1 where our figures fall short of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.copies", description="Copies: tools in turns.")
    parser.add_argument("definition", nargs="?", type=Path, default=DEFINITION)
    parser.add_argument("--pages", type=int, help="so many pages instead of those of the definition")
    parser.add_argument("--tools", help="only these, with commas between them; jingwen is always among them")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the record as JSON")
    args = parser.parse_args(argv)
    definition = tomllib.loads(args.definition.read_text(encoding="utf-8"))
    definition["pages"] = args.pages or definition["pages"]
    if args.tools:
        definition["tools"] = list(dict.fromkeys(["jingwen", *args.tools.split(",")]))
    record = run(definition)
    if args.record:
        args.record.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table(record))
    found = short(record["tools"]["jingwen"]["found"], definition)
    for line in found:
        print(line, file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
