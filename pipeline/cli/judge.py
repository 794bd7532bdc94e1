"""`jingwen judge`: what is done with judgements besides making them: merging files, and cases out of wrong edits."""

import argparse
import json
from pathlib import Path

from pipeline.cli.common import add_release, release, told


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `jingwen judge` takes."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    merge = actions.add_parser("merge", help="print the judgements of several files as one")
    merge.add_argument("files", metavar="FILE", nargs="+", type=Path, help="judgements of one release")
    merge.set_defaults(act=_merge)
    fixture = actions.add_parser("fixture", help="add edits judged wrong to the fixtures of their rules")
    add_release(fixture)
    fixture.add_argument("--judgements", metavar="FILE", type=Path, help="these, not those beside the release")
    fixture.add_argument("--edit", metavar="PAGE:LAYER:ORDINAL", help="only this one")
    fixture.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("tests/rules"), help="the fixtures (tests/rules)"
    )
    fixture.set_defaults(act=_fixture)


def run(args: argparse.Namespace) -> int:
    """`jingwen judge`."""
    status: int = args.act(args)
    return status


def _merge(args: argparse.Namespace) -> int:
    from pipeline.audit import verdicts

    judged = verdicts.merged([verdicts.read(path) for path in args.files], [str(path) for path in args.files])
    for row in [judged.header, *judged.records]:
        print(json.dumps(row))
    return 0


def _fixture(args: argparse.Namespace) -> int:
    from pipeline.audit import cases, verdicts
    from pipeline.audit.terminal import visible
    from pipeline.errors import JingwenError

    folder = release(args.release)
    found = cases.wrong(verdicts.read(args.judgements or verdicts.file_of(folder)), args.edit)
    failed = 0
    for key, said in found.items():
        try:
            path = cases.written(args.out, cases.case(folder, key, said))
        except JingwenError as error:
            if args.edit:
                raise
            failed += 1
            told(visible(str(error)), 0)
            continue
        print(f"{path}: a case more" if path else f"{visible(key.page_id)}: its case is there already")
    if not found:
        print("No edit is judged wrong.")
    return int(bool(failed))
