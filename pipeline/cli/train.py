"""`jingwen train`: weights for the line model, from labelled pages."""

import argparse
import sys
from pathlib import Path

from pipeline.cli.common import told


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen train` takes."""
    parser.add_argument(
        "labels",
        metavar="LABELS",
        nargs="+",
        type=Path,
        help="pages with labels, .jsonl or .parquet: id, text, and lines of {start, end, main} or the gold text; url",
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="where the weights go; without it only the trial is made"
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="options of stages")


def run(args: argparse.Namespace) -> int:
    """`jingwen train`."""
    import orjson

    from pipeline import config, training
    from pipeline.workbench import Bench

    bench = Bench.of(config.load(args.config) if args.config else config.default())
    pages = training.sheets(args.labels, bench)
    fit = training.tried(pages, bench.config.stages["model"].least_share)
    told(f"{fit.pages:,} pages, {fit.lines:,} lines; on sites held back", 0)
    print(f"precision {fit.precision:.3f}, recall {fit.recall:.3f}, F1 {fit.f1:.3f}")
    sys.stdout.flush()
    if args.out:
        data = training.weights(training.grown(pages), fit)
        args.out.write_bytes(orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE))
        told(f"{args.out}: {len(data['trees'])} trees", 0)
    return 0
