"""`jingwen score`: what rules are worth, against labels."""

import argparse
import sys
from pathlib import Path

from pipeline.cli.common import names, say


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen score` takes."""
    parser.add_argument(
        "labels",
        metavar="LABELS",
        nargs="+",
        type=Path,
        help="pages with labels, .jsonl or .parquet: id, text, and lines of {start, end, main} or the gold text; kind",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object a file of labels")
    form.add_argument("--markdown", action="store_true", help="all files as one page of Markdown")
    parser.add_argument("--worst", metavar="N", type=int, default=0, help="also the N pages with the lowest F1")
    parser.add_argument("--select", metavar="CODES", type=names, help="only these rules: codes or their beginnings")
    parser.add_argument("--ignore", metavar="CODES", type=names, help="not these rules")
    parser.add_argument("--config", metavar="FILE", type=Path, help="options of stages")


def run(args: argparse.Namespace) -> int:
    """`jingwen score`."""
    from pipeline import config
    from pipeline.audit import quality, score_table, terminal
    from pipeline.stages import RULES
    from pipeline.workbench import Bench

    rules = {"select": args.select, "ignore": args.ignore}
    bench = Bench.of(config.load(args.config, rules=rules) if args.config else config.default(rules=rules))
    found = (quality.score(path, bench) for path in args.labels)
    called = {code: rule.name for code, rule in RULES.items()}
    if args.markdown:
        sys.stdout.write(score_table.markdown(found, called))
    elif args.json:
        import orjson

        for one in found:
            sys.stdout.buffer.write(
                orjson.dumps(score_table.as_json(one, args.worst), option=orjson.OPT_APPEND_NEWLINE)
            )
    else:
        for i, one in enumerate(found):
            say(["", *score_table.table(one, called, terminal.Style.of(sys.stdout), args.worst)][i == 0 :])
    return 0
