"""`jingwen build`: a release from raw pages."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.common import readable
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.engine.progress import Event


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen build` takes."""
    parser.add_argument("--config", metavar="FILE", type=Path, help="a TOML file; configs/corpus.toml shows all keys")
    parser.add_argument("--input", metavar="PATH", help="a file, folder or address of pages, instead of [source] path")
    parser.add_argument("--name", help="the name of the corpus, instead of [corpus] name")
    parser.add_argument("--out", metavar="DIR", help="where releases are written (RELEASES)")
    parser.add_argument("--store", metavar="DIR", help="where finished work is kept: a folder or an address (.jingwen)")
    parser.add_argument("--workers", metavar="N", type=int, help="processes; 0 for all cores")
    parser.add_argument("--engine", metavar="NAME", help="where tasks run: local, or ray for a cluster")
    parser.add_argument("--address", metavar="HOST:PORT", help="the Ray cluster; left out, that of this machine")
    parser.add_argument("--version", metavar="X.Y.Z", help="the version, instead of the one that is proposed")
    parser.add_argument("--parent", metavar="X.Y.Z", help="the release that it follows, instead of the newest")


def run(args: argparse.Namespace) -> int:
    """`jingwen build`."""
    _begin_early(args)
    from pipeline.engine import plan

    made = plan.build(configured(args), _progress())
    aside = sum(made.dropped.values())
    state = "" if made.changed else "; nothing has changed since"
    print(f"{readable(made.path)}: {made.documents:,} documents from {made.pages:,} pages, {aside:,} set aside{state}")
    return 0


def _begin_early(args: argparse.Namespace) -> None:
    """Begin what workers are forked from, by what can be read before there is time to check it."""
    import tomllib

    from pipeline.engine.forks import begin_early

    try:
        told: dict[str, Any] = tomllib.loads(args.config.read_text("utf-8-sig")) if args.config else {}
    except (OSError, ValueError):
        return  # said where it is checked
    for name, values in _instead(args).items():
        own = told.get(name, {})
        if not isinstance(own, dict):
            return
        told[name] = {**own, **{key: value for key, value in values.items() if value is not None}}
    begin_early(told["source"], told["build"])


def _instead(args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """What the call says instead of the file, by table."""
    names = ("workers", "engine", "address", "version", "out", "store", "parent")
    return {
        "corpus": {"name": args.name},
        "source": {"path": args.input},
        "build": {name: getattr(args, name, None) for name in names},
    }


def configured(args: argparse.Namespace) -> "Config":
    """The configuration of a build: the file, and what the call says instead of it."""
    from pipeline import config

    if not args.config and not (args.input and args.name):
        raise UsageError(
            "Say what to build: jingwen build --config configs/corpus.toml, or --input PATH with --name NAME."
        )
    tables = _instead(args)
    return config.load(args.config, **tables) if args.config else config.default(args.input, **tables)


def _progress() -> "Callable[[Event], None]":
    """One line for each pass: rewritten in place at a terminal, printed once where there is none."""
    live = sys.stderr.isatty()

    def show(event: "Event") -> None:
        if live:
            print(f"\r\x1b[2K{event.line()}", end="\n" if event.finished else "", file=sys.stderr, flush=True)
        elif event.finished:
            print(event.line(), file=sys.stderr, flush=True)

    return show
