"""`jingwen verify`: a release against its manifest."""

import argparse

from pipeline.cli.common import add_release, readable, release


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen verify` takes."""
    add_release(parser)
    parser.add_argument("--all", action="store_true", help="restore every page, not a sample")


def run(args: argparse.Namespace) -> int:
    """`jingwen verify`."""
    from pipeline.publish import verify as verification

    folder = release(args.release)
    verification.check(folder, args.all)
    pages = "every page" if args.all else "a sample of the pages"
    print(f"{readable(folder)}: files, rows and pages agree; {pages} was restored")
    return 0
