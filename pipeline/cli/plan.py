"""`jingwen plan`: what a build would do, and why; `jingwen clean-store`: throw away what no release needs."""

import argparse

from pipeline.cli.build import arguments, configured
from pipeline.cli.common import readable, say

__all__ = ["arguments", "clean_arguments", "clean_store", "run"]


def run(args: argparse.Namespace) -> int:
    """`jingwen plan`."""
    from pipeline.engine.forecast import forecast

    found = forecast(configured(args))
    since = f"{found.since.parent.name} {found.since.name}" if found.since else ""
    if found.idle:
        print(f"nothing to do: {since} was made of all this")
        return 0
    print(f"since {since}:" if since else "no release of this corpus was built with this store:")
    for one in found.passes:
        perhaps = f", {one.perhaps:,} more perhaps" if one.perhaps else ""
        print(f"  {one.name:<10} {one.redone:>6,} of {one.parts:,} anew{perhaps}")
        say(f"{'':<13}{reason}" for reason in one.reasons)
    return 0


def clean_arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen clean-store` takes."""
    parser.add_argument("--store", metavar="DIR", default=".jingwen", help="[build] store (.jingwen)")


def clean_store(args: argparse.Namespace) -> int:
    """`jingwen clean-store`."""
    from pipeline.engine.places import store_at
    from pipeline.engine.uses import clean

    with store_at(args.store) as store:
        done = clean(store)
    gone = f"{done.count:,} pieces of work thrown away, {done.bytes / 1e6:,.1f} MB"
    print(f"{readable(args.store)}: {gone}; {done.kept:,} kept")
    return 0
