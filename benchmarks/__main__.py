"""`python -m benchmarks`: run benchmarks, make the environments of rivals, show the last records.

Exit status: 0 fine, 1 a count, a limit or a ratio is missed, 2 usage, 4 something could not be made.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import definition, records, table
from benchmarks.definition import Definition, Size
from benchmarks.place import Place, envs
from benchmarks.runner import run
from pipeline.errors import InputError, JingwenError, UsageError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Benchmarks of jingwen and its rivals.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    running = commands.add_parser("run", help="run benchmarks: without names all that need no rivals")
    running.add_argument("names", nargs="*", metavar="NAME", help="as `list` prints them")
    running.add_argument("--small", action="store_true", help="small sizes: counts are checked, speeds are not")
    running.add_argument(
        "--rivals", action="store_true", help="with rivals; without names only benchmarks that have some"
    )
    running.add_argument("--turns", type=int, default=0, metavar="N", help="so many turns instead of those defined")
    running.add_argument("--pages", type=int, default=0, metavar="N", help="so many pages instead of those defined")
    running.add_argument("--record", action="store_true", help="keep dated records in benchmarks/records")
    running.set_defaults(run=_run)
    shown = commands.add_parser("table", help="the last record of each benchmark")
    shown.add_argument("names", nargs="*", metavar="NAME")
    shown.add_argument("--markdown", action="store_true", help="as benchmarks/TABLE.md")
    shown.set_defaults(run=_table)
    listed = commands.add_parser("list", help="the names of all benchmarks")
    listed.set_defaults(run=_list)
    made = commands.add_parser("envs", help="make the environments of rivals that are not there")
    made.add_argument("names", nargs="*", metavar="NAME", help=", ".join(envs()))
    made.set_defaults(run=_envs)
    for sub in (running, made):
        sub.add_argument("--folder", type=Path, help="for inputs, environments and output (.bench)")
    running.add_argument("--own", action="store_true", help="pages of our own even where ../shared has others")
    args = parser.parse_args(argv)
    try:
        status: int = args.run(args)
    except JingwenError as error:
        print(error, file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    return status


def _place(args: argparse.Namespace) -> Place:
    own = getattr(args, "own", False)
    return Place(args.folder.resolve(), own) if args.folder else Place(own=own)


def _run(args: argparse.Namespace) -> int:
    if args.record and (args.small or args.pages):
        raise UsageError("Records are of the sizes that are defined: leave --small and --pages out, or --record.")
    place = _place(args)
    size: Size = "small" if args.small else "full"
    begin, missed = time.monotonic(), []
    for chosen in _chosen(args):
        if args.pages:
            chosen = replace(chosen, sizes={size: replace(chosen.sizes[size], pages=args.pages)})
        record = run(chosen, place, size, rivals=args.rivals, turns=args.turns, say=_say)
        print("\n".join([*table.terminal(record, _colour()), ""]), flush=True)
        missed += [f"{chosen.name}: {what}" for what in record.get("missed", [])]
        if args.record and "skipped" not in record:
            _say(f"{chosen.name}: recorded as {records.write(record).name}")
    _say(f"{time.monotonic() - begin:.0f} s in all; {len(missed) or 'nothing'} missed")
    for what in missed:
        _say(f"missed: {what}")
    return int(bool(missed))


def _chosen(args: argparse.Namespace) -> list[Definition]:
    loaded = [definition.load(definition.FOLDER / f"{name}.toml") for name in args.names or definition.names()]
    if args.names or args.small:
        return loaded
    return [one for one in loaded if one.has_rivals == args.rivals]


def _table(args: argparse.Namespace) -> int:
    known = [record for record in records.latest() if not args.names or record["benchmark"] in args.names]
    if args.markdown:
        print(_ABOVE + table.markdown(known), end="")
        return 0
    for record in known:
        print("\n".join([*table.terminal(record, _colour()), ""]))
    return 0


def _list(args: argparse.Namespace) -> int:
    for name in definition.names():
        one = definition.load(definition.FOLDER / f"{name}.toml")
        print(f"{name:<12} {one.title}{'  (rivals)' if one.has_rivals else ''}")
    return 0


def _envs(args: argparse.Namespace) -> int:
    failed = 0
    for name in args.names or envs():
        _say(f"{name} …")
        try:
            _place(args).make_env(name)
        except InputError as error:  # the others may do without
            _say(str(error))
            failed = error.status
    return failed


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


_ABOVE = """# The last records

Made by `make bench` and `make bench-rivals` from [records](records); [README.md](README.md) tells how to read them.

"""

if __name__ == "__main__":
    sys.exit(main())
