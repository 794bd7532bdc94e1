"""`jingwen compare`: two releases held against each other."""

import argparse
import sys
from pathlib import Path

from pipeline.cli.common import release, say


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen compare` takes."""
    parser.add_argument("old", metavar="OLD", type=Path, help="the folder of a release")
    parser.add_argument("new", metavar="NEW", type=Path, help="the folder of another")
    parser.add_argument("--json", action="store_true", help="the counts as JSON")
    parser.add_argument(
        "--rows", metavar="FILE", type=Path, help="a row for each document that differs: .parquet, .jsonl"
    )
    parser.add_argument(
        "--memory-mb", metavar="N", type=int, default=1024, help="memory to keep to; beyond it, disk (1024)"
    )


def run(args: argparse.Namespace) -> int:
    """`jingwen compare`."""
    from pipeline.audit import compare, terminal
    from pipeline.stages import RULES

    found = compare.compare(release(args.old), release(args.new), args.rows, args.memory_mb)
    if args.json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(found.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        names = {code: rule.name for code, rule in RULES.items()}
        say(compare.shown(found, names, terminal.Style.of(sys.stdout)))
    return int(found.differs)
