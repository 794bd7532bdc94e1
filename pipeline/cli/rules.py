"""`jingwen rules` and `jingwen explain`: the rules and their manual."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
    parser.add_argument("--config", metavar="FILE", type=Path, help="the options that recall is told for (DUP201)")


def explain(args: argparse.Namespace) -> int:
    """`jingwen explain`."""
    from pipeline import config
    from pipeline.audit import manual, terminal
    from pipeline.stages import STAGES

    style = terminal.Style.of(sys.stdout)
    chosen = (config.load(args.config) if args.config else config.default()).stages
    for i, (stage, rule) in enumerate(manual.explained(args.rule, STAGES)):
        page = manual.page(stage, rule, style, _notes(rule.code, chosen[stage.name]))
        say(["", "", *page] if i else page)
    return 0


def _notes(code: str, options: Any) -> Sequence[str]:
    """What is told of a rule besides its manual: figures that follow from its options."""
    from pipeline.corpus.expected import expected

    return list(expected(options)) if code == "DUP201" else []
