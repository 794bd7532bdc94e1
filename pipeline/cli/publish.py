"""`jingwen publish`: a release copied to the Hub or to any address."""

import argparse
import sys
from pathlib import Path

from pipeline.cli.common import add_release, readable, release


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen publish` takes."""
    add_release(parser)
    parser.add_argument("to", metavar="TO", help="hf://owner/name, or an address as s3://bucket/folder, or a folder")
    parser.add_argument("--dry-run", action="store_true", help="verify, and tell what would be sent; send nothing")
    parser.add_argument("--private", action="store_true", help="a repository that has to be made is private")


def run(args: argparse.Namespace) -> int:
    """`jingwen publish`."""
    from pipeline.publish.deliver import deliver

    folder: Path = release(args.release)
    made = deliver(
        folder, args.to, dry_run=args.dry_run, private=args.private, said=lambda name: print(name, file=sys.stderr)
    )
    size = f"{len(made.files):,} files, {sum(made.files.values()) / 1e6:,.1f} MB"
    if args.dry_run:
        for name, count in made.files.items():
            print(f"{count:>14,}  {name}")
        print(f"{readable(made.address)}: {size} would be sent; nothing was")
    else:
        print(f"{readable(made.address)}: {size if made.sent else 'there already, with the same content'}")
    return 0
