"""The command line: `jingwen`. Data on stdout, talk on stderr; each command is one library call, imported when it runs.

Exit status: 0 fine, 1 differences, 2 usage or configuration, 3 too many pages set aside, 4 input or output, 5 a worker
lost, 6 a release that does not agree with itself.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from pipeline import __version__
from pipeline.cli import (
    audit,
    build,
    clean,
    compare,
    judge,
    plan,
    publish,
    rules,
    score,
    serve,
    show,
    stats,
    train,
    verify,
)
from pipeline.cli.common import told
from pipeline.errors import InputError, JingwenError, UsageError
from pipeline.lean import run_lean


class Command(NamedTuple):
    """A command: its name, what it does in a phrase, what it takes, and what it runs for an exit status."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


# In the order of a user's way: make, look, check.
COMMANDS = (
    Command("build", "build a release from raw pages", build.arguments, build.run),
    Command("plan", "tell what a build would do anew, and why", plan.arguments, plan.run),
    Command("clean", "clean some pages and print what is left of them", clean.arguments, clean.run),
    Command("show", "show what was done to one page of a release", show.arguments, show.run),
    Command("rules", "list the rules", rules.arguments, rules.run),
    Command("explain", "print the manual page of a rule", rules.explain_arguments, rules.explain),
    Command("verify", "check a release against its manifest and restore its pages", verify.arguments, verify.run),
    Command("score", "hold what rules do against labelled pages, or against judgements", score.arguments, score.run),
    Command("train", "make weights for the line model from labelled pages", train.arguments, train.run),
    Command("audit", "write a report on a release: HTML that opens from disk", audit.arguments, audit.run),
    Command("serve", "show a release on a local web server, with search", serve.arguments, serve.run),
    Command("judge", "merge judgements; make fixtures of edits judged wrong", judge.arguments, judge.run),
    Command("stats", "print the account of a release, by stage and rule", stats.arguments, stats.run),
    Command("compare", "hold two releases against each other, by document and rule", compare.arguments, compare.run),
    Command("publish", "copy a release to the Hub or to any address", publish.arguments, publish.run),
    Command("clean-store", "throw away finished work that no release needs", plan.clean_arguments, plan.clean_store),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    if argv is None:  # the process is ours
        run_lean()
    try:
        args = _parser().parse_args(argv)
        # Surrogates pass through, and line feeds stay what they are: a restored page is exact to the last character.
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass", newline="\n")  # type: ignore[union-attr]  # TextIO of a process is a TextIOWrapper
        status: int = args.run(args)
        sys.stdout.flush()
    except JingwenError as error:
        return told(str(error), error.status)
    except BrokenPipeError:
        _close_output()  # who reads us has seen enough
        return 0
    except OSError as error:
        _close_output()
        place = f"{error.filename}: " if error.filename else ""
        return told(f"{place}{error.strerror or error}.", InputError.status)
    except UnicodeError:
        return told("An argument is not UTF-8; ids of pages are. Name the page as `jingwen clean --json` prints it.", 2)
    except KeyboardInterrupt:
        return told("Stopped; what a build had finished is kept, and the same command goes on from there.", 130)
    return status


def _close_output() -> None:
    """Write what is left, or see to it that nothing is tried again at exit where it cannot be written."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="jingwen",
        description="Turns raw Chinese web pages into a published corpus, with an exact account of every change.",
        epilog="jingwen COMMAND --help says more. Exit status: 0 fine, 1 differences, 2 usage or configuration, "
        "3 too many pages set aside, 4 input or output, 5 a worker lost, 6 a release that does not agree with itself.",
    )
    parser.add_argument("--version", action="version", version=f"jingwen {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    for command in COMMANDS:
        sub = commands.add_parser(
            command.name, help=command.help, description=f"{command.help[0].upper()}{command.help[1:]}."
        )
        command.arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


class _Parser(argparse.ArgumentParser):
    """Errors in our manner: what was found, what was expected, in one paragraph."""

    def error(self, message: str) -> NoReturn:
        self.exit(UsageError.status, f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.\n")
