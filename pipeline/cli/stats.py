"""`jingwen stats`: the account of a release."""

import argparse
import sys

from pipeline.cli.common import add_release as arguments
from pipeline.cli.common import release, say

__all__ = ["arguments", "run"]


def run(args: argparse.Namespace) -> int:
    """`jingwen stats`."""
    from pipeline.audit import account, terminal
    from pipeline.stages import RULES

    found = account.account(release(args.release))
    names = {code: rule.name for code, rule in RULES.items()}
    say(account.shown(found, names, terminal.Style.of(sys.stdout)))
    return 0
