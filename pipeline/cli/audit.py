"""`jingwen audit`: the report on a release, a folder of HTML that opens from disk."""

import argparse
from pathlib import Path

from pipeline.cli.common import add_release, readable, release


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen audit` takes."""
    add_release(parser)
    parser.add_argument("--out", metavar="DIR", type=Path, help="where the report goes (beside the release)")
    parser.add_argument("--parent", metavar="RELEASE", type=Path, help="compare with this one, not the version before")
    parser.add_argument("--judgements", metavar="FILE", type=Path, help="show these, not those beside the release")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of the draws (1)")
    parser.add_argument("--pages", metavar="N", type=int, help="hold at most so many pages, drawn by seed (100,000)")
    parser.add_argument("--judge-sample", metavar="N", type=int, help="edits drawn for judging, by rule (200)")


def run(args: argparse.Namespace) -> int:
    """`jingwen audit`."""
    folder = release(args.release)
    from pipeline.audit import archive, report

    parent = archive.parent_of(folder, args.parent)
    shown = report.exhibit(folder, parent, args.judgements, args.seed)
    wanted = report.Wanted(args.seed, args.pages or report.MOST_PAGES, args.judge_sample or report.JUDGE_SAMPLE)
    own = folder.resolve()
    made = report.write(shown, args.out or own.parent / f"{own.name}.audit", wanted)
    held = "all" if made.held == made.pages else f"{made.held:,} of"
    print(f"{readable(made.begin)}: {held} {made.pages:,} pages, {made.files:,} files, {made.bytes / 1e6:,.1f} MB")
    return 0
