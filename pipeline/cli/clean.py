"""`jingwen clean`: pages tried without a build."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.common import add_diff, names, paged, told

if TYPE_CHECKING:
    from pipeline.workbench import Bench


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen clean` takes."""
    parser.add_argument(
        "input",
        metavar="INPUT",
        nargs="+",
        help="files, folders or addresses: .txt, .html, .jsonl, .csv, .parquet, .arrow, .warc, .wet, packed or not",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object a page: documents, fields, segments, edits")
    form.add_argument("--diff", action="store_true", help="what changed; exit status 1 if anything did")
    parser.add_argument("--stages", metavar="A,B", type=names, help="only these stages")
    parser.add_argument("--select", metavar="CODES", type=names, help="only these rules: codes or their beginnings")
    parser.add_argument("--ignore", metavar="CODES", type=names, help="not these rules")
    parser.add_argument("--corpus", action="store_true", help="also the stages that look at all pages together")
    parser.add_argument("--config", metavar="FILE", type=Path, help="options of stages, names of fields")
    view = parser.add_mutually_exclusive_group()
    view.add_argument("--by-stage", action="store_true", help="with --diff: stage by stage, each on the text it saw")
    view.add_argument("--side-by-side", action="store_true", help="with --diff: the raw page beside the text")
    add_diff(parser)


def run(args: argparse.Namespace) -> int:
    """`jingwen clean`."""
    from pipeline import config
    from pipeline.workbench import Bench

    rules = {"select": args.select, "ignore": args.ignore}
    chosen = config.load(args.config, rules=rules) if args.config else config.default(rules=rules)
    bench = Bench.of(chosen, args.stages)
    form = _cleaned_json if args.json else _cleaned_diff if args.diff else _cleaned_text
    return form(bench, args)


def _cleaned_json(bench: "Bench", args: argparse.Namespace) -> int:
    import orjson

    out = sys.stdout.buffer
    for record in bench.records(args.input, args.corpus):
        out.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
    out.flush()
    return 0


def _cleaned_text(bench: "Bench", args: argparse.Namespace) -> int:
    from pipeline.audit.terminal import visible
    from pipeline.publish.told import placed

    safe = visible if sys.stdout.isatty() else str
    first = True
    for trail in bench.run(args.input, args.corpus):
        docs, text = placed(trail), trail.lines.text
        shown = [text[start:end] for start, end in zip(docs.start.tolist(), docs.end.tolist(), strict=True)]
        asides = sorted(trail.aside)
        low = 0
        for page, high in zip([*asides, None], [*docs.page.searchsorted(asides).tolist(), len(shown)], strict=True):
            if low < high:
                print(("" if first else "\n") + safe("\n\n".join(shown[low:high])))
                low, first = high, False
            if page is not None:
                told(visible(f"{trail.pages[page].id}: set aside: {trail.aside[page].reason}"), 0)
    return 0


def _cleaned_diff(bench: "Bench", args: argparse.Namespace) -> int:
    from pipeline.audit import terminal, view

    style = terminal.Style.of(sys.stdout)
    form = view.staged if args.by_stage else view.beside if args.side_by_side else view.flat
    changed = False

    def lines() -> Iterator[str]:
        nonlocal changed
        for trail in bench.run(args.input, args.corpus):
            for seen in view.seen(trail):
                if seen.changed:
                    yield from [""] if changed else []
                    changed = True
                    yield from form(seen, style, args.context)

    paged(lines(), not args.no_pager)
    return int(changed)
