"""`jingwen score`: what rules are worth, against labels or by judgements."""

import argparse
import sys
from pathlib import Path

from pipeline.cli.common import names, say
from pipeline.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen score` takes."""
    parser.add_argument(
        "labels",
        metavar="FILE",
        nargs="+",
        type=Path,
        help="pages with labels, .jsonl or .parquet: id, text, and lines of {start, end, main} or the gold text; kind; "
        "or judgements of edits, as `jingwen serve` and reports keep them",
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
    from pipeline.audit import judgements

    judged = [path for path in args.labels if judgements.is_judgements(path)]
    if not judged:
        return _labels(args)
    if len(judged) < len(args.labels):
        other = next(path for path in args.labels if path not in judged)
        raise UsageError(f"{other}: no judgements, and {judged[0]} is. Score labels and judgements apart.")
    return _judgements(judged, args)


def _judgements(paths: list[Path], args: argparse.Namespace) -> int:
    """Precision by rule, of the judgements of all files together."""
    from pipeline.audit import judgements, terminal, verdicts
    from pipeline.stages import RULES

    if args.markdown or args.worst or args.select or args.ignore or args.config:
        raise UsageError("Of judgements there is a table, and --json; the other options are for labels.")
    judged = verdicts.merged([verdicts.read(path) for path in paths], [str(path) for path in paths])
    if args.json:
        import orjson

        for figure in judgements.figures(judged):
            sys.stdout.buffer.write(orjson.dumps(judgements.as_json(figure), option=orjson.OPT_APPEND_NEWLINE))
        return 0
    names = {code: rule.name for code, rule in RULES.items()}
    say(judgements.shown(judged, names, terminal.Style.of(sys.stdout)))
    return 0


def _labels(args: argparse.Namespace) -> int:
    """Precision and recall by rule, on labelled pages."""
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
