"""`jingwen show`: what was done to one page of a release."""

import argparse
import sys
from pathlib import Path

from pipeline.cli.common import add_diff, paged, release


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen show` takes."""
    parser.add_argument("page", metavar="PAGE", help="the id of a page")
    parser.add_argument("--release", metavar="DIR", type=Path, required=True, help="the folder of a version, or latest")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--restore", action="store_true", help="print the raw page, to the last character")
    form.add_argument("--stages", action="store_true", help="stage by stage, each on the text that it saw")
    form.add_argument("--side-by-side", action="store_true", help="the raw page beside the published text")
    add_diff(parser)


def run(args: argparse.Namespace) -> int:
    """`jingwen show`."""
    from pipeline.audit import terminal, view
    from pipeline.publish import read

    page = read.page(release(args.release), args.page)
    style = terminal.Style.of(sys.stdout)
    seen = view.of_release(page)
    if args.restore:
        sys.stdout.write(terminal.visible(seen.raw) if sys.stdout.isatty() else seen.raw)
        return 0
    form = view.staged if args.stages else view.beside if args.side_by_side else view.flat
    paged(form(seen, style, args.context), not args.no_pager)
    return 0
