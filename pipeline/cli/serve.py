"""`jingwen serve`: the views of a release on a local web server."""

import argparse
import os
from contextlib import suppress
from pathlib import Path

from pipeline.cli.common import add_release, release, told


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen serve` takes."""
    add_release(parser)
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=int, default=8321, help="0 for any that is free (8321)")
    parser.add_argument("--judge", metavar="NAME", help="under which name judgements are kept (your own)")
    parser.add_argument("--parent", metavar="RELEASE", type=Path, help="compare with this one, not the version before")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of the draws (1)")


def run(args: argparse.Namespace) -> int:
    """`jingwen serve`."""
    folder = release(args.release)
    from pipeline.audit import archive, gallery, report, server

    if args.host not in server.LOOPBACK:
        told(f"{args.host} is not this machine alone: whoever reaches it can read the corpus, and judge.", 0)
    shown = report.exhibit(folder, archive.parent_of(folder, args.parent), None, args.seed, held=True)
    looked_at = gallery.Gallery(shown, args.judge or os.environ.get("USER") or "someone")
    made = server.running(looked_at, args.host, args.port)
    print(f"{made.address}  shows {shown.label}; Ctrl+C ends it", flush=True)
    with suppress(KeyboardInterrupt):
        made.serve()
    return 0
