"""The command line: `jingwen`. Data on stdout, talk on stderr; each command is one library call, imported when it runs.

Exit status: 0 fine, 1 differences, 2 usage or configuration, 3 too many pages set aside, 4 input or output, 5 a worker
lost, 6 a release that does not agree with itself.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from pipeline import __version__
from pipeline.errors import InputError, JingwenError, UsageError

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.engine.progress import Event
    from pipeline.workbench import Bench

Command: TypeAlias = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    try:
        args = _parser().parse_args(argv)
        # Surrogates pass through, and line feeds stay what they are: a restored page is exact to the last character.
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass", newline="\n")  # type: ignore[union-attr]  # TextIO of a process is a TextIOWrapper
        command: Command = args.command
        status = command(args)
        sys.stdout.flush()
    except JingwenError as error:
        return _told(str(error), error.status)
    except BrokenPipeError:
        _close_output()  # who reads us has seen enough
        return 0
    except OSError as error:
        _close_output()
        place = f"{error.filename}: " if error.filename else ""
        return _told(f"{place}{error.strerror or error}.", InputError.status)
    except UnicodeError:
        return _told(
            "An argument is not UTF-8; ids of pages are. Name the page as `jingwen clean --json` prints it.", 2
        )
    except KeyboardInterrupt:
        return _told("Stopped; what a build had finished is kept, and the same command goes on from there.", 130)
    return status


def _close_output() -> None:
    """Write what is left, or see to it that nothing is tried again at exit where it cannot be written."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="jingwen",
        description="Turns raw Chinese web pages into a published corpus, with an exact account of every change.",
        epilog="jingwen COMMAND --help says more. Exit status: 0 fine, 1 differences, 2 usage or configuration, "
        "3 too many pages set aside, 4 input or output, 5 a worker lost, 6 a release that does not agree with itself.",
    )
    parser.add_argument("--version", action="version", version=f"jingwen {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: Command, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
        sub.set_defaults(command=command)
        return sub

    _add_build(add("build", build, "build a release from raw pages"))
    _add_clean(add("clean", clean, "clean some pages and print what is left of them"))
    _add_show(add("show", show, "show what was done to one page of a release"))
    rules_ = add("rules", rules, "list the rules")
    rules_.add_argument("--json", action="store_true", help="as one JSON array")
    rules_.add_argument("--manual", action="store_true", help="as the Markdown of docs/rules.md")
    explain_ = add("explain", explain, "print the manual page of a rule")
    explain_.add_argument("rule", metavar="CODE", help="a code, its beginning, or a name: NAV101, NAV, menu_block")
    verify_ = add("verify", verify, "check a release against its manifest and restore its pages")
    _add_release(verify_)
    verify_.add_argument("--all", action="store_true", help="restore every page, not a sample")
    _add_release(add("stats", stats, "print the account of a release, by stage and rule"))
    return parser


class _Parser(argparse.ArgumentParser):
    """Errors in our manner: what was found, what was expected, in one paragraph."""

    def error(self, message: str) -> NoReturn:
        self.exit(UsageError.status, f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.\n")


def _add_release(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", metavar="RELEASE", type=Path, help="the folder of a version, or latest")


def _add_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", type=Path, help="a TOML file; configs/corpus.toml shows all keys")
    parser.add_argument("--input", metavar="PATH", help="a file or folder of pages, instead of [source] path")
    parser.add_argument("--name", help="the name of the corpus, instead of [corpus] name")
    parser.add_argument("--out", metavar="DIR", help="where releases are written (RELEASES)")
    parser.add_argument("--workers", metavar="N", type=int, help="processes; 0 for all cores")
    parser.add_argument("--version", metavar="X.Y.Z", help="the version, instead of the one that is proposed")


def _add_clean(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input", metavar="INPUT", nargs="+", help="files or folders: .txt, .jsonl of {id, text}, .parquet"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object a page: documents, fields, segments, edits")
    form.add_argument("--diff", action="store_true", help="what changed; exit status 1 if anything did")
    parser.add_argument("--stages", metavar="A,B", type=_names, help="only these stages")
    parser.add_argument("--select", metavar="CODES", type=_names, help="only these rules: codes or their beginnings")
    parser.add_argument("--ignore", metavar="CODES", type=_names, help="not these rules")
    parser.add_argument("--corpus", action="store_true", help="also the stages that look at all pages together")
    parser.add_argument("--config", metavar="FILE", type=Path, help="options of stages, names of fields")


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("page", metavar="PAGE", help="the id of a page")
    parser.add_argument("--release", metavar="DIR", type=Path, required=True, help="the folder of a version, or latest")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--restore", action="store_true", help="print the raw page, to the last character")
    form.add_argument("--stages", action="store_true", help="stage by stage, each on the text that it saw")
    form.add_argument("--side-by-side", action="store_true", help="the raw page beside the published text")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("expected names with commas between them")
    return names


def build(args: argparse.Namespace) -> int:
    """`jingwen build`."""
    from pipeline.engine import plan

    made = plan.build(_config(args), _progress())
    aside = sum(made.dropped.values())
    state = "" if made.changed else "; nothing has changed since"
    print(f"{made.path}: {made.documents:,} documents from {made.pages:,} pages, {aside:,} set aside{state}")
    return 0


def _config(args: argparse.Namespace) -> "Config":
    """The configuration of a build: the file, and what the call says instead of it."""
    from pipeline import config

    if not args.config and not (args.input and args.name):
        raise UsageError(
            "Say what to build: jingwen build --config configs/corpus.toml, or --input PATH with --name NAME."
        )
    tables: dict[str, dict[str, Any]] = {
        "corpus": {"name": args.name},
        "source": {"path": args.input},
        "build": {"workers": args.workers, "version": args.version, "out": args.out},
    }
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


def clean(args: argparse.Namespace) -> int:
    """`jingwen clean`."""
    from pipeline import config
    from pipeline.workbench import Bench

    rules = {"select": args.select, "ignore": args.ignore}
    chosen = config.load(args.config, rules=rules) if args.config else config.default(rules=rules)
    bench = Bench.of(chosen, args.stages)
    form = _cleaned_json if args.json else _cleaned_diff if args.diff else _cleaned_text
    return form(bench, args)


def _cleaned_json(bench: "Bench", args: argparse.Namespace) -> int:
    import orjson

    out = sys.stdout.buffer
    for record in bench.records(args.input, args.corpus):
        out.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
    out.flush()
    return 0


def _cleaned_text(bench: "Bench", args: argparse.Namespace) -> int:
    from pipeline.audit.terminal import visible

    safe = visible if sys.stdout.isatty() else str
    first = True
    for record in bench.records(args.input, args.corpus):
        if record["reason"]:
            _told(visible(f"{record['page']}: set aside: {record['reason']}"), 0)
        for document in record["documents"]:
            print(("" if first else "\n") + safe(document["text"]))
            first = False
    return 0


def _cleaned_diff(bench: "Bench", args: argparse.Namespace) -> int:
    from pipeline.audit import terminal, view

    style = terminal.Style.of(sys.stdout)
    changed = False
    for trail in bench.run(args.input, args.corpus):
        for seen in view.seen(trail):
            if seen.changed:
                _say(["", *view.flat(seen, style)] if changed else view.flat(seen, style))
                changed = True
    return int(changed)


def show(args: argparse.Namespace) -> int:
    """`jingwen show`."""
    from pipeline.audit import terminal, view
    from pipeline.publish import read

    page = read.page(_release(args.release), args.page)
    style = terminal.Style.of(sys.stdout)
    seen = view.of_release(page)
    if args.restore:
        sys.stdout.write(terminal.visible(seen.raw) if sys.stdout.isatty() else seen.raw)
        return 0
    form = view.staged if args.stages else view.beside if args.side_by_side else view.flat
    _say(form(seen, style))
    return 0


def _release(path: Path) -> Path:
    """The folder of a release; raises UsageError where there is none, and says which there are."""
    if (path / "manifest.json").is_file():
        return path
    inside = sorted(str(p.parent) for p in path.glob("*/manifest.json")) if path.is_dir() else []
    hint = f" Did you mean {inside[-1]}?" if inside else " `jingwen build` makes one."
    what = "no release: it has no manifest.json." if path.exists() else "no such folder."
    raise UsageError(f"{path}: {what}{hint}")


def rules(args: argparse.Namespace) -> int:
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
        _say(manual.table(STAGES, terminal.Style.of(sys.stdout)))
    return 0


def explain(args: argparse.Namespace) -> int:
    """`jingwen explain`."""
    from pipeline.audit import manual, terminal
    from pipeline.stages import STAGES

    style = terminal.Style.of(sys.stdout)
    for i, (stage, rule) in enumerate(manual.explained(args.rule, STAGES)):
        _say(["", "", *manual.page(stage, rule, style)] if i else manual.page(stage, rule, style))
    return 0


def verify(args: argparse.Namespace) -> int:
    """`jingwen verify`."""
    from pipeline.publish import verify as verification

    release = _release(args.release)
    verification.check(release, args.all)
    print(
        f"{release}: files, rows and pages agree; {'every page' if args.all else 'a sample of the pages'} was restored"
    )
    return 0


def stats(args: argparse.Namespace) -> int:
    """`jingwen stats`."""
    from pipeline.audit import account, terminal
    from pipeline.stages import RULES

    found = account.account(_release(args.release))
    names = {code: rule.name for code, rule in RULES.items()}
    _say(account.shown(found, names, terminal.Style.of(sys.stdout)))
    return 0
