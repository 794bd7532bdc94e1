"""`jingwen rules` and `jingwen explain`: the rules and their manual."""

import argparse
import sys

from pipeline.cli.common import say


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen rules` takes."""
    parser.add_argument("--json", action="store_true", help="as one JSON array")
    parser.add_argument("--manual", action="store_true", help="as the Markdown of docs/rules.md")


def run(args: argparse.Namespace) -> int:
    """`jingwen rules`."""
    from pipeline.audit import manual, terminal
    from pipeline.stages import STAGES

    if args.json:
        import orjson

        sys.stdout.buffer.write(
            orjson.dumps(manual.as_json(STAGES), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        )
    elif args.manual:
        sys.stdout.write(manual.markdown(STAGES))
    else:
        say(manual.table(STAGES, terminal.Style.of(sys.stdout)))
    return 0


def explain_arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen explain` takes."""
    parser.add_argument("rule", metavar="CODE", help="a code, its beginning, or a name: NAV101, NAV, menu_block")


def explain(args: argparse.Namespace) -> int:
    """`jingwen explain`."""
    from pipeline.audit import manual, terminal
    from pipeline.stages import STAGES

    style = terminal.Style.of(sys.stdout)
    for i, (stage, rule) in enumerate(manual.explained(args.rule, STAGES)):
        say(["", "", *manual.page(stage, rule, style)] if i else manual.page(stage, rule, style))
    return 0
